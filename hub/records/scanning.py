"""Searching long lists for what no index knows: a search looks at so many of the newest rows at once, and
says where it stopped, so that the next one goes on from there."""

from uuid import UUID

import sqlalchemy as sa

from hub.records.database import Unit

SCANNED = 5_000
"""How many rows one search looks at."""


def edge(unit: Unit, key: sa.Column[UUID], *scope: sa.ColumnElement[bool]) -> UUID | None:
    """The id of the last row that a search among these looks at; ``None`` if it looks at all of them."""
    query = sa.select(key).where(*scope).order_by(key.desc())
    rows = unit.column(query.offset(SCANNED - 1).limit(2))
    return rows[0] if len(rows) == 2 else None


def holds(unit: Unit, text: str, *columns: sa.ColumnElement[str | None]) -> sa.ColumnElement[bool]:
    """Whether the text is in one of the columns, in capitals or not. SQLite's LIKE makes no difference
    between them, so it is spared turning each value into small letters first."""
    if unit.dialect == "sqlite":
        return sa.or_(*(column.contains(text, autoescape=True) for column in columns))
    return sa.or_(*(column.icontains(text, autoescape=True) for column in columns))
