"""What the customer sees of an invoice: the page behind its link, the way to the payment page and back."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.contract.paying import CheckoutError
from hub.records import invoices, tenants
from hub.records.database import Row
from hub.records.invoices import GROSS, OPEN
from hub.records.tenants import Conflict
from hub.registry.paying import Payments
from hub.support.banking import bank_of, written_iban
from hub.support.bills import reckon
from hub.web import paper, words
from hub.web.billing import positions_of, price
from hub.web.page import Pages
from hub.web.paper import PaperError
from hub.web.rights import Right
from hub.web.visit import Visit

pages = Pages("pay")


@pages.get("/i/<token>", needs=Right.ANYBODY)
def show(visit: Visit, token: str) -> ResponseReturnValue:
    """The invoice: amount, lines, status, and how to pay it."""
    return render_template("pay/show.html", **_told(visit, token))


@pages.get("/i/<token>/paper", needs=Right.ANYBODY)
def download(visit: Visit, token: str) -> ResponseReturnValue:
    """The invoice as PDF."""
    shown = _told(visit, token)
    if not shown["has_paper"]:
        abort(404)
    try:
        return paper.download(visit, shown["invoice"], shown["locale"])
    except PaperError:
        flash(
            _("Das PDF lässt sich gerade nicht erzeugen. Bitte versuchen Sie es später noch einmal."), "error"
        )
        return redirect(url_for("pay.show", token=token), 303)


@pages.post("/i/<token>/pay", needs=Right.ANYBODY)
def begin(visit: Visit, token: str) -> ResponseReturnValue:
    """To the provider's page. The page in between leads there by itself: a form of the hub may not end on
    another host, which the policy forbids."""
    told = _told(visit, token)
    try:
        page = _payments(visit).page(
            told["row"],
            title=_title(told["row"], told["seller"]),
            success_url=_address(visit, "pay.done", token),
            cancel_url=_address(visit, "pay.show", token),
        )
    except Conflict:
        return redirect(url_for("pay.show", token=token), 303)
    except CheckoutError:
        message = _(
            "Die Online-Zahlung ist gerade nicht erreichbar. Bitte versuchen Sie es gleich noch einmal."
        )
        flash(message, "error")
        return redirect(url_for("pay.show", token=token), 303)
    if page is None:
        return redirect(url_for("pay.done", token=token), 303)
    return render_template("pay/leave.html", page=page, **told)


@pages.get("/i/<token>/done", needs=Right.ANYBODY)
def done(visit: Visit, token: str) -> ResponseReturnValue:
    """After the payment: it counts once the provider has told the hub of it, so this page waits."""
    return render_template("pay/done.html", **_told(visit, token))


def _told(visit: Visit, token: str) -> dict[str, Any]:
    """What the pages show of the invoice behind the link, and nothing else of the tenant."""
    with visit.rooms.database.for_all_tenants().read() as unit:
        row = invoices.behind(unit, token)
        if row is None:
            abort(404)
        seller = tenants.tenant_by_slug(unit, row["tenant"])
        pending = invoices.has_pending(unit, row["tenant_id"], row["id"])
    if seller is None:
        abort(404)
    invoice = invoices.shown(row, visit.now.astimezone(ZoneInfo(seller["timezone"])).date())
    payable = invoice["status"] == OPEN and invoice["left_minor"] > 0 and not pending
    lines, issuer = positions_of(invoice), invoice["issuer"]
    return {
        "row": row,
        "invoice": invoice,
        "seller": (issuer or {}).get("company") or seller["name"],
        "issuer": issuer,
        "iban": written_iban(issuer["iban"]) if issuer and issuer["iban"] else None,
        "bank": bank_of(issuer["iban"]) if issuer and issuer["iban"] else None,
        "locale": seller["locale"],
        "has_paper": paper.is_offered(invoice),
        "bill": reckon(lines, row["currency"], with_tax=row["prices"] == GROSS) if lines else None,
        "token": token,
        "pending": pending,
        "payable": payable and _payments(visit).provider(row["tenant"]) is not None,
        "gross": GROSS,
        "price": price,
        "words": words,
    }


def _payments(visit: Visit) -> Payments:
    return Payments(visit.rooms.registry, visit.rooms.database, visit.rooms.host)


def _title(row: Row, seller: str) -> str:
    """The same in each language: a second question has to be the same as the first."""
    return f"{row['number']} · {seller}"


def _address(visit: Visit, endpoint: str, token: str) -> str:
    """An address from outside, from the settings and never from the request."""
    return visit.rooms.config.base_url.rstrip("/") + url_for(endpoint, token=token)
