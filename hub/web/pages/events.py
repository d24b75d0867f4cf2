"""Ereignisse: everything that came in, what became of it, and how it is processed again."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from hub.contract.outcome import OutcomeKind
from hub.pipeline.replaying import Replay, ReplayRefusedError
from hub.records import audit, events, scanning, timings
from hub.records.database import Row
from hub.records.events import UNDONE, Matches, Wanted
from hub.support import jsontext
from hub.web import columns, links, naming, paging, words
from hub.web.bodies import body_of
from hub.web.page import Pages
from hub.web.remedies import remedy
from hub.web.rights import Right
from hub.web.steps import steps_of, total
from hub.web.visit import Visit

pages = Pages("events")

AT_ONCE = 100
"""How many events one click processes again."""

OUTCOMES = tuple(kind.value for kind in OutcomeKind)


@pages.get("/events", needs=Right.STAFF)
def index(visit: Visit) -> ResponseReturnValue:
    """The log, newest first, searched."""
    wanted = _wanted(visit)
    with visit.read() as unit:
        found = events.find(unit, visit.tenant_id, wanted, before=paging.cursor(), limit=paging.SIZE + 1)
        undone = sum(events.count_open(unit, visit.tenant_id).values())
    filters = {
        "q": wanted.text or None,
        "outcome": wanted.outcome,
        "plugin": wanted.plugin,
        "reason": wanted.reason,
        "since": request.args.get("since") or None,
        "until": request.args.get("until") or None,
    }
    return render_template(
        "events/index.html",
        shown=paging.shown(found.rows),
        further=_further(found),
        scanned=scanning.SCANNED,
        wanted=wanted,
        filters=filters,
        undone=undone,
        sources=_sources(visit),
        title=lambda slug: naming.title(visit.rooms.plugins, slug),
        remedy=remedy,
        words=words,
    )


@pages.get("/events/work", needs=Right.STAFF)
def work(visit: Visit) -> ResponseReturnValue:
    """What failed, was refused or waits, by its cause, with what to do about it."""
    with visit.read() as unit:
        causes = events.causes(unit, visit.tenant_id)
        newest = {
            cause["newest"]: events.of_tenant(unit, visit.tenant_id, cause["newest"]) for cause in causes
        }
    return render_template(
        "events/work.html",
        causes=causes,
        newest=newest,
        at_once=AT_ONCE,
        last_line=_last_line,
        title=lambda slug: naming.title(visit.rooms.plugins, slug),
        remedy=remedy,
        words=words,
    )


@pages.get("/events/<uuid:event_id>", needs=Right.STAFF)
def show(visit: Visit, event_id: UUID) -> ResponseReturnValue:
    """One event: what came, what it proved, what became of it and what it set off."""
    with visit.read() as unit:
        event = events.of_tenant(unit, visit.tenant_id, event_id) or abort(404)
        trace = visit.rooms.tracer.trace(unit, event_id, visit.tenant_id)
        history = audit.about(unit, visit.tenant_id, event_id)
        times = timings.of(unit, event_id)
    return render_template(
        "events/show.html",
        event=event,
        body=body_of(visit, event),
        trace=trace,
        history=history,
        times=times,
        steps_of=steps_of,
        total=total,
        can_reverify=_can_reverify(visit, event),
        title=naming.title(visit.rooms.plugins, event["plugin"]),
        remedy=remedy(event["outcome"], event["reason"]),
        columns=columns,
        links=links,
        words=words,
    )


@pages.get("/trace/<uuid:wanted>", needs=Right.STAFF)
def trace(visit: Visit, wanted: UUID) -> ResponseReturnValue:
    """Where anything that has an id comes from, and what it set off."""
    with visit.read() as unit:
        found = visit.rooms.tracer.trace(unit, wanted, visit.tenant_id) or abort(404)
    return render_template("events/trace.html", trace=found, columns=columns, links=links, words=words)


@pages.post("/events/<uuid:event_id>/preview", needs=Right.ADMIN)
def preview(visit: Visit, event_id: UUID) -> ResponseReturnValue:
    """What a replay would change; nothing is changed."""
    event = _event(visit, event_id)
    try:
        replay = visit.rooms.replayer.replay(event_id, dry_run=True)
    except ReplayRefusedError as error:
        return _back(event_id, _refusal(error), "error")
    return render_template(
        "events/preview.html",
        event=event,
        replay=replay,
        title=naming.title(visit.rooms.plugins, event["plugin"]),
        remedy=remedy(replay.after, replay.reason),
        columns=columns,
        words=words,
    )


@pages.post("/events/<uuid:event_id>/replay", needs=Right.ADMIN)
def replay(visit: Visit, event_id: UUID) -> ResponseReturnValue:
    """Process it again with the present plugin."""
    return _again(visit, _event(visit, event_id))


@pages.post("/events/<uuid:event_id>/reverify", needs=Right.ADMIN)
def reverify(visit: Visit, event_id: UUID) -> ResponseReturnValue:
    """Verify it with the present secrets, and release it from quarantine if it is authentic."""
    return _again(visit, _event(visit, event_id))


@pages.post("/events/replay", needs=Right.ADMIN)
def replay_many(visit: Visit) -> ResponseReturnValue:
    """Process those again that were ticked."""
    ids = [its_id for text in request.form.getlist("id")[:AT_ONCE] if (its_id := _as_id(text))]
    with visit.read() as unit:
        chosen = events.some_of_tenant(unit, visit.tenant_id, ids)
    if not chosen:
        flash(_("Wählen Sie zuerst Ereignisse aus."), "error")
        return redirect(url_for("events.index"), 303)
    _all_again(visit, chosen)
    return redirect(_list(request.form.get("back", "")), 303)


@pages.post("/events/cause", needs=Right.ADMIN)
def replay_cause(visit: Visit) -> ResponseReturnValue:
    """Process those again that have a cause in common, the oldest first."""
    outcome = request.form.get("outcome", "")
    if outcome not in UNDONE:
        abort(400)
    with visit.read() as unit:
        chosen = events.of_cause(
            unit,
            visit.tenant_id,
            outcome=outcome,
            plugin=request.form.get("plugin", ""),
            reason=request.form.get("reason") or None,
            limit=AT_ONCE,
        )
    _all_again(visit, chosen)
    return redirect(url_for("events.work"), 303)


def _wanted(visit: Visit) -> Wanted:
    asked = request.args
    until = _midnight(visit, asked.get("until", ""))
    return Wanted(
        text=jsontext.storable(asked.get("q", "").strip()[:200]),
        outcome=asked.get("outcome") if asked.get("outcome") in OUTCOMES else None,
        plugin=jsontext.storable(asked.get("plugin", "")) or None,
        reason=jsontext.storable(asked.get("reason", "")) or None,
        since=_midnight(visit, asked.get("since", "")),
        until=until + timedelta(days=1) if until else None,
    )


def _midnight(visit: Visit, text: str) -> datetime | None:
    """When that day begins where the tenant is."""
    try:
        return datetime.combine(date.fromisoformat(text), time(), visit.zone).astimezone(UTC)
    except ValueError:
        return None


def _further(found: Matches) -> UUID | None:
    """From where the search goes on, if it ended before the log did."""
    return found.scanned_to if len(found.rows) <= paging.SIZE else None


def _sources(visit: Visit) -> list[tuple[str, str]]:
    plugins = visit.rooms.plugins
    return [
        (slug, naming.title(plugins, slug))
        for slug, installed in sorted(plugins.installed.items())
        if installed.manifest.is_source
    ]


def _event(visit: Visit, event_id: UUID) -> Row:
    with visit.read() as unit:
        return events.of_tenant(unit, visit.tenant_id, event_id) or abort(404)


def _can_reverify(visit: Visit, event: Row) -> bool:
    """Whether another secret can make a difference: not where the sender sent the secret itself."""
    installed = visit.rooms.plugins.installed.get(event["plugin"])
    scheme = installed.manifest.scheme if installed else None
    own = getattr(scheme, "credential_headers", ()) or getattr(scheme, "credential_query", ())
    return not event["verified"] and installed is not None and not own


def _again(visit: Visit, event: Row) -> ResponseReturnValue:
    try:
        done = _process(visit, event)
    except ReplayRefusedError as error:
        return _back(event["id"], _refusal(error), "error")
    after = words.OUTCOME[done.after].text
    if done.after in ("failed", "rejected"):
        what = remedy(done.after, done.reason)
        return _back(
            event["id"], _("Es bleibt dabei: %(cause)s.", cause=what.cause if what else after), "error"
        )
    return _back(event["id"], _("Das Ereignis ist neu verarbeitet: %(outcome)s.", outcome=after), "success")


def _all_again(visit: Visit, chosen: Iterable[Row]) -> None:
    """Process them one after the other, and say how many ended well."""
    counted: Counter[str] = Counter()
    refusals: dict[str, str] = {}
    for event in chosen:
        try:
            done = _process(visit, event)
            counted["bad" if done.after in ("failed", "rejected") else "good"] += 1
        except ReplayRefusedError as error:
            counted["refused"] += 1
            refusals[error.code] = _refusal(error)
    if counted["good"]:
        text = ngettext(
            "%(num)d Ereignis neu verarbeitet.", "%(num)d Ereignisse neu verarbeitet.", counted["good"]
        )
        flash(text, "success")
    if counted["bad"]:
        text = ngettext(
            "%(num)d Ereignis lässt sich weiterhin nicht verarbeiten.",
            "%(num)d Ereignisse lassen sich weiterhin nicht verarbeiten.",
            counted["bad"],
        )
        flash(text, "error")
    for text in refusals.values():
        flash(text, "error")


def _process(visit: Visit, event: Row) -> Replay:
    """Replay what was verified when it came, verify what was not. Raises ReplayRefusedError."""
    replayer = visit.rooms.replayer
    verified = event["verified"]
    done = replayer.replay(event["id"]) if verified else replayer.reverify(event["id"])
    with visit.write() as unit:
        visit.note(
            unit,
            "event.replayed" if verified else "event.reverified",
            kind="event",
            object_id=event["id"],
            before={"outcome": done.before},
            after={"outcome": done.after, "reason": done.reason},
        )
    return done


def _refusal(error: ReplayRefusedError) -> str:
    told: dict[str, str] = {
        "off": _("Die Verbindung ist ausgeschaltet. Schalten Sie sie unter Integrationen wieder ein."),
        "own_secret": _(
            "Dieser Absender sendet seinen Schlüssel selbst mit, und der wird nicht gespeichert. Lassen Sie "
            "ihn noch einmal senden."
        ),
        "unknown": _("Dieses Ereignis gibt es nicht mehr."),
        "emptied": _("Was gesendet wurde, wird nicht mehr aufbewahrt."),
    }
    return told.get(error.code) or str(
        _("Das Ereignis wurde nicht als echt erkannt. Prüfen Sie zuerst die Signatur.")
    )


def _back(event_id: UUID, message: str, kind: str) -> ResponseReturnValue:
    flash(message, kind)
    return redirect(url_for("events.show", event_id=event_id), 303)


def _list(query: str) -> str:
    """The list as it was filtered."""
    known = {"q", "outcome", "plugin", "reason", "since", "until", "before"}
    kept: dict[str, Any] = {name: value for name, value in parse_qsl(query) if name in known}
    return url_for("events.index", **kept)


def _as_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _last_line(event: Any) -> str | None:
    """What a failed event's error says; what a refused one's sender was told."""
    if event is None:
        return None
    told = event["traceback"] or event["message"] or ""
    return told.strip().rpartition("\n")[2] or None
