"""``hub deliveries retry`` and ``hub effects retry``: ids as typed, or all that are dead."""

import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import click

from hub.app import Hub
from hub.cli.common import err, opened, parse_id, tenant_row
from hub.records.database import Unit

BATCH = 500


class Store(Protocol):
    """Where the things are that can be retried."""

    def retry(self, unit: Unit, ids: Sequence[UUID], now: datetime, /) -> list[UUID]:
        """Make these due now. Gives those that it is true of."""

    def dead_ids(self, unit: Unit, tenant_id: UUID, /, *, after: UUID | None, limit: int) -> list[UUID]:
        """Ids of a tenant's dead ones behind this one, the oldest first."""


def retry_command(store: Store, about: str, refusal: str) -> click.Command:
    """The command ``retry``. ``about`` is its help; ``refusal`` says why one could not be retried."""

    @click.command("retry", help=about)
    @click.argument("ids", metavar="ID…", nargs=-1)
    @click.option("--all-dead", is_flag=True, help="All that were given up.")
    @click.option("--tenant", help="Whose, with --all-dead.")
    def retry(ids: tuple[str, ...], all_dead: bool, tenant: str | None) -> None:
        if bool(ids) == all_dead:
            raise click.UsageError("name ids, or use --all-dead with --tenant")
        if all_dead and tenant is None:
            raise click.UsageError("--all-dead needs --tenant")
        with opened() as hub:
            if tenant and all_dead:
                _retry_all_dead(hub, tenant, store)
            else:
                _retry_some(hub, ids, store, refusal)

    return retry


def _retry_some(hub: Hub, words: Sequence[str], store: Store, refusal: str) -> None:
    """Retry those with these ids; ends with 1 if some could not be retried."""
    wanted = [parse_id(word) for word in words]
    with hub.database.write() as unit:
        retried = set(store.retry(unit, wanted, hub.clock()))
    for one in wanted:
        if one not in retried:
            err.print(f"{one}: {refusal}")
    err.print(f"{len(retried)} will be tried again now.")
    if len(retried) < len(set(wanted)):
        sys.exit(1)


def _retry_all_dead(hub: Hub, tenant: str, store: Store) -> None:
    """Retry all of a tenant's dead ones, some hundreds at a time."""
    tenant_id = tenant_row(hub, tenant)["id"]
    number = sum(len(batch) for batch in _batches(hub, tenant_id, store))
    retried = 0
    with click.progressbar(length=number, label="Retrying", file=sys.stderr) as bar:
        for batch in _batches(hub, tenant_id, store):
            with hub.database.write() as unit:
                retried += len(store.retry(unit, batch, hub.clock()))
            bar.update(len(batch))
    err.print(f"{retried} will be tried again now.")


def _batches(hub: Hub, tenant_id: UUID, store: Store) -> Iterator[list[UUID]]:
    after: UUID | None = None
    while True:
        with hub.database.read() as unit:
            batch = store.dead_ids(unit, tenant_id, after=after, limit=BATCH)
        if not batch:
            return
        yield batch
        after = batch[-1]
