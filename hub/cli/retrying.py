"""What ``hub deliveries retry`` and ``hub effects retry`` share: ids as typed, or all that are dead."""

import sys
from collections.abc import Callable, Sequence
from uuid import UUID

import click

from hub.app import Hub
from hub.cli.common import err, parse_id, tenant_row
from hub.records.database import Unit

BATCH = 500

Retry = Callable[[Unit, Sequence[UUID]], list[UUID]]
DeadIds = Callable[[Unit, UUID, UUID | None], list[UUID]]
"""Ids of a tenant's dead ones behind this one, the oldest first."""


def retry_some(hub: Hub, words: Sequence[str], retry: Retry, refusal: str) -> None:
    """Retry those with these ids; ends with 1 if some could not be retried."""
    wanted = [parse_id(word) for word in words]
    with hub.database.write() as unit:
        retried = set(retry(unit, wanted))
    for one in wanted:
        if one not in retried:
            err.print(f"{one}: {refusal}")
    err.print(f"{len(retried)} will be tried again now.")
    if len(retried) < len(set(wanted)):
        sys.exit(1)


def retry_all_dead(hub: Hub, tenant: str, dead: DeadIds, retry: Retry) -> None:
    """Retry all of a tenant's dead ones, some hundreds at a time."""
    tenant_id = tenant_row(hub, tenant)["id"]
    after: UUID | None = None
    number = 0
    with click.progressbar(length=_count(hub, tenant_id, dead), label="Retrying", file=sys.stderr) as bar:
        while batch := _next(hub, tenant_id, dead, after):
            with hub.database.write() as unit:
                number += len(retry(unit, batch))
            after = batch[-1]
            bar.update(len(batch))
    err.print(f"{number} will be tried again now.")


def one_of(words: Sequence[str], all_dead: bool, tenant: str | None) -> None:
    """Ids, or ``--all-dead`` with a tenant."""
    if bool(words) == all_dead:
        raise click.UsageError("name ids, or use --all-dead with --tenant")
    if all_dead and tenant is None:
        raise click.UsageError("--all-dead needs --tenant")


def _next(hub: Hub, tenant_id: UUID, dead: DeadIds, after: UUID | None) -> list[UUID]:
    with hub.database.read() as unit:
        return dead(unit, tenant_id, after)


def _count(hub: Hub, tenant_id: UUID, dead: DeadIds) -> int:
    number, after = 0, None
    while batch := _next(hub, tenant_id, dead, after):
        number, after = number + len(batch), batch[-1]
    return number
