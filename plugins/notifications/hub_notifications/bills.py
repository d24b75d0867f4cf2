"""Invoices and reminders to the customer, by e-mail: with the link and, where there is one, the PDF."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import hub
from hub.records import listing, papers
from hub.records.database import Unit
from hub.support.banking import written_iban
from hub_notifications import mail
from hub_notifications.texts import Texts


def enqueue(announcement: hub.Announcement, unit: Unit) -> None:
    """A delivery to the customer: a member has pressed the button for it."""
    message = listing.record(unit, "invoice_message", announcement.record_id) or {}
    invoice = listing.record(unit, "invoice", message["invoice_id"]) or {}
    has_paper = papers.get(unit, announcement.tenant_id, invoice["id"]) is not None
    texts = _texts(announcement.tenant, invoice)
    content = {
        "kind": f"invoice_{message['kind']}",
        "by_hand": True,
        "thread": str(invoice["id"]),
        "reply_to": (invoice["issuer"] or {}).get("email"),
        "attached": _attached(texts, invoice) if has_paper else None,
        **rendered(announcement.tenant, message, invoice, has_paper=has_paper),
    }
    mail.put_out(announcement, unit, [message["email"]], content)


def rendered(
    tenant: hub.Tenant, message: Mapping[str, Any], invoice: Mapping[str, Any], *, has_paper: bool
) -> dict[str, str]:
    """Subject, text and HTML of the message, in the language of the invoice."""
    texts, issuer = _texts(tenant, invoice), invoice["issuer"] or {}
    company = issuer.get("company") or tenant.name
    left = hub.Money(invoice["total_minor"] - invoice["paid_minor"], invoice["currency"])
    key = f"mail.{message['kind']}"
    filled = {
        "number": invoice["number"],
        "company": company,
        "amount": texts.amount(left.amount, left.currency) or "",
        "issued_on": _day(texts, tenant, invoice["issued_on"] or invoice["created_at"]),
        "due_on": _day(texts, tenant, invoice["due_on"] or invoice["created_at"]),
    }
    values = {
        "t": texts.say,
        "language": texts.language,
        "opening": texts.say(f"{key}.text", **filled),
        "request": texts.say(f"{key}.request", **filled) if invoice["due_on"] else "",
        "has_paper": has_paper,
        "link": message["link"],
        "account": _account(texts, company, issuer, invoice["number"]),
        "company": company,
        "imprint": [
            issuer[name] for name in ("address", "register_entry", "phone", "email") if issuer.get(name)
        ],
    }
    return {"subject": texts.say(f"{key}.subject", **filled), **mail.bodies("invoice", values)}


def _texts(tenant: hub.Tenant, invoice: Mapping[str, Any]) -> Texts:
    """The tenant's words, or those of the customer's language."""
    language = invoice["language"]
    at_home = language is None or tenant.locale.replace("_", "-").partition("-")[0].lower() == language
    return Texts.of(tenant) if at_home else Texts(language, tenant.timezone)


def _attached(texts: Texts, invoice: Mapping[str, Any]) -> dict[str, str]:
    number = "".join(letter if letter.isalnum() else "-" for letter in invoice["number"])
    return {"invoice": str(invoice["id"]), "name": f"{texts.say('mail.invoice.file')}-{number}.pdf"}


def _account(texts: Texts, company: str, issuer: Mapping[str, Any], number: str) -> list[tuple[str, str]]:
    """Where the money goes, line by line."""
    if not issuer.get("iban"):
        return []
    return [
        (texts.say("mail.invoice.receiver"), company),
        ("IBAN", written_iban(issuer["iban"])),
        (texts.say("mail.invoice.reference"), number),
    ]


def _day(texts: Texts, tenant: hub.Tenant, at: date) -> str:
    """A date as it stands in a letter."""
    if not isinstance(at, datetime):
        at = datetime.combine(at, time(12), ZoneInfo(tenant.timezone))
    return texts.day(at)
