"""The answer to a customer's ticket, by e-mail."""

from collections.abc import Mapping
from typing import Any

import hub
from hub.records import listing, tickets
from hub.records.database import Unit
from hub_notifications import mail, queries
from hub_notifications.texts import Texts

KIND = "ticket_reply"

MOST_QUOTED = 2000
"""Characters of the customer's own message that stand below the answer."""


def enqueue(announcement: hub.Announcement, unit: Unit) -> None:
    """A delivery to the customer, unless the tenant has switched answers off."""
    if not mail.settings_of(unit, announcement.tenant_id).ticket_reply_to_customer:
        return
    reply = listing.record(unit, "ticket_message", announcement.record_id) or {}
    ticket = tickets.get(unit, announcement.tenant_id, reply["ticket_id"])
    question = queries.first_message(unit, ticket["id"]) or ""
    content = {
        "kind": KIND,
        "by_hand": True,
        "thread": str(ticket["id"]),
        **rendered(announcement.tenant, ticket, reply["body"], question),
    }
    mail.put_out(announcement, unit, [ticket["email"]], content)


def rendered(tenant: hub.Tenant, ticket: Mapping[str, Any], answer: str, question: str) -> dict[str, str]:
    """Subject, text and HTML of the message, in the tenant's language. The answer stands there as it
    was written, greeting and all; the subject is the same for every answer to the ticket."""
    texts = Texts.of(tenant)
    subject = f"mail.{KIND}.subject" if ticket["subject"] else f"mail.{KIND}.subject_without_subject"
    values = {
        "t": texts.say,
        "tenant": tenant.name,
        "language": texts.language,
        "reference": ticket["reference"],
        "asked_at": texts.day(ticket["created_at"]),
        "answer": answer.splitlines(),
        "question": _shortened(question).splitlines(),
    }
    return {
        "subject": texts.say(subject, subject=ticket["subject"], reference=ticket["reference"]),
        **mail.bodies(KIND, values),
    }


def _shortened(question: str) -> str:
    return question if len(question) <= MOST_QUOTED else f"{question[:MOST_QUOTED]} …"
