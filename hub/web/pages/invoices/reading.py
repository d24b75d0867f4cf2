"""The list of invoices, and one of them with all that became of it."""

from typing import Any
from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from hub.records import audit, invoice_mail, invoices, issuers, issuing, payments
from hub.records.invoices import DRAFT, GROSS
from hub.records.issuing import Missing
from hub.registry.paying import Payments
from hub.support.bills import Bill, reckon
from hub.support.money import Money, exponent
from hub.web import billing, paging, paper, words
from hub.web.billing import PaymentForm
from hub.web.forms import SelectChoice
from hub.web.pages.invoices.common import found, link, pages, today
from hub.web.rights import Right
from hub.web.visit import Visit

MISSING = {
    Missing.COMPANY: _l("der Name Ihres Unternehmens"),
    Missing.COMPANY_ADDRESS: _l("die Anschrift Ihres Unternehmens"),
    Missing.TAX_ID: _l("Ihre Steuernummer oder USt-IdNr."),
    Missing.AMOUNT: _l("ein Betrag"),
    Missing.RECIPIENT: _l("der Name des Empfängers (bei Rechnungen über 250 Euro)"),
    Missing.RECIPIENT_ADDRESS: _l("die Anschrift des Empfängers (bei Rechnungen über 250 Euro)"),
    Missing.EXEMPTION: _l("ein Hinweis, warum ein Posten ohne Umsatzsteuer ist"),
    Missing.NO_TAX: _l("Posten ohne Umsatzsteuer: Als Kleinunternehmer dürfen Sie keine ausweisen"),
}
"""What a draft lacks, in words."""


@pages.get("/invoices", needs=Right.STAFF)
def index(visit: Visit) -> ResponseReturnValue:
    """The invoices, by status and text."""
    status = request.args.get("status") if request.args.get("status") in invoices.STATUSES else None
    text = request.args.get("q", "").strip()
    chosen: Any = {"today": today(visit), "status": status, "before": paging.cursor()}
    with visit.read() as unit:
        counts = invoices.counts(unit, visit.tenant_id, today(visit))
        edge = invoices.searched_to(unit, visit.tenant_id, **chosen) if text else None
        rows = invoices.search(
            unit, visit.tenant_id, **chosen, text=text, down_to=edge, limit=paging.SIZE + 1
        )
    return render_template(
        "invoices/index.html",
        shown=paging.shown(rows, edge=edge),
        counts=counts,
        status=status,
        text=text,
        filters={"status": status, "q": text or None},
        words=words,
    )


@pages.get("/invoices/<uuid:invoice_id>", needs=Right.STAFF)
def show(visit: Visit, invoice_id: UUID) -> ResponseReturnValue:
    """One invoice with its payments."""
    return shown(visit, invoice_id, payment_form(visit))


def payment_form(visit: Visit) -> PaymentForm:
    form = PaymentForm(request.form, data={"paid_on": today(visit), "method": payments.METHODS[0]})
    form.method.choices = [SelectChoice(name, str(words.PAYMENT_METHOD[name])) for name in payments.METHODS]
    return form


def shown(visit: Visit, invoice_id: UUID, form: PaymentForm) -> str:
    with visit.read() as unit:
        invoice = found(visit, unit, invoice_id)
        paid = payments.of_invoice(unit, visit.tenant_id, invoice)
        back = payments.reversals(unit, visit.tenant_id, invoice)
        gone = payments.gone_back(unit, visit.tenant_id, invoice)
        sent = invoice_mail.of_invoice(unit, visit.tenant_id, invoice_id)
        lacks = issuing.missing(issuers.get(unit, visit.tenant_id), invoice)
        history = audit.about(unit, visit.tenant_id, invoice_id)
    if request.method == "GET":
        left = Money(invoice["left_minor"], invoice["currency"])
        form.amount.data = billing.written(left.amount, exponent(left.currency))
    return render_template(
        "invoices/show.html",
        invoice=invoice,
        bill=_stored_bill(invoice),
        price=billing.price,
        payments=paid,
        reversals=back,
        gone_minor=gone,
        disputed=any(one["kind"] == "dispute" and one["status"] == "open" for one in back),
        history=history,
        sent=sent,
        reminder=invoice_mail.REMINDER,
        lacks=lacks if invoice["status"] == DRAFT else (),
        lacks_issuer=issuing.OF_ISSUER.intersection(lacks),
        missing=MISSING,
        has_paper=paper.is_offered(invoice),
        form=form,
        link=link(visit, invoice["token"]) if invoice["token"] else None,
        online=_online(visit),
        words=words,
        gross=GROSS,
    )


def _stored_bill(invoice: dict[str, Any]) -> Bill | None:
    """The sums by tax rate, as they were reckoned for the draft."""
    if not invoice["lines"]:
        return None
    return reckon(billing.positions_of(invoice), invoice["currency"], with_tax=invoice["prices"] == GROSS)


def _online(visit: Visit) -> bool:
    rooms = visit.rooms
    return Payments(rooms.registry, rooms.database, rooms.host).provider(visit.tenant.slug) is not None
