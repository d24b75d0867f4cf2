"""People come in, prove who they are twice, are invited, and forget their password."""

import re
from typing import Any

import pyotp

from .conftest import EMAIL, PASSWORD, TENANT

LINK = re.compile(r"http://\S+/password/set/\S+")
OTHER = "ein ganz anderes Passwort"


def test_a_second_factor_is_set_up_and_asked_for(stage: Any) -> None:
    page = stage.page
    stage.sign_in()
    stage.go("/account")
    page.get_by_role("link", name="Zweiten Faktor einrichten").click()
    stage.look("second-factor")
    app = pyotp.TOTP(page.locator("li code").inner_text().replace(" ", ""))
    page.get_by_label("Code aus der App").fill(app.at(stage.site.clock.now))
    page.get_by_role("button", name="Einrichten").click()
    page.get_by_role("heading", name="Ihre Wiederherstellungscodes").wait_for()
    stage.look("recovery-codes")
    spare = page.locator(".recovery-codes code").first.inner_text()
    page.get_by_role("link", name="Ich habe sie aufbewahrt").click()
    page.get_by_text("Eingerichtet am").wait_for()
    stage.look("account-protected")

    stage.sign_out()
    stage.enter()
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Weiter").click()
    page.get_by_text("Dieser Code ist nicht richtig").wait_for()
    stage.look("sign-in-code")
    stage.site.clock.advance(seconds=30)
    page.get_by_label("Code").fill(app.at(stage.site.clock.now))
    page.get_by_role("button", name="Weiter").click()
    page.wait_for_url(f"**/t/{TENANT}/")

    stage.sign_out()
    stage.enter()
    page.get_by_label("Code").fill(spare)
    page.get_by_role("button", name="Weiter").click()
    page.wait_for_url(f"**/t/{TENANT}/")
    stage.go("/account")
    page.get_by_text("Sie haben noch 9 Wiederherstellungscodes.").wait_for()
    stage.is_silent()


def test_somebody_invited_sets_a_password_works_and_forgets_it(stage: Any) -> None:
    page, karl = stage.page, "karl@example.com"
    stage.sign_in()
    stage.open("/team")
    page.get_by_label("E-Mail-Adresse").fill(karl)
    page.get_by_label("Name", exact=True).fill("Karl Kaufmann")
    page.get_by_role("button", name="Einladen").click()
    page.get_by_text(f"{karl} hat eine E-Mail mit einem Link erhalten").wait_for()
    stage.look("invited")
    stage.sign_out()

    page.goto(_link(stage, karl))
    page.get_by_label("Neues Passwort", exact=True).fill(PASSWORD)
    page.get_by_label("Neues Passwort wiederholen").fill("vertippt vertippt")
    page.get_by_role("button", name="Passwort setzen").click()
    page.get_by_text("Die beiden Eingaben sind verschieden.").wait_for()
    stage.look("password-set-wrong")
    _set(page, PASSWORD)
    stage.sign_in(karl, PASSWORD)
    assert page.get_by_role("link", name="Integrationen").count() == 0  # that is for administrators
    stage.look("dashboard-of-staff")
    stage.sign_out()

    page.get_by_role("link", name="Passwort vergessen").click()
    page.get_by_label("E-Mail-Adresse").fill(karl)
    stage.mailbox.messages.clear()
    page.get_by_role("button", name="Link anfordern").click()
    page.get_by_text("haben wir Ihnen einen Link gesandt").wait_for()
    stage.look("password-sent")
    link = _link(stage, karl)
    page.goto(link)
    _set(page, OTHER)
    stage.sign_in(karl, OTHER)
    stage.sign_out()
    page.goto(link)
    page.get_by_text("Dieser Link gilt nicht mehr.").wait_for()
    stage.look("password-link-used")
    assert EMAIL not in str(stage.mailbox.messages)
    stage.is_silent()


def _link(stage: Any, to: str) -> str:
    text = stage.mailbox.newest(to).get_body(("plain",)).get_content()
    (link,) = LINK.findall(text)
    return str(link)


def _set(page: Any, password: str) -> None:
    page.get_by_label("Neues Passwort", exact=True).fill(password)
    page.get_by_label("Neues Passwort wiederholen").fill(password)
    page.get_by_role("button", name="Passwort setzen").click()
    page.get_by_text("Ihr Passwort ist gesetzt").wait_for()
