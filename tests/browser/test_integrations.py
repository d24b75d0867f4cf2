"""A sender is connected, with nothing but what the pages say; what fails is mended and processed again."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import sqlalchemy as sa

import hub
from hub.records.tenants import CONNECTIONS

RUNNERS = {
    "Bash": ("bash", "sample.sh"),
    "curl": ("bash", "call.sh"),
    "Python": (sys.executable, "sample.py"),
    "PHP": ("php", "sample.php"),
    "JavaScript": ("node", "sample.mjs"),
}
"""What runs a code sample, and the file that it is kept in. PHP and Node.js run where they are installed."""


def copied(stage: Any, button: Any) -> str:
    """What a button puts into the clipboard."""
    stage.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button.click()
    text: str = stage.page.evaluate("navigator.clipboard.readText()")
    return text


def run(language: str, code: str, folder: Path) -> str:
    """What the code says."""
    program, file = RUNNERS[language]
    (folder / file).write_text(code)
    done = subprocess.run([program, file], cwd=folder, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_code_samples_of_the_page_run_and_are_told_in_the_page(stage: Any, tmp_path: Path) -> None:
    page, site = stage.page, stage.site
    site.connect("notifications")
    with site.rooms.database.write() as unit:
        unit.execute(sa.delete(CONNECTIONS).where(CONNECTIONS.c.plugin == "custom"))
    site.rooms.registry.forget()
    stage.sign_in()
    page.get_by_role("link", name="Integrationen").first.click()
    stage.look("integrations")
    page.get_by_role("link", name=re.compile("Verbinden.*Custom Webhook")).click()
    stage.look("integration-connect")
    page.get_by_role("button", name="Verbinden").click()
    page.get_by_text("Das Secret wird nur jetzt angezeigt.").wait_for()
    stage.look("integration-secret")
    secret = copied(stage, page.get_by_role("button", name="Kopieren").first)
    page.get_by_role("link", name="Weiter zur Einrichtung").click()
    stage.look("integration-setup")

    said = {}
    for language in [name for name, (program, _file) in RUNNERS.items() if shutil.which(program)]:
        if page.get_by_label(f"Beispiel in {language}").is_hidden():
            page.get_by_text(language, exact=True).first.click()
        sample = copied(stage, page.get_by_role("button", name=re.compile(f"Kopieren.*{language}")))
        if language == "Bash":
            (tmp_path / "body.json").write_text(sample.partition("<<'JSON'\n")[2].partition("\nJSON\n")[0])
        said[language] = run(language, sample.replace("IHR_SECRET", secret), tmp_path)
    assert '"processed"' in said.pop("Bash")
    assert [language for language in said if '"skipped"' not in said[language]] == []  # the same sale again

    page.locator("#notices .toast").first.wait_for(timeout=3000)
    stage.shoot("integration-told-1280")
    stage.open("/events")
    stage.look("events")
    stage.is_silent()


def test_what_failed_is_processed_again_once_its_cause_is_mended(stage: Any) -> None:
    page, site = stage.page, stage.site
    page.on("dialog", lambda dialog: dialog.accept())
    assert site.send({"type": "say", "id": "E-7", "what": "later"}, plugin="speaker").status_code == 500
    stage.sign_in()
    stage.open("/events?outcome=failed")
    page.get_by_role("link", name="Zu klären").click()
    card = page.locator("section.card", has_text="Sprecher")
    stage.look("events-work")
    asked = hub.TicketOpened(customer=hub.Person(email="k.wagner@beispiel.de"), message="Bitte Rückruf.")
    site.speaker.said["later"] = [asked]
    card.get_by_role("button", name="Erneut prüfen und verarbeiten").click()
    page.get_by_text("1 Ereignis neu verarbeitet.").wait_for()
    stage.look("events-replayed")

    stage.open("/tickets?q=k.wagner")
    page.get_by_text("k.wagner@beispiel.de").wait_for()
    stage.is_silent()


def test_a_request_is_released_from_quarantine(stage: Any, sale: Any) -> None:
    page = stage.page
    refused = stage.site.send(sale("S-77"), secret="das-neue-secret-des-absenders")
    assert refused.status_code == 401
    stage.sign_in()
    stage.open("/events?outcome=rejected&plugin=custom")
    page.locator("td.lead-cell a").first.click()
    stage.look("event-rejected")
    page.get_by_role("button", name="Erneut prüfen").click()
    page.get_by_text("Es bleibt dabei").wait_for()
    inside = page.url

    stage.open("/integrations")
    page.locator("section.card", has_text="Custom Webhook").get_by_role(
        "link", name="Verbindung", exact=True
    ).click()
    stage.look("integration")
    page.get_by_label("Neues Secret").fill("das-neue-secret-des-absenders")
    page.get_by_role("button", name="Secret wechseln").click()
    page.get_by_text("Das neue Secret ist gespeichert.").wait_for()
    page.goto(inside)
    page.get_by_role("button", name="Erneut prüfen").click()
    page.get_by_text("Das Ereignis ist neu verarbeitet").wait_for()
    stage.look("event-released")
    assert stage.site.record("transactions")["external_id"] == "S-77"
    stage.is_silent()
