"""Kunden: the list, the file of each with all that happened, and duplicates that become one."""

from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import EmailField, StringField, TelField
from wtforms.validators import DataRequired, Email, Length

from hub.records import audit, customers, invoices
from hub.records.database import Unit
from hub.records.tenants import Conflict
from hub.web import paging, words
from hub.web.forms import Form
from hub.web.page import Pages
from hub.web.rights import Right
from hub.web.visit import Visit

pages = Pages("customers")


def _blank_is_unknown(text: str | None) -> str | None:
    return (text.strip() or None) if text else None


class MasterData(Form):
    """Who the customer is."""

    email = EmailField(
        _l("E-Mail-Adresse"), [DataRequired(), Email(), Length(max=254)], filters=[_blank_is_unknown]
    )
    first_name = StringField(_l("Vorname"), [Length(max=200)], filters=[_blank_is_unknown])
    last_name = StringField(_l("Nachname"), [Length(max=200)], filters=[_blank_is_unknown])
    name = StringField(_l("Anzeigename"), [Length(max=200)], filters=[_blank_is_unknown])
    company = StringField(_l("Firma"), [Length(max=200)], filters=[_blank_is_unknown])
    phone = TelField(_l("Telefon"), [Length(max=100)], filters=[_blank_is_unknown])
    external_id = StringField(_l("Kundennummer"), [Length(max=200)], filters=[_blank_is_unknown])


@pages.get("/customers", needs=Right.STAFF)
def index(visit: Visit) -> ResponseReturnValue:
    """The customers, newest first, or those with a text."""
    text = request.args.get("q", "").strip()
    with visit.read() as unit:
        shown = _found(visit, unit, text)
    return render_template("customers/index.html", shown=shown, text=text, filters={"q": text or None})


def _found(visit: Visit, unit: Unit, text: str) -> paging.Shown:
    """Somebody's whole address leads to them alone, and at once."""
    if text and (known := customers.behind(unit, visit.tenant_id, text)):
        return paging.shown([known])
    before = paging.cursor()
    edge = customers.searched_to(unit, visit.tenant_id, before=before) if text else None
    rows = customers.search(
        unit, visit.tenant_id, text=text, before=before, down_to=edge, limit=paging.SIZE + 1
    )
    return paging.shown(rows, edge=edge)


@pages.get("/customers/new", needs=Right.STAFF)
def new(_visit: Visit) -> ResponseReturnValue:
    """The form for a customer whom no plugin brought."""
    return render_template("customers/new.html", form=MasterData(email=request.args.get("email")))


@pages.post("/customers", needs=Right.STAFF)
def create(visit: Visit) -> ResponseReturnValue:
    """A customer by hand."""
    form = MasterData(request.form)
    if not form.accepts():
        return render_template("customers/new.html", form=form), 422
    try:
        with visit.write() as unit:
            customer_id = customers.create(unit, visit.tenant_id, now=visit.now, **form.data)
            visit.note(
                unit, "customer.created", kind="customer", object_id=customer_id, after=_known(form.data)
            )
    except Conflict:
        _is_taken(form)
        return render_template("customers/new.html", form=form), 422
    flash(_("Der Kunde ist angelegt."), "success")
    return _to(customer_id)


@pages.get("/customers/<uuid:customer_id>", needs=Right.STAFF)
def show(visit: Visit, customer_id: UUID) -> ResponseReturnValue:
    """The file of one customer. The address of a merged one leads to the one that was kept."""
    with visit.read() as unit:
        customer = customers.get(unit, visit.tenant_id, customer_id) or abort(404)
        if customer["merged_into"]:
            return _to(customer["merged_into"])
        entries = customers.timeline(
            unit, visit.tenant_id, customer_id, before=paging.cursor(), limit=paging.SIZE + 1
        )
        return render_template(
            "customers/show.html",
            customer=customer,
            addresses=customers.addresses(unit, visit.tenant_id, customer_id),
            alike=customers.lookalikes(unit, visit.tenant_id, customer, limit=3),
            counts=customers.counts(unit, visit.tenant_id, customer_id),
            shown=paging.shown([_standing(visit, entry) for entry in entries]),
            history=audit.about(unit, visit.tenant_id, customer_id),
            words=words,
        )


@pages.get("/customers/<uuid:customer_id>/edit", needs=Right.STAFF)
def edit(visit: Visit, customer_id: UUID) -> ResponseReturnValue:
    """The form with the master data."""
    with visit.read() as unit:
        customer = _present(visit, unit, customer_id)
    return render_template("customers/edit.html", customer=customer, form=MasterData(data=customer))


