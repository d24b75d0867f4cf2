"""What the forms of all bodies share. Amounts are decimal texts in major units: a number would be read as a
float. Times are RFC 3339 in UTC."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
)

from hub.records.database import Row
from hub.support.jsontext import storable
from hub.support.money import Money

INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)")


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal | int) else value


def _kept(value: str) -> str:
    if storable(value) != value:
        raise ValueError("has characters that cannot be stored (NUL, or halves of a surrogate pair)")
    return value


def _instant(value: Any) -> datetime:
    """Raises ValueError for what is no instant, or has none in UTC."""
    if not isinstance(value, str) or not INSTANT.fullmatch(value):
        raise ValueError("must be a time such as 2026-06-01T12:00:00Z, with its offset from UTC")
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except OverflowError:
        raise ValueError("is out of range") from None


Amount = Annotated[
    str,
    BeforeValidator(_text),
    Field(pattern=r"^-?\d+(\.\d+)?$", examples=["199.00"], description="Decimal text in major units."),
]
Number = Annotated[str, BeforeValidator(_text), Field(examples=["19"], description="Decimal text.")]
Currency = Annotated[str, Field(examples=["EUR"], description="ISO 4217 code.")]
Text = Annotated[str, AfterValidator(_kept)]
"""A text that the database can keep."""
Instant = Annotated[datetime, BeforeValidator(_instant), Field(examples=["2026-06-01T12:00:00Z"])]
"""A time as a request gives it."""


class Shape(BaseModel):
    """Something that is answered; what is not declared does not leave the hub."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Asked(BaseModel):
    """The parameters of a request; unknown ones are refused, so that no slip widens what is asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Given(BaseModel):
    """The body of a request; unknown members are refused, and nothing is taken for what it is not."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class PageAsked(Asked):
    """Which page."""

    limit: int = Field(25, ge=1, le=100, description="How many items at most.")
    cursor: str | None = Field(
        None, max_length=64, description="Where to go on: `next_cursor` of the page before."
    )


class RecordsAsked(PageAsked):
    """Records by the time they came into the hub."""

    since: Instant | None = Field(None, description="Created at this time or later.")
    until: Instant | None = Field(None, description="Created before this time.")


ItemT = TypeVar("ItemT", bound=Shape)


class Page(Shape, Generic[ItemT]):
    """One page of a list, newest first. A page may hold fewer items than asked for, even none, and still have
    a next one: go on until `next_cursor` is null."""

    data: list[ItemT]
    next_cursor: str | None = Field(description="The cursor of the next page; null on the last one.")
    next: str | None = Field(
        json_schema_extra={"format": "uri"}, description="The address of the next page; null on the last one."
    )

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """``CustomerPage``, not ``Page[Customer]``."""
        return f"{params[0].__name__}Page"


class Record(Shape):
    """What all records have: where they come from."""

    id: UUID
    created_at: datetime
    source_event: UUID | None = Field(
        validation_alias="event_id", description="The event that it was made from; null if a person made it."
    )
    connection_id: UUID | None = Field(description="The connection through which it came.")
    adapter: str | None = Field(description="Plugin and version that read it.", examples=["custom/1.4.0"])
    extra: dict[str, Any] = Field(description="Further fields that the sender gave, as they came.")


def positions(row: Row) -> list[dict[str, Any]]:
    """The positions of an order or an invoice, amounts in major units."""
    return [_line(told, row["currency"]) for told in row["lines"] or ()]


def _line(told: Mapping[str, Any], currency: str | None) -> dict[str, Any]:
    amounts = {name: value for name, value in told.items() if name.endswith("_minor")}
    return {name: value for name, value in told.items() if name not in amounts} | {
        name.removesuffix("_minor"): None if None in (value, currency) else Money(value, str(currency)).amount
        for name, value in amounts.items()
    }
