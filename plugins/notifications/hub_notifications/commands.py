"""``hub endpoint`` and ``hub notifications``."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import click

from hub.cli.common import (
    err,
    json_option,
    limit_option,
    opened,
    parse_id,
    print_one,
    print_rows,
    tenant_row,
)
from hub.records import notifications as records
from hub.records.database import Row
from hub.support.transport import Guard
from hub_notifications import endpoints, queries, webhooks
from hub_notifications.manifest import manifest

SHOWN = ("id", "url", "events", "enabled", "disabled_reason", "failures", "failing_since", "created_at")

MOST_HOURS = 24 * 365
"""The longest overlap of two secrets."""


@click.group()
def endpoint() -> None:
    """Addresses that a tenant's events are posted to."""


@endpoint.command()
@click.argument("tenant")
@click.argument("url")
@click.option(
    "--events",
    default="*",
    show_default=True,
    help="Patterns of event names, commas between: transaction.*, order.placed.",
)
@json_option
def create(tenant: str, url: str, events: str, as_json: bool) -> None:
    """Post TENANT's events to URL. Prints the signing secret, which is not shown again."""
    patterns = [pattern for pattern in map(str.strip, events.split(",")) if pattern]
    with opened() as hub, _plain_errors():
        owner = tenant_row(hub, tenant)
        with hub.database.write() as unit:
            endpoint_id, secret = endpoints.create(
                unit, hub.vault, tenant_id=owner["id"], url=url, events=patterns, now=hub.clock()
            )
            on = queries.is_on(unit, owner["id"], manifest.slug)
        refused = _refused_literal(url, Guard(hub.config.allowed_targets))
    print_one({"id": endpoint_id, "secret": secret}, as_json=as_json)
    if not as_json:
        err.print("Keep the secret: it is not shown again.")
    if not on:
        err.print(f"Nothing is sent before `hub connection create {tenant} {manifest.slug}`.")
    if refused:
        err.print("The address is not public: nothing is sent there unless HUB_ALLOWED_TARGETS names it.")


@endpoint.command("list")
@click.argument("tenant")
@json_option
def list_endpoints(tenant: str, as_json: bool) -> None:
    """The endpoints of TENANT."""
    with opened() as hub:
        owner = tenant_row(hub, tenant)
        with hub.database.read() as unit:
            rows = [_shown(row) for row in queries.endpoints(unit, owner["id"])]
    print_rows(rows, ["id", "url", "events", "enabled", "disabled_reason"], as_json=as_json)


def _addressed(command: Any) -> Any:
    return click.argument("tenant")(click.argument("endpoint_id", metavar="ID")(command))


@endpoint.command()
@_addressed
@json_option
def test(tenant: str, endpoint_id: str, as_json: bool) -> None:
    """Put an event `hub.test` for the endpoint into the outbox."""
    with opened() as hub, _plain_errors():
        owner = tenant_row(hub, tenant)
        with hub.database.write() as unit:
            row = endpoints.require(unit, owner["id"], parse_id(endpoint_id))
            delivery_id = webhooks.enqueue_test(unit, owner["id"], row["id"], hub.clock())
    print_one({"delivery": delivery_id, "event": webhooks.TEST_EVENT, "url": row["url"]}, as_json=as_json)


@endpoint.command()
@_addressed
@json_option
def disable(tenant: str, endpoint_id: str, as_json: bool) -> None:
    """Send nothing more to the endpoint."""
    _switch(tenant, endpoint_id, as_json, on=False)


@endpoint.command()
@_addressed
@json_option
def enable(tenant: str, endpoint_id: str, as_json: bool) -> None:
    """Send to the endpoint again, its failures forgotten."""
    _switch(tenant, endpoint_id, as_json, on=True)


@endpoint.command("rotate-secret")
@_addressed
@click.option(
    "--overlap",
    type=click.FloatRange(0, MOST_HOURS),
    default=24.0,
    show_default=True,
    help="Hours that requests are signed with the old secret too.",
)
@json_option
def rotate_secret(tenant: str, endpoint_id: str, overlap: float, as_json: bool) -> None:
    """Make a new signing secret; for a while requests are signed with both."""
    with opened() as hub, _plain_errors():
        owner = tenant_row(hub, tenant)
        with hub.database.write() as unit:
            fresh = endpoints.rotate(
                unit,
                hub.vault,
                tenant_id=owner["id"],
                endpoint_id=parse_id(endpoint_id),
                overlap=timedelta(hours=overlap),
                now=hub.clock(),
            )
    print_one({"id": endpoint_id, "secret": fresh}, as_json=as_json)


@click.group()
def notifications() -> None:
    """What members were told in the hub."""


@notifications.command("list")
@click.option("--tenant", required=True, help="Whose notifications.")
@click.option("--member", help="E-mail address: those of this member only.")
@click.option("--unread", is_flag=True, help="Those that were not read yet.")
@limit_option
@json_option
def list_notifications(tenant: str, member: str | None, unread: bool, limit: int, as_json: bool) -> None:
    """Notifications, newest first."""
    with opened() as hub:
        owner = tenant_row(hub, tenant)
        with hub.database.read() as unit:
            rows = records.of_tenant(unit, owner["id"], email=member, unread=unread, limit=limit)
    print_rows(rows, ["id", "created_at", "member", "title", "text", "read_at"], as_json=as_json)


@notifications.command()
@click.option("--tenant", required=True, help="Whose notifications.")
@click.option("--member", required=True, help="E-mail address of the member who has read them.")
@json_option
def read(tenant: str, member: str, as_json: bool) -> None:
    """Mark all notifications of a member as read."""
    with opened() as hub:
        owner = tenant_row(hub, tenant)
        with hub.database.write() as unit:
            count = records.read_by_address(unit, owner["id"], member, hub.clock())
    print_one({"read": count}, as_json=as_json)


def _switch(tenant: str, endpoint_id: str, as_json: bool, *, on: bool) -> None:
    with opened() as hub, _plain_errors():
        owner = tenant_row(hub, tenant)
        with hub.database.write() as unit:
            endpoints.switch(unit, owner["id"], parse_id(endpoint_id), on=on, now=hub.clock())
            row = endpoints.require(unit, owner["id"], UUID(endpoint_id))
    print_one(_shown(row), as_json=as_json)


def _shown(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in SHOWN}


def _refused_literal(url: str, guard: Guard) -> bool:
    """Whether the address is written as a number that the guard refuses. Names are looked up when
    something is sent."""
    try:
        return not guard.permits(ip_address(urlsplit(url).hostname or ""))
    except ValueError:
        return False


@contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except endpoints.EndpointError as error:
        raise click.ClickException(str(error)) from None