@pages.post("/customers/<uuid:customer_id>/edit", needs=Right.STAFF)
def change(visit: Visit, customer_id: UUID) -> ResponseReturnValue:
    """Other master data."""
    form = MasterData(request.form)
    with visit.read() as unit:
        before = _present(visit, unit, customer_id)
    if not form.accepts():
        return render_template("customers/edit.html", customer=before, form=form), 422
    try:
        with visit.write() as unit:
            before = _present(visit, unit, customer_id)
            changed = {name: value for name, value in form.data.items() if before[name] != value}
            customers.change(unit, visit.tenant_id, customer_id, now=visit.now, **changed)
            was = {name: before[name] for name in changed}
            visit.note(
                unit, "customer.changed", kind="customer", object_id=customer_id, before=was, after=changed
            )
    except Conflict:
        _is_taken(form)
        return render_template("customers/edit.html", customer=before, form=form), 422
    flash(_("Die Stammdaten sind gespeichert."), "success")
    return _to(customer_id)


@pages.get("/customers/<uuid:customer_id>/merge", needs=Right.STAFF)
def duplicates(visit: Visit, customer_id: UUID) -> ResponseReturnValue:
    """Who could be the same person: those that look alike, or those with a text."""
    text = request.args.get("q", "").strip()
    with visit.read() as unit:
        customer = _present(visit, unit, customer_id)
        found = (
            customers.search(unit, visit.tenant_id, text=text, limit=paging.SIZE)
            if text
            else customers.lookalikes(unit, visit.tenant_id, customer, limit=paging.SIZE)
        )
    others = [other for other in found if other["id"] != customer_id]
    return render_template("customers/duplicates.html", customer=customer, others=others, text=text)


@pages.get("/customers/<uuid:customer_id>/merge/<uuid:other_id>", needs=Right.STAFF)
def preview(visit: Visit, customer_id: UUID, other_id: UUID) -> ResponseReturnValue:
    """What would move from the other one to this one."""
    with visit.read() as unit:
        kept, merged = _present(visit, unit, customer_id), _present(visit, unit, other_id)
        if customer_id == other_id:
            abort(404)
        return render_template(
            "customers/preview.html",
            kept=kept,
            merged=merged,
            moves=customers.counts(unit, visit.tenant_id, other_id),
            gains=customers.gains(kept, merged),
            labels={field.name: field.label.text for field in MasterData()},
            addresses=[merged["email"], *customers.addresses(unit, visit.tenant_id, other_id)],
        )


@pages.post("/customers/<uuid:customer_id>/merge/<uuid:other_id>", needs=Right.STAFF)
def merge(visit: Visit, customer_id: UUID, other_id: UUID) -> ResponseReturnValue:
    """Make one of both. The other one's file says in its history where it went."""
    with visit.write() as unit:
        kept, merged = _present(visit, unit, customer_id), _present(visit, unit, other_id)
        gained = customers.gains(kept, merged)
        try:
            moved = customers.merge(unit, visit.tenant_id, kept=customer_id, merged=other_id)
        except Conflict:
            flash(_("Diese beiden Akten lassen sich nicht zusammenführen."), "error")
            return _to(customer_id)
        visit.note(
            unit,
            "customer.merged",
            kind="customer",
            object_id=customer_id,
            before={name: kept[name] for name in gained},
            after={**gained, "merged": other_id, "email": merged["email"], "moved": moved},
        )
        visit.note(
            unit,
            "customer.merged_away",
            kind="customer",
            object_id=other_id,
            before={"email": merged["email"]},
            after={"merged_into": customer_id},
        )
    flash(
        _(
            "Die Akten sind zusammengeführt. Nachrichten von %(email)s landen ab jetzt hier.",
            email=merged["email"],
        ),
        "success",
    )
    return _to(customer_id)


def _standing(visit: Visit, entry: dict[str, Any]) -> dict[str, Any]:
    """The entry as it stands today: an open invoice may be overdue."""
    today = visit.now.astimezone(visit.zone).date()
    return entry | invoices.shown(entry, today) if entry["kind"] == "invoice" else entry


def _present(visit: Visit, unit: Unit, customer_id: UUID) -> dict[str, Any]:
    """A customer who was not merged away."""
    customer = customers.get(unit, visit.tenant_id, customer_id)
    if customer is None or customer["merged_into"]:
        abort(404)
    return customer


def _known(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _is_taken(form: MasterData) -> None:
    form.email.errors = [
        _(
            "Ein anderer Kunde hat diese E-Mail-Adresse schon. Öffnen Sie dessen Akte, und führen Sie beide"
            " zusammen, wenn es dieselbe Person ist."
        )
    ]


def _to(customer_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("customers.show", customer_id=customer_id), 303)
