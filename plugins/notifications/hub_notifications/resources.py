"""What this plugin adds to the API: a company's endpoints for outgoing webhooks, and their deliveries."""

from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import Field

from hub.api import cursors
from hub.api.call import Call
from hub.api.operation import Resource
from hub.api.problems import Problem, not_found
from hub.api.shapes import Given, Page, PageAsked, Shape
from hub.records import paging
from hub.records.database import Row, Unit
from hub.records.scopes import READ_ENDPOINTS, WRITE_ENDPOINTS
from hub.support.transport import Guard, check_url
from hub_notifications import browsing, endpoints, queries, webhooks
from hub_notifications.endpoints import EndpointError

KIND = "webhook_endpoint"

resource = Resource(
    "endpoints",
    "Addresses that outgoing webhooks go to, and their deliveries. Requests are signed as Standard Webhooks "
    "has it.",
    plugin="notifications",
)
resources = (resource,)


class Endpoint(Shape):
    """An address that webhooks go to."""

    id: UUID
    created_at: datetime
    url: str
    description: str
    events: list[str] = Field(description="Patterns of events, such as `order.placed`, `order.*` or `*`.")
    enabled: bool
    disabled_reason: str | None
    failures: int = Field(description="How often in a row it did not answer as it should.")
    failing_since: datetime | None


class NewEndpoint(Endpoint):
    """An endpoint with its secret, shown this once."""

    secret: str = Field(description="Verify the signatures with it; it is not told again.")


class EndpointGiven(Given):
    """An endpoint to be made."""

    url: str = Field(max_length=2000, examples=["https://example.com/hooks"])
    events: list[str] = Field(["*"], min_length=1, max_length=100)
    description: str = Field("", max_length=200)


class EndpointChange(Given):
    """What is to change; what is not given stays."""

    url: str | None = Field(None, max_length=2000)
    events: list[str] | None = Field(None, min_length=1, max_length=100)
    description: str | None = Field(None, max_length=200)
    enabled: bool | None = Field(None, description="False: nothing is sent. True: failures are forgotten.")


class EndpointRotation(Given):
    """Another secret."""

    overlap_hours: int = Field(24, ge=0, le=168, description="How long the present one signs too.")


class EndpointSecret(Shape):
    """The secret, shown this once."""

    id: UUID
    secret: str


class EndpointDelivery(Shape):
    """Something that is sent to an endpoint."""

    id: UUID = Field(description="The header `webhook-id` of every attempt.")
    created_at: datetime
    state: Literal["pending", "done", "dead", "cancelled"]
    event: str
    attempts: int
    next_at: datetime | None = Field(description="When it is tried next; null if it is not.")
    finished_at: datetime | None
    last_error: str | None
    source_event: UUID | None
    record_kind: str | None
    record_id: UUID | None


class DeliveriesAsked(PageAsked):
    """Which deliveries."""

    state: Literal["pending", "done", "dead", "cancelled"] | None = None


@resource.get("/endpoints", scope=READ_ENDPOINTS)
def list_endpoints(call: Call, asked: PageAsked) -> Page[Endpoint]:
    """List endpoints.

    There are few of a company: all stand on the first page, the oldest first, whatever ``limit`` says.
    """
    with call.read() as unit:
        rows = queries.endpoints(unit, call.tenant_id)
    return call.page([Endpoint.model_validate(row) for row in rows], None, asked)


@resource.get("/endpoints/<uuid:endpoint_id>", scope=READ_ENDPOINTS)
def get_endpoint(call: Call, endpoint_id: UUID) -> Endpoint:
    """Get one endpoint."""
    with call.read() as unit:
        return Endpoint.model_validate(_found(call, unit, endpoint_id))


@resource.post("/endpoints", scope=WRITE_ENDPOINTS, status=201)
def create_endpoint(call: Call, given: EndpointGiven) -> NewEndpoint:
    """Add an endpoint; its secret is told this once."""
    said = given.model_dump()
    _check(call, said)
    with call.write() as unit:
        endpoint_id, secret = endpoints.create(
            unit, call.rooms.vault, tenant_id=call.tenant_id, now=call.now, **said
        )
        row = _found(call, unit, endpoint_id)
        call.note(unit, "notifications.endpoint_created", kind=KIND, object_id=endpoint_id, after=said)
    return NewEndpoint.model_validate({**row, "secret": secret})


@resource.patch("/endpoints/<uuid:endpoint_id>", scope=WRITE_ENDPOINTS)
def change_endpoint(call: Call, endpoint_id: UUID, given: EndpointChange) -> Endpoint:
    """Change an endpoint, or switch it on or off."""
    said = given.model_dump(exclude_none=True, exclude={"enabled"})
    _check(call, said)
    with call.write() as unit:
        row = _found(call, unit, endpoint_id)
        if said:
            queries.change_endpoint(unit, endpoint_id, updated_at=call.now, **said)
            before = {name: row[name] for name in said}
            call.note(
                unit,
                "notifications.endpoint_changed",
                kind=KIND,
                object_id=endpoint_id,
                before=before,
                after=said,
            )
        if given.enabled is not None:
            _switch(call, unit, row, on=given.enabled)
        return Endpoint.model_validate(_found(call, unit, endpoint_id))


@resource.delete("/endpoints/<uuid:endpoint_id>", scope=WRITE_ENDPOINTS)
def delete_endpoint(call: Call, endpoint_id: UUID) -> None:
    """Forget an endpoint and its secrets; what still waits is not sent any more."""
    with call.write() as unit:
        row = _found(call, unit, endpoint_id)
        browsing.cancel(unit, call.tenant_id, endpoint_id, call.now)
        browsing.delete(unit, call.tenant_id, endpoint_id)
        before = {name: row[name] for name in ("url", "description", "events")}
        call.note(unit, "notifications.endpoint_deleted", kind=KIND, object_id=endpoint_id, before=before)


