"""A customer asks, the team agrees among itself and answers, and the answer is in the customer's mailbox."""

import importlib
from typing import Any

from .conftest import TENANT

JULIA = "j.hoffmann@beispiel.de"
QUESTION = (
    "Guten Tag,\n\nmeine Rechnung ist noch nicht angekommen. Können Sie sie bitte noch einmal senden?\n\n"
    "Viele Grüße\nJulia Hoffmann"
)
NOTE = "Lag im Spamordner, bitte kulant sein."
ANSWER = "Guten Tag Frau Hoffmann,\n\ngern, sie ist schon unterwegs.\n\nViele Grüße\nErika Musterfrau"


def ask(stage: Any) -> None:
    body = {"type": "ticket", "email": JULIA, "subject": "Frage zur Rechnung", "message": QUESTION}
    stage.site.send(body, plugin="lead", secret=stage.site.keys[TENANT])


def test_a_ticket_is_annotated_assigned_answered_and_closed(stage: Any) -> None:
    page = stage.page
    settings = importlib.import_module("hub_notifications.settings").Settings(ticket_reply_to_customer=True)
    stage.site.connect("notifications")
    stage.site.change("notifications", settings=settings.model_dump(mode="json", exclude={"smtp_password"}))
    ask(stage)
    stage.sign_in()
    page.get_by_role("link", name="Tickets").first.click()
    page.get_by_role("link", name="Frage zur Rechnung").click()
    page.get_by_label("Notiz").fill(NOTE)
    page.get_by_role("button", name="Notiz speichern").click()
    page.get_by_text("Nur Ihr Team sieht sie.").wait_for()
    page.get_by_label("Zugewiesen an").select_option(label="Erika Musterfrau (Sie)")
    page.get_by_role("button", name="Zuweisen").click()
    page.get_by_text("Das Ticket ist zugewiesen.").wait_for()
    page.get_by_label("Ihre Antwort").fill(ANSWER)
    page.get_by_role("button", name="Antwort senden").click()
    page.get_by_text(f"Ihre Antwort geht per E-Mail an {JULIA}.").wait_for()

    stage.work()
    message = stage.mailbox.newest(JULIA)
    text = message.get_body(("plain",)).get_content()
    assert "sie ist schon unterwegs" in text
    assert NOTE not in text
    page.reload()
    answer = page.locator(".message-ours", has_text="sie ist schon unterwegs")
    assert "E-Mail gesendet" in answer.inner_text()
    stage.look("ticket")

    page.get_by_role("button", name="Schließen", exact=True).click()
    page.get_by_text("Das Ticket ist geschlossen.").wait_for()
    stage.look("ticket-closed")
    stage.is_silent()
