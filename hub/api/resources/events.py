"""Events: what came in, what became of it, and doing it again."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from hub.api import cursors
from hub.api.call import Call
from hub.api.operation import Resource
from hub.api.problems import Problem, not_found
from hub.api.shapes import Given, Instant, Page, PageAsked, Shape, Text
from hub.contract.outcome import OutcomeKind
from hub.pipeline.replaying import Change, ReplayRefusedError
from hub.records import events, paging
from hub.records.database import Row, Unit
from hub.records.events import Wanted
from hub.records.scopes import READ_EVENTS, READ_PAYLOADS, REPLAY_EVENTS
from hub.registry.bodies import content_type, readable

resource = Resource("events", "Every request that came in, and what became of it.")


class Event(Shape):
    """A request that came in."""

    id: UUID
    received_at: datetime
    plugin: str = Field(description="The source that it was for.")
    connection_id: UUID | None
    event_type: str | None = Field(description="What the sender calls it.")
    key: str | None = Field(description="The sender's id, by which a repetition is known.")
    outcome: OutcomeKind
    status: int = Field(description="The HTTP status that the sender was answered.")
    reason: str | None = Field(description="A code that says why.")
    message: str | None = Field(description="What the sender was told.")
    verified: bool = Field(description="Whether the sender proved who it is.")
    proof: str | None = Field(description="By what.")
    adapter: str


class Payload(Shape):
    """The body of an event, as it may be shown."""

    event_id: UUID
    content_type: str | None
    size: int = Field(description="Bytes that came.")
    text: str | None = Field(
        description="Indented JSON, or the fields of a form, with what is personal masked as `***`. Null "
        "where the body is neither: what is personal in it could not be found."
    )


class EventsAsked(PageAsked):
    """Which events."""

    outcome: OutcomeKind | None = None
    plugin: Text | None = Field(None, max_length=100)
    connection_id: UUID | None = None
    event_type: Text | None = Field(None, max_length=200)
    reason: Text | None = Field(None, max_length=100)
    since: Instant | None = Field(None, description="Received at this time or later.")
    until: Instant | None = Field(None, description="Received before this time.")


class ReplayGiven(Given):
    """How to process an event again."""

    dry_run: bool = Field(False, description="Only tell what would change.")


class RecordChange(Shape):
    """A record that a replay made or changed."""

    kind: str
    id: UUID
    action: Literal["created", "changed"]
    fields: dict[str, list[Any]] = Field(description="For each field the values before and after.")


class Replayed(Shape):
    """What a replay did, or would do."""

    event_id: UUID
    dry_run: bool
    before: OutcomeKind
    after: OutcomeKind
    reason: str | None
    message: str | None
    changes: list[RecordChange]


@resource.get("/events", scope=READ_EVENTS)
def list_events(call: Call, asked: EventsAsked) -> Page[Event]:
    """List events, newest first, without their bodies."""
    wanted = Wanted(
        outcome=asked.outcome.value if asked.outcome else None,
        plugin=asked.plugin,
        connection_id=asked.connection_id,
        event_type=asked.event_type,
        reason=asked.reason,
        since=asked.since,
        until=asked.until,
    )
    before = cursors.read(asked.cursor)
    with call.read() as unit:
        found = events.find(unit, call.tenant_id, wanted, before=before, limit=asked.limit + 1)
    shown = paging.cut(found.rows, asked.limit, found.scanned_to)
    return call.page([Event.model_validate(row) for row in shown.rows], shown.further, asked)


@resource.get("/events/<uuid:event_id>", scope=READ_EVENTS)
def get_event(call: Call, event_id: UUID) -> Event:
    """Get one event, without its body."""
    with call.read() as unit:
        return Event.model_validate(_found(call, unit, event_id))


@resource.get("/events/<uuid:event_id>/payload", scope=READ_PAYLOADS)
def get_payload(call: Call, event_id: UUID) -> Payload:
    """Get the body of an event.

    What its plugin declares as personal is masked.
    """
    with call.read() as unit:
        row = _found(call, unit, event_id)
        text = readable(unit, call.rooms.plugins, row)
    return Payload(event_id=event_id, content_type=content_type(row), size=len(row["body"]), text=text)


@resource.post("/events/<uuid:event_id>/replay", scope=REPLAY_EVENTS, repeatable=False)
def replay_event(call: Call, event_id: UUID, given: ReplayGiven) -> Replayed:
    """Process an event again, with the present plugin.

    Records are brought up to date; what happened already does not happen twice, so that the request may be
    repeated. An event that was refused is first verified again, with the present secrets and against the time
    at which it came; such a one has no dry run.
    """
    with call.read() as unit:
        row = _found(call, unit, event_id)
    if given.dry_run and not row["verified"]:
        raise Problem("conflict", "The event was not verified when it came; it has no dry run.")
    replayer = call.rooms.replayer
    try:
        verified = row["verified"]
        done = replayer.replay(event_id, dry_run=given.dry_run) if verified else replayer.reverify(event_id)
    except ReplayRefusedError as error:
        raise Problem("conflict", f"It cannot be processed again: {error}.") from None
    if not given.dry_run:
        with call.write() as unit:
            call.note(
                unit,
                "event.replayed" if verified else "event.reverified",
                kind="event",
                object_id=event_id,
                before={"outcome": done.before},
                after={"outcome": done.after, "reason": done.reason},
            )
    return Replayed(
        event_id=event_id,
        dry_run=given.dry_run,
        before=OutcomeKind(done.before),
        after=OutcomeKind(done.after),
        reason=done.reason,
        message=done.message,
        changes=[_change(change) for change in done.changes],
    )


def _found(call: Call, unit: Unit, event_id: UUID) -> Row:
    row = events.of_tenant(unit, call.tenant_id, event_id)
    if row is None:
        raise not_found("event")
    return row


def _change(change: Change) -> RecordChange:
    """The change, without the columns in which the hub counts minor units and keeps its own keys."""
    fields = {
        name: [str(value) if isinstance(value, Decimal) else value for value in values]
        for name, values in change.fields.items()
        if not name.endswith("_minor") and name not in {"tenant_id", "key", "email_key"}
    }
    return RecordChange.model_validate(
        {"kind": change.kind, "id": change.id, "action": change.action, "fields": fields}
    )
