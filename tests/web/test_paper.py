"""Invoices as the law wants them: what they lack, what is frozen, their PDF, their way to the customer."""

import os
import zlib
from ctypes.util import find_library
from dataclasses import replace
from typing import Any

import pytest

from hub.records import issuers
from hub.records.tables import Delivery, InvoicePaper, Notification
from hub.records.tenants import table

from .issuing import ISSUER, fill_in
from .test_invoices import issued, line, link_of, made

ADDRESS = {"address": "Hafenstr. 7\n20457 Hamburg", "email": "einkauf@hoffmann.example"}
ON_PAPER = pytest.mark.skipif(
    os.environ.get("CI") != "true" and find_library("pango-1.0") is None,
    reason="Pango is not installed, which PDFs need: apt-get install libpango-1.0-0 libpangoft2-1.0-0",
)


def rows(office: Any, model: Any) -> list[Any]:
    with office.site.rooms.database.read() as unit:
        return list(unit.rows(table(model).select()))


def sent(office: Any) -> list[Any]:
    return [row for row in rows(office, Delivery) if row["channel"] == "email"]


def fetched(browser: Any, path: str) -> Any:
    """The answer with a file."""
    return browser.client.get(path if path.startswith("/i/") else f"/t/{browser.tenant}{path}")


def text_of(pdf: bytes) -> str:
    """What can be read of the objects of a PDF without a library for it: its titles and its XML."""
    parts = pdf.split(b"stream\n")
    inflated = b""
    for part in parts[1:]:
        try:
            inflated += zlib.decompressobj().decompress(part)
        except zlib.error:
            inflated += part
    return (pdf + inflated).decode("latin-1")


def test_the_settings_of_invoices_are_checked_kept_and_noted(office: Any) -> None:
    admin = office.browser("admin")
    assert "DE89 3704 0044 0532 0130 00" in admin.get("/settings/invoices").text
    given = {"company": "Muster & Söhne KG", "address": "Am Markt 2\n12345 Musterstadt", "due_days": "10"}
    wrong = admin.post("/settings/invoices", **given, iban="DE89370400440532013001", vat_id="DE12")
    assert wrong.status_code == 422
    assert "Diese IBAN kann nicht stimmen" in wrong.text
    assert "So sieht keine USt-IdNr. aus" in wrong.text

    right = {**given, "iban": "de89 3704 0044 0532 0130 00", "vat_id": "de 123 456 789"}
    assert admin.post("/settings/invoices", **right).status_code == 303
    with office.site.rooms.database.read() as unit:
        kept = issuers.get(unit, office.site.tenant_id())
    assert (kept.iban, kept.vat_id, kept.due_days) == ("DE89370400440532013000", "DE123456789", 10)
    assert office.audit()[0]["action"] == "tenant.invoicing_changed"
    assert 'value="10"' in office.browser("staff").get("/invoices/new").text
    assert office.browser("staff").get("/settings/invoices").status_code == 403


def test_a_draft_says_what_it_lacks_and_is_not_issued_before(office: Any) -> None:
    fill_in(office.site, "musterfirma", replace(ISSUER, tax_number="", vat_id=""))
    erika = office.browser("staff")
    path = made(office, erika, **line(0, price="1000"), **line(1, "Ausfuhr", rate="0"))
    page = erika.get(path).text
    for text in ("Ihre Steuernummer oder USt-IdNr.", "die Anschrift des Empfängers", "ohne Umsatzsteuer ist"):
        assert text in page
    erika.post(f"{path}/issue")
    assert office.site.record("invoices")["status"] == "draft"

    fill_in(office.site, "musterfirma")
    mended = {"recipient": "Hoffmann GmbH", "prices": "net", "due_days": "14", "note": "Steuerfreie Ausfuhr"}
    erika.post(f"{path}/edit", **mended, **ADDRESS, **line(0, price="1000"), **line(1, "Ausfuhr", rate="0"))
    assert "fehlt noch" not in erika.get(path).text
    erika.post(f"{path}/issue")
    assert office.site.record("invoices")["status"] == "open"


def test_a_small_business_shows_no_tax(office: Any) -> None:
    erika = office.browser("staff")
    with_tax = made(office, erika)
    fill_in(office.site, "musterfirma", replace(ISSUER, small_business=True))
    assert "Als Kleinunternehmer dürfen Sie keine ausweisen" in erika.get(with_tax).text
    erika.post(f"{with_tax}/issue")
    assert office.site.record("invoices")["status"] == "draft"

    office.order(subject="Premium-Paket")
    path = erika.post(f"/invoices/from-order/{office.site.record('orders')['id']}").location
    erika.post(f"{path}/issue", whole=True)
    invoice = next(row for row in office.site.records("invoices") if row["order_id"])
    assert (invoice["status"], invoice["tax_minor"], invoice["total_minor"]) == ("open", 0, 14_990)
    assert "Gemäß § 19 UStG" in office.visitor().get(f"/i/{invoice['token']}", whole=True).text


def test_an_issued_invoice_keeps_who_issued_it(office: Any) -> None:
    erika = office.browser("staff")
    path = issued(office, erika)
    fill_in(office.site, "musterfirma", replace(ISSUER, company="Umfirmiert AG", iban=""))
    page = office.visitor().get(link_of(erika.get(path)), whole=True).text

    assert "Musterfirma GmbH" in page
    assert "DE89 3704 0044 0532 0130 00" in page
    assert "Umfirmiert" not in page


