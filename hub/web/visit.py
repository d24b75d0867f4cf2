"""Who looks at a page, and at whose: handed to every view."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import g, request

from hub.contract.inbound import Tenant
from hub.contract.outcome import Persisted
from hub.records import audit, people, tenants
from hub.records.applying import Occasion
from hub.records.audit import Actor
from hub.records.database import Database, Unit
from hub.records.people import Person, Place
from hub.web.rights import ROLE_RIGHTS, Right
from hub.web.rooms import Rooms

DEFAULT_ZONE = "Europe/Berlin"


@dataclass(frozen=True)
class Visit:
    """One request for a page. ``somebody`` is who signed in, ``place`` the tenant of the address and
    the role there; a page that needs a right can rely on ``person``, one of a tenant on ``tenant``.
    ``around`` is the tenant whose navigation stands around the page: on a page of no tenant the one
    that was visited last."""

    rooms: Rooms
    somebody: Person | None = None
    place: Place | None = None
    around: Place | None = None
    plugin: str | None = None
    """Whose page it is, if not the hub's own."""
    of_operators: bool = False
    """Whether it is a page about the installation, with all its tenants."""

    @property
    def person(self) -> Person:
        """Who signed in."""
        assert self.somebody is not None, "the page needs no account"  # noqa: S101 - a mistake in the page
        return self.somebody

    @property
    def tenant(self) -> Tenant:
        """The tenant of the page: slug, name, locale, currency, timezone."""
        return self._place.tenant

    @property
    def tenant_id(self) -> UUID:
        """The id that every query of the page is given."""
        return self._place.tenant_id

    @property
    def _place(self) -> Place:
        assert self.place is not None, "the page belongs to no tenant"  # noqa: S101 - a mistake in the page
        return self.place

    def may(self, right: Right) -> bool:
        """Whether the person has the right here; for links and buttons that others do not see."""
        if right is Right.OPERATOR:
            return self.somebody is not None and self.somebody.operator
        if right.of_tenant:
            return self.place is not None and ROLE_RIGHTS[self.place.role] >= right
        return right is Right.ANYBODY or self.somebody is not None

    def may_change(self, right: Right) -> bool:
        """Whether the person has the right, and the plugin whose page it is is on: what a plugin that is
        off once made can be looked at, and not changed."""
        return self.may(right) and not self.reads_only

    @property
    def reads_only(self) -> bool:
        """Whether it is a page of a plugin that is off."""
        return self.plugin is not None and not self.plugins.get(self.plugin, False)

    @cached_property
    def plugins(self) -> Mapping[str, bool]:
        """The plugins that the tenant has or had, and whether they are on."""
        found: dict[str, bool] = {}
        if self.place is not None:
            with self.read() as unit:
                for row in tenants.connections_of(unit, self.tenant_id):
                    found[row["plugin"]] = found.get(row["plugin"], False) or row["enabled"]
        return found

    @property
    def now(self) -> datetime:
        """The present instant, in UTC."""
        return self.rooms.clock()

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which times are shown: the tenant's."""
        return ZoneInfo(self.place.tenant.timezone if self.place else DEFAULT_ZONE)

    @cached_property
    def places(self) -> list[Place]:
        """The tenants that the person may switch to."""
        with self.rooms.database.for_all_tenants().read() as unit:
            return people.places(unit, self.person)

    @property
    def database(self) -> Database:
        """What of the database the page is about: the part of its tenant, all of it for a page of operators,
        and else no tenant's."""
        if self.of_operators:
            return self.rooms.database.for_all_tenants()
        return self.rooms.database.for_tenant(self.place.tenant_id if self.place else None)

    @contextmanager
    def read(self) -> Iterator[Unit]:
        """A transaction that only reads."""
        with self.database.read() as unit:
            yield unit

    @contextmanager
    def write(self) -> Iterator[Unit]:
        """A transaction that changes something; call ``note`` inside."""
        with self.database.write() as unit:
            yield unit

    @property
    def actor(self) -> Actor:
        """The person, for the audit log."""
        known = self.somebody
        return Actor(
            who=known.email if known else "",
            member_id=known.id if known else None,
            remote_addr=request.remote_addr,
        )

    def note(
        self,
        unit: Unit,
        action: str,
        *,
        kind: str | None = None,
        object_id: Any = None,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Write a change into the audit log, in the transaction of the change."""
        audit.note(
            unit,
            self.actor,
            action,
            now=self.now,
            tenant_id=self.place.tenant_id if self.place else None,
            kind=kind,
            object_id=object_id,
            before=before,
            after=after,
        )

    def announce(self, unit: Unit, source: Occasion, changed: Persisted) -> None:
        """Tell the tenant's plugins what was changed by hand, as the pipeline does for events."""
        entry = self.rooms.registry.current_entry(unit, self.tenant.slug)
        on = {plugin for plugin, _ in entry.targets} if entry else set()
        self.rooms.announcer.announce(unit, source, on, [changed])


def current() -> Visit | None:
    """The visit of this request, once its right was checked."""
    visit: Visit | None = g.get("visit")
    return visit
