"""Tickets: the inbox of enquiries, and one with all that was written in it."""

from typing import Any, Literal
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from hub.contract.signals import ticket_assigned
from hub.records import audit, customers, deliveries, people, tickets
from hub.records.database import Unit
from hub.records.tenants import Conflict
from hub.web import assigning, paging, words
from hub.web.forms import Form
from hub.web.page import Pages
from hub.web.rights import Right
from hub.web.visit import Visit

pages = Pages("tickets")

NOBODY: Literal["nobody"] = "nobody"


def _lines(text: str | None) -> str | None:
    """With the line ends of text, not those of forms."""
    return text.replace("\r\n", "\n").strip() if text else text


class Answer(Form):
    """What the customer is told."""

    text = TextAreaField(
        _l("Ihre Antwort"), [DataRequired(), Length(max=tickets.MAX_TEXT)], filters=[_lines], id="answer"
    )


class Note(Form):
    """What only the team reads."""

    text = TextAreaField(
        _l("Notiz"), [DataRequired(), Length(max=tickets.MAX_TEXT)], filters=[_lines], id="note"
    )


@pages.get("/tickets", needs=Right.STAFF)
def inbox(visit: Visit) -> ResponseReturnValue:
    """The tickets, by status, assignment and text."""
    status = request.args.get("status") if request.args.get("status") in tickets.STATUSES else None
    text = request.args.get("q", "").strip()
    assigned = _assigned(request.args.get("assigned", ""))
    chosen: Any = {"status": status, "assigned_to": assigned, "before": paging.cursor()}
    with visit.read() as unit:
        counts = tickets.counts(unit, visit.tenant_id)
        team = people.team(unit, visit.tenant_id)
        edge = tickets.searched_to(unit, visit.tenant_id, **chosen) if text else None
        rows = tickets.search(unit, visit.tenant_id, **chosen, text=text, down_to=edge, limit=paging.SIZE + 1)
    return render_template(
        "tickets/inbox.html",
        shown=paging.shown(rows, edge=edge),
        counts=counts,
        team=team,
        status=status,
        text=text,
        assigned=assigned,
        filters={"status": status, "q": text or None, "assigned": assigned},
        words=words,
    )


@pages.get("/tickets/<uuid:ticket_id>", needs=Right.STAFF)
def show(visit: Visit, ticket_id: UUID) -> ResponseReturnValue:
    """One ticket with its thread."""
    return _page(visit, ticket_id)


@pages.post("/tickets/<uuid:ticket_id>/reply", needs=Right.STAFF)
def reply(visit: Visit, ticket_id: UUID) -> ResponseReturnValue:
    """Answer the customer; effects such as the e-mail follow. Says so if nothing sends one."""
    form = Answer(request.form)
    closes = "close" in request.form
    if not form.accepts():
        return _page(visit, ticket_id, answer=form), 422
    with visit.write() as unit:
        before = _ticket(visit, unit, ticket_id)
        try:
            source, made = tickets.reply(
                unit,
                tenant=visit.tenant,
                tenant_id=visit.tenant_id,
                ticket_id=ticket_id,
                text=str(form.text.data),
                now=visit.now,
                member_id=visit.person.id,
            )
        except Conflict:
            return _unsaid(ticket_id)
        visit.announce(unit, source, made)
        if closes:
            tickets.close(unit, visit.tenant_id, ticket_id)
        status = tickets.CLOSED if closes else tickets.IN_PROGRESS
        _note(visit, unit, "ticket.replied", before, status=status)
        goes_out = before["email"] in deliveries.targets(unit, visit.tenant_id, made.id)
    if not goes_out:
        flash(
            _(
                "Ihre Antwort ist gespeichert, aber %(email)s erhält keine E-Mail: Der Versand von Antworten"
                " ist ausgeschaltet. Schalten Sie ihn unter „Integrationen“ bei den Benachrichtigungen ein.",
                email=before["email"],
            ),
            "warning",
        )
        return _back(ticket_id)
    return _back(ticket_id, _("Ihre Antwort geht per E-Mail an %(email)s.", email=before["email"]))


@pages.post("/tickets/<uuid:ticket_id>/note", needs=Right.STAFF)
def note(visit: Visit, ticket_id: UUID) -> ResponseReturnValue:
    """Write something down for the team. The customer never sees it."""
    form = Note(request.form)
    if not form.accepts():
        return _page(visit, ticket_id, note=form), 422
    with visit.write() as unit:
        before = _ticket(visit, unit, ticket_id)
        try:
            tickets.note(
                unit,
                tenant_id=visit.tenant_id,
                ticket_id=ticket_id,
                text=str(form.text.data),
                now=visit.now,
                member_id=visit.person.id,
            )
        except Conflict:
            return _unsaid(ticket_id)
        _note(visit, unit, "ticket.noted", before)
    return _back(ticket_id, _("Die Notiz ist gespeichert. Nur Ihr Team sieht sie."))


