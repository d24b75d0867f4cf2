"""Auszahlungen: what has matured is gathered, exported and marked as paid."""

from typing import Any
from uuid import UUID

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField

from hub.records import audit, tenants
from hub.web import paging
from hub.web.forms import Form
from hub.web.page import Pages
from hub.web.rights import Right
from hub.web.visit import Visit
from hub.web.words import action
from hub_commissions import exporting
from hub_commissions.errors import CommissionsError
from hub_commissions.pages import typed, words
from hub_commissions.pages.typed import Typed
from hub_commissions.records import browsing, payouts

pages = Pages("payouts", plugin="commissions")

TYPES = {"csv": "text/csv; charset=utf-8", "sepa": "application/xml"}


class Create(Form):
    """Who is paid."""

    minimum = Typed(_l("Mindestbetrag je Partner"), None)
    only_home = BooleanField()


@pages.get("/payouts", needs=Right.STAFF)
def index(visit: Visit) -> ResponseReturnValue:
    """The payouts, newest first, and what waits for the next one."""
    return _index(visit, _form(visit))


@pages.post("/payouts", needs=Right.ADMIN)
def create(visit: Visit) -> ResponseReturnValue:
    """Gather what has matured."""
    form = _form(visit, request.form)
    if not form.accepts():
        return _index(visit, form), 422
    home = visit.tenant.currency
    least = form.minimum.value.amount if form.minimum.value else payouts.NOTHING
    with visit.write() as unit:
        only = home if form.only_home.data else None
        payout_id = payouts.create(unit, visit.tenant_id, visit.now, least, only)
        if payout_id is not None:
            made = browsing.payout(unit, visit.tenant_id, payout_id) or {}
            said = {"number": made["number"], "totals": _plainly(made["totals"])}
            visit.note(unit, "commissions.payout_created", kind="payout", object_id=payout_id, after=said)
    if payout_id is None:
        flash(
            _("Es ist nichts auszuzahlen: Niemand erreicht den Mindestbetrag, oder es ist noch nichts reif."),
            "info",
        )
        return redirect(url_for("commissions.payouts.index"), 303)
    flash(
        _("Die Auszahlung ist angelegt. Überweisen Sie die Beträge, und markieren Sie sie dann als bezahlt."),
        "success",
    )
    return redirect(url_for("commissions.payouts.show", payout_id=payout_id), 303)


@pages.get("/payouts/<uuid:payout_id>", needs=Right.STAFF)
def show(visit: Visit, payout_id: UUID) -> ResponseReturnValue:
    """Who gets what."""
    with visit.read() as unit:
        payout = browsing.payout(unit, visit.tenant_id, payout_id) or abort(404)
        rows = browsing.items(unit, payout_id, before=paging.cursor(), limit=paging.SIZE + 1)
        history = audit.about(unit, visit.tenant_id, payout_id)
    return render_template(
        "commissions/payouts/show.html",
        payout=payout,
        shown=paging.shown(rows),
        history=history,
        action=action,
        words=words,
    )


@pages.post("/payouts/<uuid:payout_id>/pay", needs=Right.ADMIN)
def pay(visit: Visit, payout_id: UUID) -> ResponseReturnValue:
    """The money is on its way: the payout and its lines are paid."""
    return _close(visit, payout_id, "paid", _("Die Auszahlung ist bezahlt."))


@pages.post("/payouts/<uuid:payout_id>/cancel", needs=Right.ADMIN)
def cancel(visit: Visit, payout_id: UUID) -> ResponseReturnValue:
    """Its lines wait for another payout."""
    return _close(
        visit,
        payout_id,
        "cancelled",
        _("Die Auszahlung ist storniert. Ihre Provisionen warten auf die nächste."),
    )


@pages.get("/payouts/<uuid:payout_id>/export", needs=Right.ADMIN)
def export(visit: Visit, payout_id: UUID) -> ResponseReturnValue:
    """The payout as CSV, or as a SEPA credit transfer. Who took the account numbers along is noted."""
    kind = request.args.get("format", "")
    if kind not in TYPES:
        abort(404)
    with visit.write() as unit:
        payout = browsing.payout(unit, visit.tenant_id, payout_id) or abort(404)
        try:
            data = _file(visit, unit, payout, kind)
        except CommissionsError as error:
            flash(words.fault(error), "error")
            return redirect(url_for("commissions.payouts.show", payout_id=payout_id), 303)
        said = {"number": payout["number"], "format": kind}
        visit.note(unit, "commissions.payout_exported", kind="payout", object_id=payout_id, after=said)
    suffix = "csv" if kind == "csv" else "xml"
    name = f"{visit.tenant.slug}-{payout['number']}.{suffix}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(data, content_type=TYPES[kind], headers=headers)


def _file(visit: Visit, unit: Any, payout: dict[str, Any], kind: str) -> bytes:
    if payout["status"] == "cancelled":
        raise CommissionsError("the payout was cancelled", code="payout_closed")
    items = payouts.items(unit, payout["id"])
    if kind == "csv":
        return exporting.to_csv(payout["number"], items).encode("utf-8-sig")
    rows = tenants.connections_of(unit, visit.tenant_id)
    settings = [row["settings"] for row in rows if row["plugin"] == pages.plugin]
    account: dict[str, Any] = next((one for one in settings if one.get("debtor_iban")), {})
    return exporting.to_sepa(payout, items, account, visit.now.astimezone(visit.zone).date())


def _close(visit: Visit, payout_id: UUID, status: str, message: str) -> ResponseReturnValue:
    with visit.write() as unit:
        before = browsing.payout(unit, visit.tenant_id, payout_id) or abort(404)
        try:
            (payouts.pay if status == "paid" else payouts.cancel)(unit, payout_id, visit.now)
        except CommissionsError as error:
            flash(words.fault(error), "error")
            return redirect(url_for("commissions.payouts.show", payout_id=payout_id), 303)
        visit.note(
            unit,
            f"commissions.payout_{status}",
            kind="payout",
            object_id=payout_id,
            before={"status": before["status"]},
            after={"status": status},
        )
    flash(message, "success")
    return redirect(url_for("commissions.payouts.show", payout_id=payout_id), 303)


def _form(visit: Visit, sent: Any = None) -> Any:
    form = Create(sent)
    form.minimum.reader = lambda text: typed.money(text, visit.tenant.currency)
    form.only_home.label.text = _("Nur Beträge in %(currency)s", currency=visit.tenant.currency)
    return form


def _index(visit: Visit, form: Any) -> str:
    with visit.read() as unit:
        rows = browsing.payouts(unit, visit.tenant_id, before=paging.cursor(), limit=paging.SIZE + 1)
        payable = browsing.payable(unit, visit.tenant_id)
    return render_template(
        "commissions/payouts/index.html", shown=paging.shown(rows), payable=payable, form=form, words=words
    )


def _plainly(totals: list[tuple[int, str, int]]) -> dict[str, int]:
    return {currency: minor for minor, currency, _count in totals}
