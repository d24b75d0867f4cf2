"""One request to the API: who calls, and where its transactions come from. Handed to every operation."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from flask import request

from hub.api import cursors
from hub.api.rooms import Rooms
from hub.api.shapes import Page, PageAsked, Shape
from hub.contract.inbound import Tenant
from hub.records import audit
from hub.records.access import Caller
from hub.records.audit import Actor
from hub.records.database import Joined, Transactions, Unit
from hub.registry.connecting import Connections

ItemT = TypeVar("ItemT", bound=Shape)


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request whose key is valid and has the scope. Its ``transactions`` join the one in which the answer
    is kept for a repetition, if the request has an idempotency key."""

    rooms: Rooms
    caller: Caller
    transactions: Transactions

    @property
    def tenant_id(self) -> UUID:
        """The id that every query of the operation is given."""
        return self.caller.tenant_id

    @property
    def tenant(self) -> Tenant:
        """Whose key it is."""
        return self.caller.tenant

    @property
    def now(self) -> datetime:
        """The present instant, in UTC."""
        return self.rooms.clock()

    def connections(self, unit: Unit) -> Connections:
        """What reads and changes connections, within a transaction."""
        rooms = self.rooms
        return Connections(Joined(unit), rooms.plugins, rooms.vault, rooms.clock)

    def read(self) -> AbstractContextManager[Unit]:
        """A transaction that only reads."""
        return self.transactions.read()

    def write(self) -> AbstractContextManager[Unit]:
        """A transaction that changes something; call ``note`` inside."""
        return self.transactions.write()

    def note(
        self,
        unit: Unit,
        action: str,
        *,
        kind: str,
        object_id: Any,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Write a change into the audit log, in the transaction of the change."""
        audit.note(
            unit,
            Actor(who=f"{self.caller.name} ({self.caller.masked})", remote_addr=request.remote_addr),
            action,
            now=self.now,
            tenant_id=self.tenant_id,
            kind=kind,
            object_id=object_id,
            before=before,
            after=after,
        )

    def page(self, items: Iterable[ItemT], further: UUID | None, asked: PageAsked) -> Page[ItemT]:
        """A page of a list that goes on behind ``further``; what was asked for stands in the address of the
        next one."""
        if further is None:
            return Page(data=list(items), next_cursor=None, next=None)
        cursor = cursors.written(further)
        again = {**asked.model_dump(mode="json", exclude_none=True, exclude_unset=True), "cursor": cursor}
        address = f"{self.rooms.config.base_url.rstrip('/')}{request.path}?{urlencode(again)}"
        return Page(data=list(items), next_cursor=cursor, next=address)
