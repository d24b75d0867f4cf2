"""Whose rows a transaction reaches. PostgreSQL holds it to that by itself: the second lock, behind the
conditions that each query has (docs/adr/0025-the-second-lock.md). SQLite has no such lock."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

FROM, TO = "hub.tenant_from", "hub.tenant_to"
"""PostgreSQL's settings by which the policies know; they hold for one transaction."""


@dataclass(frozen=True)
class Reach:
    """The tenants whose ids lie between these two, both included; ``None``: no tenant."""

    ids: tuple[UUID, UUID] | None = None

    @property
    def settings(self) -> dict[str, str]:
        """What PostgreSQL is told."""
        return {} if self.ids is None else {FROM: str(self.ids[0]), TO: str(self.ids[1])}

    @property
    def options(self) -> str:
        """The same for all transactions of a connection, as libpq is told."""
        return " ".join(f"-c {name}={value}" for name, value in self.settings.items())

    def beginning(self) -> str:
        """Begins a transaction on PostgreSQL: one message to the server, as ``BEGIN`` alone would be."""
        return "; ".join(
            ("BEGIN", *(f"SET LOCAL {name} = '{value}'" for name, value in self.settings.items()))
        )


NOBODY = Reach()
"""No tenant's rows: of what nobody asked for by name nothing is to be had."""

EVERYBODY = Reach((UUID(int=0), UUID(int=(1 << 128) - 1)))
"""All tenants' rows."""


def alone(tenant_id: UUID) -> Reach:
    """The rows of one tenant."""
    return Reach((tenant_id, tenant_id))


def whole(url: str) -> sa.URL:
    """The address of a database with all tenants' rows in it, for tools that look in from outside."""
    made = sa.make_url(url)
    if made.get_backend_name() != "postgresql":
        return made
    return made.update_query_dict({"options": EVERYBODY.options})
