"""Pages of a long list, by the id of the last row seen: as quick on the thousandth page as on the first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import request

SIZE = 25


@dataclass(frozen=True)
class Shown:
    """The rows of one page, newest first, and the ids from which its neighbours begin. ``partly`` says that
    only the newest were searched, and that ``older`` leads to a search of those before them."""

    rows: Sequence[Any]
    older: UUID | None
    first: bool
    partly: bool = False


def cursor() -> UUID | None:
    """Where the asked-for page begins: after this id; ``None`` for the first page, and for nonsense."""
    try:
        return UUID(request.args["before"])
    except (KeyError, ValueError):
        return None


def shown(rows: Sequence[Any], size: int = SIZE, *, edge: UUID | None = None) -> Shown:
    """A page of rows that were asked for with ``limit=size + 1``: the one too many tells that there are
    older ones. ``edge`` is the last row that a search looked at, if it did not look at all."""
    kept = rows[:size]
    if len(rows) > size:
        return Shown(rows=kept, older=kept[-1]["id"], first=cursor() is None)
    return Shown(rows=kept, older=edge, first=cursor() is None, partly=edge is not None)
