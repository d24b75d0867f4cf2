"""The way of an invoice to its customer: the PDF, and the e-mail with it."""

from uuid import UUID

from flask import abort
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.records import deliveries, invoice_mail
from hub.records.invoice_mail import INVOICE, REMINDER
from hub.records.invoices import OPEN
from hub.records.tenants import Conflict
from hub.web import paper
from hub.web.pages.invoices.common import back, found, link, note, pages, today
from hub.web.paper import PaperError
from hub.web.rights import Right
from hub.web.visit import Visit

ACTIONS = {INVOICE: "invoice.sent", REMINDER: "invoice.reminded"}


class NobodySends(Exception):  # noqa: N818 - it is how the tenant wants it, and no fault
    """No plugin has taken the message: nothing of it is to stay."""


@pages.get("/invoices/<uuid:invoice_id>/paper", needs=Right.STAFF)
def download(visit: Visit, invoice_id: UUID) -> ResponseReturnValue:
    """The PDF."""
    with visit.read() as unit:
        invoice = found(visit, unit, invoice_id)
    if not paper.is_offered(invoice):
        abort(404)
    try:
        return paper.download(visit, invoice, visit.tenant.locale)
    except PaperError:
        return _no_paper(invoice_id)


@pages.post("/invoices/<uuid:invoice_id>/send", needs=Right.STAFF)
def send(visit: Visit, invoice_id: UUID) -> ResponseReturnValue:
    """To the customer, with its link and its PDF."""
    return _sent(visit, invoice_id, INVOICE, _("Die Rechnung geht per E-Mail an den Kunden."))


@pages.post("/invoices/<uuid:invoice_id>/remind", needs=Right.STAFF)
def remind(visit: Visit, invoice_id: UUID) -> ResponseReturnValue:
    """A friendly word about an invoice that is overdue."""
    return _sent(visit, invoice_id, REMINDER, _("Die Zahlungserinnerung geht per E-Mail an den Kunden."))


def _sent(visit: Visit, invoice_id: UUID, kind: str, message: str) -> ResponseReturnValue:
    """The PDF is made before the transaction, in which it would hold up everybody else."""
    with visit.read() as unit:
        invoice = found(visit, unit, invoice_id)
    if invoice["status"] != OPEN or not invoice["email"]:
        return _not_sent(invoice_id)
    try:
        if paper.is_offered(invoice):
            paper.of(visit, invoice, visit.tenant.locale)
        _hand_over(visit, invoice_id, kind)
    except PaperError:
        return _no_paper(invoice_id)
    except Conflict:
        return _not_sent(invoice_id)
    except NobodySends:
        return _nobody_sends(invoice_id)
    return back(invoice_id, message)


def _hand_over(visit: Visit, invoice_id: UUID, kind: str) -> None:
    """Announce the message to who sends it. Raises Conflict, or NobodySends."""
    with visit.write() as unit:
        invoice = found(visit, unit, invoice_id)
        occasion, made = invoice_mail.send(
            unit,
            tenant=visit.tenant,
            tenant_id=visit.tenant_id,
            invoice_id=invoice_id,
            kind=kind,
            link=link(visit, invoice["token"]),
            now=visit.now,
            today=today(visit),
            member_id=visit.person.id,
        )
        visit.announce(unit, occasion, made)
        if invoice["email"] not in deliveries.targets(unit, visit.tenant_id, made.id):
            raise NobodySends
        note(visit, unit, ACTIONS[kind], invoice_id, after={"email": invoice["email"]})


def _no_paper(invoice_id: UUID) -> ResponseReturnValue:
    message = _("Das PDF lässt sich gerade nicht erzeugen. Bitte wenden Sie sich an den Betreiber.")
    return back(invoice_id, message, "error")


def _not_sent(invoice_id: UUID) -> ResponseReturnValue:
    message = _(
        "Nichts wurde gesendet: Die Rechnung ist nicht mehr offen, nennt keine E-Mail-Adresse, "
        "oder sie ist gerade eben schon verschickt worden."
    )
    return back(invoice_id, message, "error")


def _nobody_sends(invoice_id: UUID) -> ResponseReturnValue:
    message = _(
        "Nichts wurde gesendet: Der Versand von E-Mails ist ausgeschaltet. Verbinden Sie unter "
        "„Integrationen“ die Benachrichtigungen."
    )
    return back(invoice_id, message, "error")