@pages.post("/tickets/<uuid:ticket_id>/assign", needs=Right.STAFF)
def assign(visit: Visit, ticket_id: UUID) -> ResponseReturnValue:
    """Another member takes care of it, or nobody."""
    member = _assigned(request.form.get("member", ""))
    member_id = member if isinstance(member, UUID) else None
    with visit.write() as unit:
        before = _ticket(visit, unit, ticket_id)
        try:
            changed = tickets.assign(unit, visit.tenant_id, ticket_id, member_id)
        except Conflict:
            flash(_("Diese Person gehört nicht mehr zum Team."), "error")
            return _back(ticket_id)
        if member_id is not None and changed:
            assigning.announce(visit, unit, ticket_assigned, [before], member_id)
        _note(visit, unit, "ticket.assigned", before, assigned_to=member_id)
    if member_id is None:
        return _back(ticket_id, _("Das Ticket ist niemandem mehr zugewiesen."))
    return _back(ticket_id, _("Das Ticket ist zugewiesen."))


@pages.post("/tickets/<uuid:ticket_id>/close", needs=Right.STAFF)
def close(visit: Visit, ticket_id: UUID) -> ResponseReturnValue:
    """Nothing more is to be done."""
    with visit.write() as unit:
        before = _ticket(visit, unit, ticket_id)
        try:
            tickets.close(unit, visit.tenant_id, ticket_id)
        except Conflict:
            return _too_late(ticket_id)
        _note(visit, unit, "ticket.closed", before, status=tickets.CLOSED)
    return _back(ticket_id, _("Das Ticket ist geschlossen."))


@pages.post("/tickets/<uuid:ticket_id>/reopen", needs=Right.STAFF)
def reopen(visit: Visit, ticket_id: UUID) -> ResponseReturnValue:
    """Something is to be done after all."""
    with visit.write() as unit:
        before = _ticket(visit, unit, ticket_id)
        try:
            tickets.reopen(unit, visit.tenant_id, ticket_id)
        except Conflict:
            return _too_late(ticket_id)
        _note(visit, unit, "ticket.reopened", before, status="open")
    return _back(ticket_id, _("Das Ticket ist wieder offen."))


@pages.post("/tickets/<uuid:ticket_id>/customer", needs=Right.STAFF)
def to_customer(visit: Visit, ticket_id: UUID) -> ResponseReturnValue:
    """Who asks becomes a customer."""
    with visit.write() as unit:
        before = _ticket(visit, unit, ticket_id)
        try:
            customer_id = tickets.to_customer(
                unit, tenant=visit.tenant, tenant_id=visit.tenant_id, ticket_id=ticket_id, now=visit.now
            )
        except Conflict:
            flash(_("Das Ticket nennt keine E-Mail-Adresse, an der ein Kunde zu erkennen wäre."), "error")
            return _back(ticket_id)
        _note(visit, unit, "ticket.customer", before, customer_id=customer_id)
    return _back(ticket_id, _("Das Ticket liegt jetzt in der Kundenakte."))


def _page(visit: Visit, ticket_id: UUID, *, answer: Answer | None = None, note: Note | None = None) -> str:
    with visit.read() as unit:
        ticket = _ticket(visit, unit, ticket_id)
        customer_id = ticket["customer_id"]
        return render_template(
            "tickets/show.html",
            ticket=ticket,
            thread=tickets.messages(unit, visit.tenant_id, ticket_id),
            sendings=tickets.sendings(unit, visit.tenant_id, ticket),
            customer=customers.get(unit, visit.tenant_id, customer_id) if customer_id else None,
            team=people.team(unit, visit.tenant_id),
            history=audit.about(unit, visit.tenant_id, ticket_id),
            answer=answer or Answer(),
            note=note or Note(),
            words=words,
        )


def _assigned(wanted: str) -> UUID | Literal["nobody"] | None:
    """Whose tickets are wanted; ``None`` for everybody's, and for nonsense."""
    if wanted == NOBODY:
        return NOBODY
    try:
        return UUID(wanted)
    except ValueError:
        return None


def _ticket(visit: Visit, unit: Unit, ticket_id: UUID) -> dict[str, Any]:
    try:
        return tickets.get(unit, visit.tenant_id, ticket_id)
    except Conflict:
        abort(404)


def _note(visit: Visit, unit: Unit, action: str, before: dict[str, Any], **after: Any) -> None:
    was = {name: before[name] for name in after}
    visit.note(unit, action, kind="ticket", object_id=before["id"], before=was, after=after)


def _too_late(ticket_id: UUID) -> ResponseReturnValue:
    flash(_("Das geht nicht mehr: Das Ticket hat inzwischen einen anderen Status."), "error")
    return _back(ticket_id)


def _unsaid(ticket_id: UUID) -> ResponseReturnValue:
    flash(
        _("Der Text wurde nicht gespeichert: Er enthält Zeichen, die nicht gesendet werden können."), "error"
    )
    return _back(ticket_id)


def _back(ticket_id: UUID, message: str | None = None) -> ResponseReturnValue:
    if message:
        flash(message, "success")
    return redirect(url_for("tickets.show", ticket_id=ticket_id), 303)
