"""Transaktionen: the sales, whose they are, and giving them to a partner."""

from collections import Counter
from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from hub.contract.signals import transaction_assigned
from hub.records import assignments, audit
from hub.records.database import Unit
from hub.web import paging
from hub.web.assigning import announce
from hub.web.formats import money
from hub.web.page import Pages
from hub.web.rights import Right
from hub.web.visit import Visit
from hub.web.words import action
from hub_commissions import assigning
from hub_commissions.errors import CommissionsError
from hub_commissions.pages import words
from hub_commissions.records import browsing, partners

pages = Pages("transactions", plugin="commissions")

MOST = 100
"""So many sales are assigned at once: as many as a page can show, and some."""


@pages.get("/transactions", needs=Right.STAFF)
def index(visit: Visit) -> ResponseReturnValue:
    """The sales, or those that belong to nobody."""
    unassigned = request.args.get("filter") == "unassigned"
    text = request.args.get("q", "").strip()
    before = paging.cursor()
    with visit.read() as unit:
        edge = None
        if text:
            edge = browsing.searched_to(unit, visit.tenant_id, unassigned=unassigned, before=before)
        rows = browsing.sales(
            unit,
            visit.tenant_id,
            unassigned=unassigned,
            text=text,
            before=before,
            down_to=edge,
            limit=paging.SIZE + 1,
        )
        waiting = browsing.count_unassigned(unit, visit.tenant_id)
        choices = browsing.choices(unit, visit.tenant_id)
    return render_template(
        "commissions/transactions/index.html",
        shown=paging.shown(rows, edge=edge),
        unassigned=unassigned,
        waiting=waiting,
        text=text,
        filters={"filter": "unassigned" if unassigned else None, "q": text or None},
        choices=choices,
        words=words,
    )


@pages.get("/transactions/<uuid:transaction_id>", needs=Right.STAFF)
def show(visit: Visit, transaction_id: UUID) -> ResponseReturnValue:
    """One sale, its commissions and why they are so."""
    with visit.read() as unit:
        sale = browsing.sale(unit, visit.tenant_id, transaction_id)
        if sale is None:
            abort(404)
        lines = browsing.lines_of_sale(unit, visit.tenant_id, transaction_id)
        choices = browsing.choices(unit, visit.tenant_id)
        history = audit.about(unit, visit.tenant_id, transaction_id)
    return render_template(
        "commissions/transactions/show.html",
        sale=sale,
        lines=lines,
        choices=choices,
        history=history,
        action=action,
        words=words,
    )


@pages.post("/transactions/assign", needs=Right.STAFF)
def assign(visit: Visit) -> ResponseReturnValue:
    """Give one or many sales to a partner, all or none. What they would have paid when they arrived is
    reckoned, and what pays nothing is named with its reason."""
    ids, code = _ids(), request.form.get("partner", "").strip()
    back = redirect(_back(ids), 303)
    if not ids or not code:
        flash(_("Bitte wählen Sie mindestens eine Transaktion und einen Partner."), "error")
        return back
    try:
        after = _assign(visit, ids, code, reassign="reassign" in request.form)
    except CommissionsError as error:
        flash(words.fault(error), "error")
        return back
    _tell(after, code)
    return back


def _assign(visit: Visit, ids: list[UUID], code: str, *, reassign: bool) -> list[dict[str, Any]]:
    with visit.write() as unit:
        before = browsing.chosen(unit, visit.tenant_id, ids)
        if len(before) != len(ids):
            abort(404)
        assigning.assign_found(unit, visit.tenant_id, ids, code, now=visit.now, reassign=reassign)
        after = browsing.chosen(unit, visit.tenant_id, ids)
        for was, now in zip(before, after, strict=True):
            visit.note(
                unit,
                "commissions.assigned",
                kind="transaction",
                object_id=now["id"],
                before={"partner": was["partner_code"], "commissions": was["paid_minor"]},
                after={"partner": now["partner_code"], "commissions": now["paid_minor"]},
            )
        had = {sale["id"]: sale["partner_code"] for sale in before}
        _announce(visit, unit, code, [sale for sale in after if sale["partner_code"] != had[sale["id"]]])
    return after


def _announce(visit: Visit, unit: Unit, code: str, given: list[dict[str, Any]]) -> None:
    """A partner who is a member of the team, by the e-mail address, hears of it."""
    email = partners.find(unit, visit.tenant_id, code)["email"]
    member_id = assignments.member_with(unit, visit.tenant_id, email) if email else None
    if given and member_id is not None:
        announce(visit, unit, transaction_assigned, given, member_id)


def _tell(sales: list[dict[str, Any]], code: str) -> None:
    """What was assigned, what it pays, and why the others pay nothing."""
    sums: Counter[str] = Counter()
    for sale in sales:
        sums[sale["currency"]] += sale["paid_minor"] or 0
    paid = ", ".join(money(amount, currency) for currency, amount in sorted(sums.items()) if amount)
    done = ngettext(
        "%(num)d Transaktion gehört jetzt zu %(code)s.",
        "%(num)d Transaktionen gehören jetzt zu %(code)s.",
        len(sales),
        code=code,
    )
    worth = _("Provisionen: %(amount)s.", amount=paid) if paid else ""
    flash(f"{done} {worth}".strip(), "success")
    for reason, count in Counter(sale["reason"] for sale in sales if sale["reason"]).items():
        about = ngettext(
            "%(num)d Transaktion ohne Provision: %(reason)s",
            "%(num)d Transaktionen ohne Provision: %(reason)s",
            count,
            reason=words.reason(reason),
        )
        flash(about, "warning")


def _ids() -> list[UUID]:
    try:
        found = dict.fromkeys(UUID(one) for one in request.form.getlist("sale"))
    except ValueError:
        abort(400)
    if len(found) > MOST:
        abort(400)
    return list(found)


def _back(ids: list[UUID]) -> str:
    if request.form.get("from") == "show" and len(ids) == 1:
        return url_for("commissions.transactions.show", transaction_id=ids[0])
    return url_for("commissions.transactions.index", filter="unassigned")