@resource.post("/endpoints/<uuid:endpoint_id>/rotate", scope=WRITE_ENDPOINTS)
def rotate_endpoint(call: Call, endpoint_id: UUID, given: EndpointRotation) -> EndpointSecret:
    """Make another secret, told this once; for a while requests are signed with the present one too."""
    with call.write() as unit:
        _found(call, unit, endpoint_id)
        fresh = endpoints.rotate(
            unit,
            call.rooms.vault,
            tenant_id=call.tenant_id,
            endpoint_id=endpoint_id,
            overlap=timedelta(hours=given.overlap_hours),
            now=call.now,
        )
        after = {"overlap_hours": given.overlap_hours}
        call.note(unit, "notifications.endpoint_rotated", kind=KIND, object_id=endpoint_id, after=after)
    return EndpointSecret(id=endpoint_id, secret=fresh)


@resource.post("/endpoints/<uuid:endpoint_id>/test", scope=WRITE_ENDPOINTS, status=202)
def test_endpoint(call: Call, endpoint_id: UUID) -> EndpointDelivery:
    """Send an event ``hub.test`` that only says that the way is open."""
    with call.write() as unit:
        if not _found(call, unit, endpoint_id)["enabled"]:
            raise Problem("conflict", "The endpoint is switched off; switch it on first.")
        delivery_id = webhooks.enqueue_test(unit, call.tenant_id, endpoint_id, call.now)
        call.note(unit, "notifications.endpoint_tested", kind=KIND, object_id=endpoint_id)
        return _told(_delivery(call, unit, endpoint_id, delivery_id))


@resource.get("/endpoints/<uuid:endpoint_id>/deliveries", scope=READ_ENDPOINTS)
def list_endpoint_deliveries(call: Call, endpoint_id: UUID, asked: DeliveriesAsked) -> Page[EndpointDelivery]:
    """List what is sent to an endpoint, newest first.

    The newest 20,000 of the company's deliveries are looked through from where a page begins.
    """
    before = cursors.read(asked.cursor)
    with call.read() as unit:
        _found(call, unit, endpoint_id)
        rows = browsing.deliveries(
            unit, call.tenant_id, endpoint_id, state=asked.state, before=before, limit=asked.limit + 1
        )
    found = paging.cut(rows, asked.limit)
    return call.page([_told(row) for row in found.rows], found.further, asked)


@resource.post(
    "/endpoints/<uuid:endpoint_id>/deliveries/<uuid:delivery_id>/retry",
    scope=WRITE_ENDPOINTS,
    status=202,
    repeatable=False,
)
def retry_endpoint_delivery(call: Call, endpoint_id: UUID, delivery_id: UUID) -> EndpointDelivery:
    """Send something again, under the id that it has."""
    with call.write() as unit:
        _found(call, unit, endpoint_id)
        _delivery(call, unit, endpoint_id, delivery_id)
        if not browsing.send_again(unit, [delivery_id], call.now):
            raise Problem("conflict", "It is being sent at this moment.")
        after = {"deliveries": 1, "delivery": str(delivery_id)}
        call.note(unit, "notifications.sent_again", kind=KIND, object_id=endpoint_id, after=after)
        return _told(_delivery(call, unit, endpoint_id, delivery_id))


def _found(call: Call, unit: Unit, endpoint_id: UUID) -> Row:
    row = queries.endpoint(unit, call.tenant_id, endpoint_id)
    if row is None:
        raise not_found("endpoint")
    return row


def _delivery(call: Call, unit: Unit, endpoint_id: UUID, delivery_id: UUID) -> Row:
    row = browsing.delivery(unit, call.tenant_id, delivery_id)
    if row is None or row["target"] != str(endpoint_id):
        raise not_found("delivery")
    return row


def _told(row: Row) -> EndpointDelivery:
    waits = row["state"] == "pending"
    further = {
        "event": row["content"].get("type", ""),
        "source_event": row["event_id"],
        "next_at": row["next_at"] if waits else None,
    }
    return EndpointDelivery.model_validate({**row, **further})


def _switch(call: Call, unit: Unit, row: Row, *, on: bool) -> None:
    endpoints.switch(unit, call.tenant_id, row["id"], on=on, now=call.now)
    call.note(
        unit,
        "notifications.endpoint_resumed" if on else "notifications.endpoint_paused",
        kind=KIND,
        object_id=row["id"],
        before={"enabled": row["enabled"], "reason": row["disabled_reason"]},
        after={"enabled": on},
    )


def _check(call: Call, said: dict[str, Any]) -> None:
    """Raises Problem for an address or a pattern that cannot be."""
    if "url" in said:
        _check_url(call, said["url"])
    try:
        endpoints.check_events(said.get("events", ()))
    except EndpointError as error:
        raise _unfit("/events", str(error)) from None


def _check_url(call: Call, url: str) -> None:
    """An address that is written as a number may be one of this network."""
    try:
        check_url(url)
    except ValueError as error:
        raise _unfit("/url", str(error)) from None
    try:
        address = ip_address(urlsplit(url).hostname or "")
    except ValueError:
        return
    if not Guard(call.rooms.config.allowed_targets).permits(address):
        raise _unfit("/url", "this address is not public; nothing is sent there")


def _unfit(pointer: str, detail: str) -> Problem:
    return Problem("invalid", f"{detail}.", errors=[{"pointer": pointer, "detail": detail}])
