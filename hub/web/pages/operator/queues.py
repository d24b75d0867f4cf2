"""Installation → Warteschlangen: what waits, what was given up, and what is done every so often."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from hub.records import audit, backlog, deliveries, effects, periodic, tenants
from hub.records.database import Unit
from hub.web import columns, paging
from hub.web.pages.operator.common import pages
from hub.web.rights import Right
from hub.web.visit import Visit

AT_ONCE = 500
"""How many are tried again with one click."""


@dataclass(frozen=True)
class Queue:
    """One of the two: deliveries, or calls of receivers."""

    store: ModuleType
    table: Any
    dead: Any
    title: Any
    kind: str

    @property
    def action(self) -> str:
        """What the audit log calls it."""
        return f"{self.kind}.retried"


QUEUES = {
    "deliveries": Queue(
        deliveries, deliveries.DELIVERIES, backlog.dead_deliveries, _l("Aufgegebene Zustellungen"), "delivery"
    ),
    "effects": Queue(effects, effects.RUNS, backlog.dead_effects, _l("Aufgegebene Folgen"), "effect"),
}


@pages.get("/queues", needs=Right.OPERATOR)
def queues(visit: Visit) -> ResponseReturnValue:
    """What is open, by tenant and channel or receiver, and the periodic jobs."""
    with visit.read() as unit:
        lots = {"deliveries": backlog.deliveries(unit), "effects": backlog.effects(unit)}
        rows = {row["name"]: row for row in periodic.rows(unit)}
        known = {row["id"]: row for row in tenants.list_tenants(unit)}
    return render_template(
        "operator/queues.html",
        lots=lots,
        tenants=known,
        jobs=[(name, job, rows.get(name)) for name, job in visit.rooms.plugins.jobs().items()],
        now=visit.now,
        channel=_channel,
    )


@pages.get("/queues/<queue>/dead", needs=Right.OPERATOR)
def dead(visit: Visit, queue: str) -> ResponseReturnValue:
    """What was given up, of all tenants or of one."""
    its = _queue(queue)
    of = request.args.get("of", "")
    with visit.read() as unit:
        tenant = tenants.tenant_by_slug(unit, of) if of else None
        if of and tenant is None:
            abort(404)
        rows = its.dead(
            unit,
            tenant_id=tenant["id"] if tenant else None,
            before=paging.cursor(),
            limit=paging.SIZE + 1,
        )
    return render_template(
        "operator/dead.html",
        queue=queue,
        title=its.title,
        shown=paging.shown(rows),
        tenant=tenant,
        at_once=AT_ONCE,
        channel=_channel,
        filters={"queue": queue, **({"of": of} if of else {})},
    )


@pages.post("/queues/<queue>/retry", needs=Right.OPERATOR)
def retry(visit: Visit, queue: str) -> ResponseReturnValue:
    """Try those again that were chosen, or all of a tenant, up to ``AT_ONCE``."""
    its = _queue(queue)
    of = request.form.get("of") or None
    with visit.write() as unit:
        wanted = _all_of(unit, its, of) if of and "all" in request.form else _chosen()
        owners = backlog.owners(unit, its.table, wanted)
        retried = its.store.retry(unit, list(owners), visit.now)
        _note(visit, unit, its, retried, owners)
    if retried:
        text = ngettext(
            "%(num)d Eintrag wird jetzt erneut versucht.",
            "%(num)d Einträge werden jetzt erneut versucht.",
            len(retried),
        )
        flash(text, "success")
    else:
        flash(_("Es gab nichts, was sich erneut versuchen lässt."), "error")
    return redirect(url_for("operator.dead", queue=queue, of=of), 303)


@pages.post("/jobs/<name>/run", needs=Right.OPERATOR)
def run_job(visit: Visit, name: str) -> ResponseReturnValue:
    """Let a worker make the round of a job now."""
    if name not in visit.rooms.plugins.jobs():
        abort(404)
    with visit.write() as unit:
        due = periodic.make_due(unit, name, visit.now)
        if due:
            visit.note(unit, "job.made_due", kind="job", object_id=name, after={"name": name})
    if due:
        flash(_("Die Aufgabe ist jetzt fällig. Ein Worker beginnt in wenigen Sekunden damit."), "success")
    else:
        flash(_("Ein Worker ist gerade mit dieser Aufgabe beschäftigt."), "error")
    return redirect(url_for("operator.queues"), 303)


def _channel(name: str) -> str:
    return str(columns.CHANNELS.get(name, name))


def _queue(name: str) -> Queue:
    return QUEUES.get(name) or abort(404)


def _all_of(unit: Unit, its: Queue, slug: str) -> list[UUID]:
    tenant = tenants.tenant_by_slug(unit, slug) or abort(404)
    ids: list[UUID] = its.store.dead_ids(unit, tenant["id"], after=None, limit=AT_ONCE)
    return ids


def _chosen() -> list[UUID]:
    """The one whose button was pressed, or those that are ticked."""
    only = request.form.get("only")
    try:
        return [UUID(text) for text in ([only] if only else request.form.getlist("id"))][:AT_ONCE]
    except ValueError:
        abort(400)


def _note(visit: Visit, unit: Unit, its: Queue, retried: Sequence[UUID], owners: dict[UUID, UUID]) -> None:
    """In the log of each tenant whose things they are."""
    for tenant_id, number in Counter(owners[one] for one in retried).items():
        audit.note(
            unit,
            visit.actor,
            its.action,
            now=visit.now,
            tenant_id=tenant_id,
            kind=its.kind,
            object_id=retried[0] if number == 1 and len(retried) == 1 else None,
            after={"count": number},
        )
