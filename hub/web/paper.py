"""The paper of an invoice: a PDF that is made once, kept, and given to everybody who may see the invoice.

The library that makes it (extra ``pdf``) is slow to load and slow to work. It is loaded when the first paper
is wanted, works on one paper at a time, and never while a transaction is open."""

import importlib.util
from collections.abc import Mapping
from ctypes.util import find_library
from functools import cache
from threading import Lock
from typing import Any

import segno.helpers
import structlog
from flask import Response, render_template
from flask_babel import force_locale, pgettext
from markupsafe import Markup

from hub.records import papers
from hub.records.invoices import DRAFT, GROSS
from hub.support.banking import bank_of, written_iban
from hub.support.bills import reckon
from hub.support.money import Money
from hub.web.assets import WEB
from hub.web.billing import positions_of, price
from hub.web.visit import Visit

log = structlog.get_logger()

LIBRARY, SYSTEM = "weasyprint", "pango-1.0"
"""The library, and the one of the system that it stands on."""

KIND = "pdf/a-3a"
"""For the archive, and with the structure that a screen reader wants."""

TRANSFER = "EUR"
"""The currency of transfers that the code for banking apps can ask for."""

MOST_TRANSFER = Money(999_999_999_99, TRANSFER)

_one_at_a_time = Lock()


class PaperError(Exception):
    """There is no PDF now. Why stands in the log."""


def is_offered(invoice: Mapping[str, Any]) -> bool:
    """Whether the invoice has a paper: it was issued here, and the installation can make PDFs."""
    return invoice["status"] != DRAFT and invoice["issuer"] is not None and _is_installed(LIBRARY, SYSTEM)


def of(visit: Visit, invoice: Mapping[str, Any], locale: str) -> bytes:
    """The PDF of an invoice that has one; ``locale`` is the tenant's. Raises PaperError."""
    tenant_id, invoice_id = invoice["tenant_id"], invoice["id"]
    database = visit.rooms.database.for_tenant(tenant_id)
    with database.read() as unit:
        kept = papers.get(unit, tenant_id, invoice_id)
    if kept is not None:
        return kept
    made = _made(_written(invoice, locale))
    with database.write() as unit:
        papers.keep(unit, tenant_id=tenant_id, invoice_id=invoice_id, content=made, now=visit.now)
        return papers.get(unit, tenant_id, invoice_id) or made


def download(visit: Visit, invoice: Mapping[str, Any], locale: str) -> Response:
    """The answer that hands the PDF over as a file. Raises PaperError."""
    response = Response(of(visit, invoice, locale), mimetype="application/pdf")
    response.headers.set("Content-Disposition", "attachment", filename=file_name(invoice, locale))
    return response


def file_name(invoice: Mapping[str, Any], locale: str) -> str:
    """``Rechnung-2026-0001.pdf``."""
    with force_locale(_locale(invoice, locale)):
        word = pgettext("Dateiname", "Rechnung")
    number = "".join(letter if letter.isalnum() else "-" for letter in invoice["number"])
    return f"{word}-{number}.pdf"


@cache
def _is_installed(library: str, system: str) -> bool:
    """Asked without loading them, which takes longer than a page may."""
    return importlib.util.find_spec(library) is not None and find_library(system) is not None


def _locale(invoice: Mapping[str, Any], tenant_locale: str) -> str:
    """The tenant's way of writing, if the invoice is in the tenant's language."""
    home = tenant_locale.replace("-", "_")
    language = invoice["language"] or home.partition("_")[0]
    return home if home.partition("_")[0] == language else str(language)


def _written(invoice: Mapping[str, Any], tenant_locale: str) -> str:
    issuer, locale = invoice["issuer"], _locale(invoice, tenant_locale)
    bill = reckon(positions_of(invoice), invoice["currency"], with_tax=invoice["prices"] == GROSS)
    with force_locale(locale):
        reference = str(invoice["number"])
        return render_template(
            "invoices/paper.html",
            invoice=invoice,
            issuer=issuer,
            bill=bill,
            spoken=locale.partition("_")[0],
            iban=written_iban(issuer["iban"]) if issuer["iban"] else "",
            bank=bank_of(issuer["iban"]) if issuer["iban"] else "",
            reference=reference,
            code=_code(issuer, Money(bill.gross, invoice["currency"]), reference),
            price=price,
            gross=GROSS,
        )


def _code(issuer: Mapping[str, Any], total: Money, reference: str) -> Markup | None:
    """What banking apps read: the transfer, filled in."""
    if not issuer["iban"] or total.currency != TRANSFER or not 0 < total.minor <= MOST_TRANSFER.minor:
        return None
    code = segno.helpers.make_epc_qr(
        name=issuer["company"][:70], iban=issuer["iban"], amount=total.amount, text=reference[:140]
    )
    return Markup(code.svg_inline(border=0, omitsize=True))  # noqa: S704 - drawn by the library, of squares


def _made(html: str) -> bytes:
    """The PDF; nothing that it names is fetched from anywhere."""
    try:
        import weasyprint
        from weasyprint.urls import URLFetcher

        style = weasyprint.CSS(string=(WEB / "static" / "paper.css").read_text("utf-8"))
        with _one_at_a_time:
            letter = weasyprint.HTML(string=html, url_fetcher=URLFetcher(allowed_protocols=()))
            paper: bytes = letter.write_pdf(stylesheets=[style], pdf_variant=KIND)
    except Exception as error:  # a missing library of the system, or whatever goes wrong inside it
        log.exception("paper_failed", reason=type(error).__name__)
        raise PaperError from error
    return paper
