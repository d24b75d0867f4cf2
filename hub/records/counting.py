"""The numbers beside the parts of a list. High ones nobody needs exactly, and to count a hundred thousand
rows takes longer than the page around the number."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import sqlalchemy as sa

from hub.records.database import Unit

MOST = 1_000
"""So many rows of a part are counted."""

Scope = Sequence[sa.ColumnElement[bool]]


def parts(unit: Unit, key: sa.Column[UUID], scopes: Mapping[str, Scope]) -> dict[str, int]:
    """How many rows each part has. One more than ``MOST`` stands for any number above."""
    query = sa.select(*(_number(key, scope).label(name) for name, scope in scopes.items()))
    return dict(unit.one(query) or {})


def part(unit: Unit, key: sa.Column[UUID], *scope: sa.ColumnElement[bool]) -> int:
    """How many rows there are; one more than ``MOST`` stands for any number above."""
    number: int = unit.scalar(sa.select(_number(key, scope)))
    return number


def _number(key: sa.Column[UUID], scope: Scope) -> sa.ScalarSelect[int]:
    some = sa.select(key).where(*scope).limit(MOST + 1).subquery()
    return sa.select(sa.func.count()).select_from(some).scalar_subquery()
