"""Invoices to the customer by e-mail: what is written, in which language, and the PDF with it."""

from datetime import date
from typing import Any

import pytest
from hub_notifications import bills

import hub
from hub.records import invoices, papers
from hub.support.money import Money

ISSUER = {
    "company": "Musterfirma GmbH",
    "address": "Musterstraße 1\n12345 Musterstadt",
    "email": "buchhaltung@musterfirma.example",
    "iban": "DE89370400440532013000",
    "phone": "",
    "register_entry": "",
}
INVOICE = {
    "number": "2026-0007",
    "total_minor": 119_00,
    "paid_minor": 19_00,
    "currency": "EUR",
    "issued_on": date(2026, 6, 1),
    "due_on": date(2026, 6, 15),
    "issuer": ISSUER,
}
LINK = "https://hub.example/i/geheim"


def written(kind: str, language: str, *, has_paper: bool = True) -> dict[str, str]:
    tenant = hub.Tenant(slug="firma", number=1, name="Firma", locale="de", timezone="Europe/Berlin")
    message = {"kind": kind, "link": LINK}
    return bills.rendered(tenant, message, INVOICE | {"language": language}, has_paper=has_paper)


@pytest.mark.parametrize(
    ("kind", "language", "subject", "says"),
    [
        ("invoice", "de", "Rechnung 2026-0007 von Musterfirma GmbH", "vom 1. Juni 2026 über 100,00 €"),
        ("invoice", "en", "Invoice 2026-0007 from Musterfirma GmbH", "of June 1, 2026 for €100.00"),
        ("reminder", "de", "Zahlungserinnerung: Rechnung 2026-0007", "war am 15. Juni 2026 fällig"),
        ("reminder", "en", "Payment reminder: invoice 2026-0007", "was due on June 15, 2026"),
    ],
)
def test_the_customer_reads_it_in_the_language_of_the_invoice(
    kind: str, language: str, subject: str, says: str
) -> None:
    made = written(kind, language)

    assert made["subject"].startswith(subject)
    for part in (made["text"], made["html"]):
        for piece in (says, LINK, "DE89 3704 0044 0532 0130 00", "12345 Musterstadt", "PDF"):
            assert piece in part
    assert "PDF" not in written(kind, language, has_paper=False)["text"]


def test_the_pdf_is_attached_when_the_message_is_sent(office: Any, mailbox: Any) -> None:
    with office.database.write() as unit:
        total = Money(119_00, "EUR")
        invoice_id = invoices.create(
            unit, tenant_id=office.tenant_id, number="7", total=total, email=None, now=office.clock()
        )
        papers.keep(
            unit,
            tenant_id=office.tenant_id,
            invoice_id=invoice_id,
            content=b"%PDF-1.7 it",
            now=office.clock(),
        )
    office.configure(smtp_host="127.0.0.1", smtp_port=mailbox.port, smtp_security="none", smtp_from="a@b.de")
    content = {
        **written("invoice", "de"),
        "reply_to": ISSUER["email"],
        "attached": {"invoice": str(invoice_id), "name": "Rechnung-2026-0007.pdf"},
    }
    office.send(office.delivery("email", "einkauf@hoffmann.example", content))

    (message,) = mailbox.messages
    (paper,) = message.iter_attachments()
    assert (paper.get_filename(), paper.get_content()) == ("Rechnung-2026-0007.pdf", b"%PDF-1.7 it")
    assert paper.get_content_type() == "application/pdf"
    assert message["Reply-To"] == ISSUER["email"]
    assert "100,00 €" in message.get_body(("plain",)).get_content()
