"""Web-Bestellungen: the inbox of orders, and what is done with one."""

from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.records import audit, orders
from hub.records.applying.orders import CANCELLED
from hub.records.tenants import Conflict
from hub.web import paging, words
from hub.web.page import Pages
from hub.web.rights import Right
from hub.web.visit import Visit

pages = Pages("orders")


@pages.get("/orders", needs=Right.STAFF)
def inbox(visit: Visit) -> ResponseReturnValue:
    """The orders, by status and text."""
    status = request.args.get("status") if request.args.get("status") in orders.STATUSES else None
    text = request.args.get("q", "").strip()
    with visit.read() as unit:
        counts = orders.counts(unit, visit.tenant_id)
        before = paging.cursor()
        edge = orders.searched_to(unit, visit.tenant_id, status=status, before=before) if text else None
        rows = orders.inbox(
            unit,
            visit.tenant_id,
            status=status,
            text=text,
            before=before,
            down_to=edge,
            limit=paging.SIZE + 1,
        )
    return render_template(
        "orders/inbox.html",
        shown=paging.shown(rows, edge=edge),
        counts=counts,
        status=status,
        text=text,
        filters={"status": status, "q": text or None},
        words=words,
    )


@pages.get("/orders/<uuid:order_id>", needs=Right.STAFF)
def show(visit: Visit, order_id: UUID) -> ResponseReturnValue:
    """One order with everything that its sender told."""
    with visit.read() as unit:
        order = orders.get(unit, visit.tenant_id, order_id)
        if order is None:
            abort(404)
        history = audit.about(unit, visit.tenant_id, order_id)
    return render_template("orders/show.html", order=order, history=history, words=words)


@pages.post("/orders/<uuid:order_id>/take", needs=Right.STAFF)
def take(visit: Visit, order_id: UUID) -> ResponseReturnValue:
    """Somebody works on it."""
    with visit.write() as unit:
        before = _order(visit, unit, order_id)
        try:
            orders.take(unit, tenant_id=visit.tenant_id, order_id=order_id)
        except Conflict:
            return _too_late(order_id)
        _note(visit, unit, "order.taken", before, status=orders.IN_PROGRESS)
    return _back(order_id, _("Die Bestellung ist jetzt in Bearbeitung."))


@pages.post("/orders/<uuid:order_id>/process", needs=Right.STAFF)
def process(visit: Visit, order_id: UUID) -> ResponseReturnValue:
    """It is done: what the tenant's plugins do about that follows, such as the confirmation."""
    with visit.write() as unit:
        before = _order(visit, unit, order_id)
        try:
            source, changed = orders.process(
                unit, tenant=visit.tenant, tenant_id=visit.tenant_id, order_id=order_id, now=visit.now
            )
        except Conflict:
            return _too_late(order_id)
        visit.announce(unit, source, changed)
        _note(visit, unit, "order.processed", before, status=orders.PROCESSED)
    return _back(order_id, _("Die Bestellung ist verarbeitet."))


@pages.post("/orders/<uuid:order_id>/cancel", needs=Right.STAFF)
def cancel(visit: Visit, order_id: UUID) -> ResponseReturnValue:
    """It is called off."""
    with visit.write() as unit:
        before = _order(visit, unit, order_id)
        try:
            source, changed = orders.cancel(
                unit, tenant=visit.tenant, tenant_id=visit.tenant_id, order_id=order_id, now=visit.now
            )
        except Conflict:
            return _too_late(order_id)
        visit.announce(unit, source, changed)
        _note(visit, unit, "order.cancelled", before, status=CANCELLED)
    return _back(order_id, _("Die Bestellung ist storniert."))


@pages.post("/orders/<uuid:order_id>/customer", needs=Right.STAFF)
def to_customer(visit: Visit, order_id: UUID) -> ResponseReturnValue:
    """Who ordered becomes a customer."""
    with visit.write() as unit:
        before = _order(visit, unit, order_id)
        try:
            customer_id = orders.to_customer(
                unit, tenant=visit.tenant, tenant_id=visit.tenant_id, order_id=order_id, now=visit.now
            )
        except Conflict:
            flash(_("Die Bestellung nennt keine E-Mail-Adresse, an der ein Kunde zu erkennen wäre."), "error")
            return redirect(url_for("orders.show", order_id=order_id), 303)
        _note(visit, unit, "order.customer", before, customer_id=customer_id)
    return _back(order_id, _("Die Bestellung gehört jetzt zu einem Kunden."))


def _order(visit: Visit, unit: Any, order_id: UUID) -> dict[str, Any]:
    order = orders.get(unit, visit.tenant_id, order_id)
    return order if order is not None else abort(404)


def _note(visit: Visit, unit: Any, action: str, before: dict[str, Any], **after: Any) -> None:
    was = {name: before[name] for name in after}
    visit.note(unit, action, kind="order", object_id=before["id"], before=was, after=after)


def _too_late(order_id: UUID) -> ResponseReturnValue:
    flash(_("Das geht nicht mehr: Die Bestellung hat inzwischen einen anderen Status."), "error")
    return redirect(url_for("orders.show", order_id=order_id), 303)


def _back(order_id: UUID, message: str) -> ResponseReturnValue:
    flash(message, "success")
    return redirect(url_for("orders.show", order_id=order_id), 303)
