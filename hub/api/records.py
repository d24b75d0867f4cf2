"""What the resources of records share: pages of them, and single ones."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from hub.api import cursors
from hub.api.call import Call
from hub.api.problems import not_found
from hub.api.shapes import Page, PageAsked, Shape
from hub.records import listing, paging
from hub.records.database import Row
from hub.records.paging import Wanted

ShapeT = TypeVar("ShapeT", bound=Shape)
Read = Callable[[Row], Mapping[str, Any]]


def page_of(
    call: Call,
    kind: str,
    form: type[ShapeT],
    asked: PageAsked,
    wanted: Wanted,
    read: Read = listing.readable,
) -> Page[ShapeT]:
    """A page of the caller's records of a kind (the word for many). Raises Problem for a wrong cursor."""
    before = cursors.read(asked.cursor)
    with call.read() as unit:
        found = paging.page(unit, kind, call.tenant_id, wanted, before=before, limit=asked.limit)
    return call.page([form.model_validate(read(row)) for row in found.rows], found.further, asked)


def one_of(call: Call, kind: str, form: type[ShapeT], its_id: UUID, read: Read = listing.readable) -> ShapeT:
    """One of the caller's records of a kind (the word for many). Raises Problem if there is none."""
    with call.read() as unit:
        row = paging.one(unit, kind, call.tenant_id, its_id)
    if row is None:
        raise not_found(kind.removesuffix("s").replace("_", " "))
    return form.model_validate(read(row))
