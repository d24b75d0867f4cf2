"""The difference between the ledger as it is and as it should be: pure.

Before it matures a commission is adjusted, down to nothing if need be. After that it is never
touched again: what changes is a further line, negative or positive.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, get_args
from uuid import UUID

from msgspec import Struct

Status = Literal["pending", "matured", "paid", "reversed"]
Kind = Literal["commission", "clawback", "restore"]

STATUSES: tuple[Status, ...] = get_args(Status)

OPEN: tuple[Status, ...] = ("pending", "reversed")
"""A line in these states may still be changed."""

Key = tuple[UUID, int, str]
"""Partner, level and currency: for each, a sale has one commission."""


class Written(Struct, frozen=True, kw_only=True):
    """A line of the ledger as it is. ``kind`` *commission* is there once for each key."""

    id: UUID
    kind: Kind
    status: Status
    amount: int


class Add(Struct, frozen=True):
    """A new line: the commission, or what corrects one that has matured."""

    key: Key
    kind: Kind
    status: Status
    amount: int


class Adjust(Struct, frozen=True):
    """A line that has not matured is now this much."""

    key: Key
    id: UUID
    status: Status
    amount: int


def settle(wanted: Mapping[Key, int], written: Iterable[tuple[Key, Written]]) -> list[Add | Adjust]:
    """What to write so that the lines of each key come to the wanted amount."""
    known: dict[Key, list[Written]] = {}
    for key, line in written:
        known.setdefault(key, []).append(line)
    keys = [*wanted, *(key for key in known if key not in wanted)]
    changes = (_change(key, wanted.get(key, 0), known.get(key, ())) for key in keys)
    return [change for change in changes if change is not None]


def _change(key: Key, amount: int, lines: Sequence[Written]) -> Add | Adjust | None:
    if not lines:
        return Add(key, "commission", "pending", amount) if amount else None
    difference = amount - sum(line.amount for line in lines)
    if not difference:
        return None
    commission = next((line for line in lines if line.kind == "commission"), None)
    if commission is None:
        return Add(key, "commission", "pending", difference)
    if commission.status in OPEN:
        left = commission.amount + difference
        return Adjust(key, commission.id, "pending" if left else "reversed", left)
    return Add(key, "clawback" if difference < 0 else "restore", "matured", difference)
