"""The database goes away in the middle of something: that is nobody's fault, and nothing half done stays."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import hub
from hub.app import create_worker
from hub.contract import signals
from hub.records import deliveries, outbox
from hub.records.database import DatabaseUnavailable

SALE = {
    "event": "transaction.created",
    "externalId": "ORDER-1",
    "grossAmount": "119.00",
    "currency": "EUR",
}


class Saw(hub.Plugin):
    """Saws off the connection that it sits on, once; and a channel that finds no database, once."""

    manifest = hub.Manifest(
        slug="saw",
        title={"de": "Säge", "en": "Saw"},
        description={"de": "Für Tests.", "en": "For tests."},
        kinds=("effect", "channel"),
        channels=(hub.Channel(name="saw", schedule=(0, 10)),),
    )

    def __init__(self) -> None:
        self.sharp = True
        self.sent = 0

    @hub.receives(signals.transaction_created)
    def cut(self, announcement: hub.Announcement, unit: Any) -> None:
        if self.sharp:
            self.sharp = False
            unit.execute(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))

    @hub.receives(signals.transaction_created)
    def follow(self, announcement: hub.Announcement, unit: Any) -> None:
        unit.scalar(sa.text("SELECT 1"))

    @hub.hookimpl
    def notify(self, delivery: hub.Delivery) -> hub.Sent:
        if self.sharp:
            self.sharp = False
            raise DatabaseUnavailable("AdminShutdown")
        self.sent += 1
        return hub.Sent()


def test_a_connection_that_is_lost_among_receivers_is_503_and_leaves_nothing(
    make_app: Callable[..., Any], postgres_url: str
) -> None:
    site = make_app(postgres_url, [Saw()])
    site.add_tenant("musterfirma")
    lost = site.send(SALE)

    assert (lost.status_code, lost.get_json()["code"]) == (503, "unavailable")
    assert int(lost.headers["Retry-After"]) > 0
    assert (site.count(), len(site.events())) == (0, 0)
    assert site.send(SALE).get_json()["status"] == "processed"
    assert len(site.records("transactions")) == 1


def test_a_channel_that_finds_no_database_has_made_no_attempt(
    make_app: Callable[..., Any], sqlite_url: str
) -> None:
    saw = Saw()
    site = make_app(sqlite_url, [saw], worker_lease=60)
    site.add_tenant("musterfirma")
    tenant_id = site.tenant_id()
    with site.rooms.database.write() as unit:
        one = outbox.enqueue(unit, tenant_id=tenant_id, channel="saw", target="", content={}, at=site.clock())
    create_worker(site.rooms, threads=1).run_due()
    assert (saw.sent, state(site, one)) == (0, ("pending", 0, None))

    site.clock.advance(seconds=60)  # then the lease is over
    create_worker(site.rooms, threads=1).run_due()
    assert (saw.sent, state(site, one)) == (1, ("done", 1, None))


def state(site: Any, delivery_id: UUID) -> tuple[str, int, str | None]:
    with site.rooms.database.read() as unit:
        row = deliveries.get(unit, delivery_id)
    return row["state"], row["attempts"], row["last_error"]