@ON_PAPER
def test_the_pdf_is_made_once_and_everybody_gets_the_same(office: Any) -> None:
    erika = office.browser("staff")
    path = issued(office, erika, **ADDRESS)
    assert erika.get(f"{made(office, erika)}/paper").status_code == 404
    first = fetched(erika, f"{path}/paper")
    assert first.status_code == 200
    assert first.mimetype == "application/pdf"
    assert first.headers["Content-Disposition"] == "attachment; filename=Rechnung-2026-0001.pdf"
    assert first.data.startswith(b"%PDF-1.7")
    inside = text_of(first.data)
    for word in ("Rechnung 2026-0001", "Musterfirma GmbH", "pdfaid", "StructTreeRoot", "(de)"):
        assert word in inside, word

    fill_in(office.site, "musterfirma", replace(ISSUER, company="Umfirmiert AG"))
    link = link_of(erika.get(path))
    assert fetched(office.visitor(), f"{link}/paper").data == first.data
    assert office.browser("neighbour", "nachbar").get(f"{path}/paper").status_code == 404
    assert len(rows(office, InvoicePaper)) == 1


@ON_PAPER
def test_a_customer_who_reads_english_gets_an_english_paper(office: Any) -> None:
    erika = office.browser("staff")
    path = issued(office, erika, language="en", **line(0, name='<img src="http://198.51.100.1/x.png">'))
    answer = fetched(erika, f"{path}/paper")

    assert answer.headers["Content-Disposition"] == "attachment; filename=Invoice-2026-0001.pdf"
    assert "Invoice 2026-0001" in text_of(answer.data)


def test_without_the_library_there_is_no_button(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    erika = office.browser("staff")
    path = issued(office, erika)
    monkeypatch.setattr("hub.web.paper.LIBRARY", "no_such_library")
    page = erika.get(path)

    assert "PDF herunterladen" not in page.text
    assert "PDF herunterladen" not in office.visitor().get(link_of(page), whole=True).text
    assert erika.get(f"{path}/paper").status_code == 404


@ON_PAPER
def test_an_invoice_goes_to_the_customer_and_a_reminder_when_it_is_late(office: Any) -> None:
    office.site.connect("notifications")
    erika = office.browser("staff")
    path = issued(office, erika, **ADDRESS)
    assert erika.post(f"{path}/send").status_code == 303
    erika.post(f"{path}/send")  # the second click
    erika.post(f"{path}/remind")  # it is not overdue
    (message,) = sent(office)
    content = message["content"]
    assert message["target"] == "einkauf@hoffmann.example"
    assert content["subject"] == "Rechnung 2026-0001 von Musterfirma GmbH"
    assert content["reply_to"] == "buchhaltung@musterfirma.example"
    assert content["attached"]["name"] == "Rechnung-2026-0001.pdf"
    for part in (content["text"], content["html"]):
        assert link_of(erika.get(path)) in part
        assert "119,00 €" in part

    office.site.clock.advance(days=15)
    erika = office.browser("staff")
    assert erika.post(f"{path}/remind").status_code == 303
    reminder = sent(office)[-1]["content"]
    assert reminder["subject"].startswith("Zahlungserinnerung: Rechnung 2026-0001")
    assert "war am 15. Juni 2026 fällig" in reminder["text"]
    assert [entry["action"] for entry in office.audit()[:2]] == ["invoice.reminded", "invoice.sent"]
    page = erika.get(path).text
    assert page.count("E-Mail wird gesendet") == 2
    assert "Zahlungserinnerung gesendet" in page


def test_nothing_is_said_to_be_sent_if_nobody_sends(office: Any) -> None:
    erika = office.browser("staff")
    path = issued(office, erika, **ADDRESS)
    erika.post(f"{path}/send")

    assert "Nichts wurde gesendet" in erika.get(path).text
    assert office.audit()[0]["action"] == "invoice.issued"
    without = issued(office, erika, email="")
    assert "Per E-Mail senden" not in erika.get(without).text
    erika.post(f"{without}/send")
    assert sent(office) == []


def test_mail_about_an_invoice_stands_in_the_customers_file(office: Any) -> None:
    office.site.connect("notifications")
    erika = office.browser("staff")
    office.order(email="einkauf@hoffmann.example")
    erika.post(f"/orders/{office.site.record('orders')['id']}/customer")
    customer = office.site.record("customers")["id"]
    path = issued(office, erika, customer=customer, **ADDRESS)
    erika.post(f"{path}/send")

    assert "Rechnung per E-Mail" in erika.get(f"/customers/{customer}").text


def test_a_payment_by_hand_is_announced(office: Any) -> None:
    office.site.connect("notifications")
    erika = office.browser("staff")
    path = issued(office, erika)
    erika.post(f"{path}/pay", amount="119", paid_on="2026-06-01", method="transfer")

    told = [row for row in rows(office, Notification) if row["kind"] == "payment_succeeded"]
    assert told
    assert "119,00" in told[0]["text"]
    assert told[0]["event_id"] is None
