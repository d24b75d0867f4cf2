"""The typed payload reader: foreign data is tamed where it is touched.

>>> payload = read_json(b'{"customer": {"email": "Max@Example.com"}, "total": 149.90}')
>>> payload["customer"]["email"].email()
'Max@Example.com'
>>> payload["total"].money("EUR")
Money(minor=14990, currency='EUR')
>>> payload["customer"]["phone"].optional.text() is None
True

A missing or wrong value becomes a PayloadError that names the path, never a KeyError or
TypeError. ``optional`` turns *missing*, ``null`` and the empty text into ``None``; a wrong type
stays an error.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeVar

from email_validator import EmailNotValidError, validate_email

from hub.contract.errors import PayloadError
from hub.support import jsontext
from hub.support.money import Money, MoneyError, exponent

T = TypeVar("T")

MAX_TEXT = 10_000
"""How many characters a text field may have unless the mapper asks for another limit."""

MAX_UNIX: Final = 253_402_300_799
"""The last second of the year 9999."""

_MISSING: Final = object()

_PLAIN_EMAIL = re.compile(
    r"[A-Za-z0-9_+-]{1,30}(?:\.[A-Za-z0-9_+-]{1,30})?@(?:[A-Za-z0-9]{1,60}\.){1,3}[A-Za-z]{2,20}"
)
"""Addresses so plain that they need no further look; a library judges all others."""

_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
"""Each digit can be read in one way only: in two, a long text that is no number would take its square."""

_MOST_CHARACTERS: Final = 2 * jsontext.MAX_EXPONENT
"""Of a number that is written as a text; as many as one of JSON may have."""


def read_json(body: bytes) -> "Payload":
    """The body as a payload. Raises PayloadError with the codes ``empty_body``, ``not_utf8``,
    ``invalid_json``, ``duplicate_key``, ``too_deep`` and ``number_out_of_range``."""
    try:
        return Payload(jsontext.decode(body))
    except jsontext.JsonError as error:
        raise PayloadError(str(error), code=error.code) from None


class Payload:
    """A value somewhere in a payload, known by its path. Nothing is read until it is asked for."""

    __slots__ = ("_value", "path")

    def __init__(self, value: Any, path: str = "") -> None:
        self._value = value
        self.path = path

    def __getitem__(self, key: str | int) -> "Payload":
        """The member of an object or the element of a list; missing ones complain when read."""
        if isinstance(key, int):
            inside = isinstance(self._value, list) and -len(self._value) <= key < len(self._value)
            return Payload(self._value[key] if inside else _MISSING, f"{self.path}[{key}]")
        path = f"{self.path}.{key}" if self.path else key
        if isinstance(self._value, dict):
            return Payload(self._value.get(key, _MISSING), path)
        if self._value is _MISSING or self._value is None:
            return Payload(_MISSING, path)
        raise self._wrong("an object")

    def __iter__(self) -> Iterator["Payload"]:
        return iter(self.items())

    def __repr__(self) -> str:
        return f"<Payload {self.path or '(root)'}>"

    @property
    def present(self) -> bool:
        """Whether there is a value other than ``null``."""
        return self._value is not _MISSING and self._value is not None

    @property
    def optional(self) -> "OptionalPayload":
        """The same value, read as ``None`` where it is missing, ``null`` or an empty text."""
        return OptionalPayload(self)

    @property
    def blank(self) -> bool:
        """Whether the value is missing, ``null`` or a text of white space."""
        return not self.present or (isinstance(self._value, str) and not self._value.strip())

    def raw(self) -> Any:
        """The bare JSON value, for keeping, not for deciding."""
        return None if self._value is _MISSING else self._value

    def object(self) -> dict[str, Any]:
        """The bare members of an object, for keeping as ``extra``."""
        value = self._required()
        if not isinstance(value, dict):
            raise self._wrong("an object")
        return value

    def rest(self, *known: str) -> dict[str, Any]:
        """The members of an object without the named ones: the sender's further fields."""
        return {key: value for key, value in self.object().items() if key not in known}

    def items(self) -> "list[Payload]":
        """The elements of a list; a missing list or ``null`` has none."""
        if not self.present:
            return []
        if not isinstance(self._value, list):
            raise self._wrong("a list")
        return [Payload(item, f"{self.path}[{i}]") for i, item in enumerate(self._value)]

    def text(self, *, max_length: int = MAX_TEXT) -> str:
        """A text that is not blank, stripped."""
        value = self._required()
        if not isinstance(value, str):
            raise self._wrong("a text")
        text = value.strip()
        if not text:
            raise self._fault("missing_field", f"{self._name} is required and empty.")
        if len(text) > max_length:
            raise self._fault("too_long", f"{self._name} is longer than {max_length} characters.")
        return text

    def identifier(self, *, max_length: int = 255) -> str:
        """An id: a text, or an integer of any size, as text."""
        value = self._required()
        if not isinstance(value, int) or isinstance(value, bool):
            return self.text(max_length=max_length)
        if len(text := str(value)) > max_length:
            raise self._fault("too_long", f"{self._name} is longer than {max_length} digits.")
        return text

    def choice(self, *allowed: str) -> str:
        """One of the allowed texts."""
        value = self.text()
        if value not in allowed:
            raise self._fault(
                "invalid_value", f"{self._name} must be one of: {', '.join(allowed)}; got {value[:40]!r}."
            )
        return value

    def boolean(self) -> bool:
        """``true`` or ``false``."""
        value = self._required()
        if not isinstance(value, bool):
            raise self._wrong("true or false")
        return value

    def integer(self, *, minimum: int | None = None, maximum: int | None = None) -> int:
        """An integer of any size, as a JSON number or as digits in a text."""
        number = self.decimal()
        if number != number.to_integral_value():
            raise self._wrong("an integer")
        value = int(number)
        if (minimum is not None and value < minimum) or (maximum is not None and value > maximum):
            raise self._fault("out_of_range", f"{self._name} is out of range.")
        return value

    def decimal(self) -> Decimal:
        """An exact number, as a JSON number or as a text such as ``"199.00"``."""
        value = self._required()
        if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
            raise self._wrong("a number")
        # Decimal takes more than a number: 1_000, digits of other scripts, NaN.
        if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
            raise self._wrong('a number such as "199.00"')
        if isinstance(value, str) and len(value) > _MOST_CHARACTERS:
            raise self._fault("out_of_range", f"{self._name} is out of range.")
        try:
            number = Decimal(value.strip() if isinstance(value, str) else value)
        except InvalidOperation:
            raise self._fault("out_of_range", f"{self._name} is out of range.") from None
        if not number.is_finite() or abs(number.adjusted()) > jsontext.MAX_EXPONENT:
            raise self._fault("out_of_range", f"{self._name} is out of range.")
        return number

    def percentage(self) -> Decimal:
        """A rate in percent, 0 to 100, such as a tax rate."""
        rate = self.decimal()
        if not 0 <= rate <= 100:
            raise self._wrong("a rate in percent, 0 to 100")
        return rate

    def currency(self) -> str:
        """An ISO 4217 code, in upper case; a lower case one is taken too."""
        code = self.text(max_length=20).upper()
        try:
            exponent(code)
        except MoneyError as error:
            raise self._fault("unknown_currency", f"{self._name}: {error}.") from None
        return code

    def money(self, currency: str, *, negative: bool = False) -> Money:
        """An amount in major units of the currency, exact; below zero only where allowed."""
        try:
            money = Money.of(self.decimal(), currency)
        except MoneyError as error:
            raise self._fault("invalid_amount", f"{self._name}: {error}.") from None
        return self._signed(money, negative)

    def minor_units(self, currency: str, *, negative: bool = False) -> Money:
        """An amount that is already an integer of minor units."""
        try:
            money = Money(self.integer(), currency)
        except MoneyError as error:
            raise self._fault("invalid_amount", f"{self._name}: {error}.") from None
        return self._signed(money, negative)

    def email(self) -> str:
        """An e-mail address, stripped, in the sender's case. Nothing is looked up."""
        text = self.text(max_length=320)
        if _PLAIN_EMAIL.fullmatch(text):
            return text
        try:
            validate_email(text, check_deliverability=False, test_environment=True)
        except EmailNotValidError as error:
            raise self._fault("invalid_email", f"{self._name} is not an e-mail address: {error}") from None
        return text

    def instant(self, zone: tzinfo | None = None) -> datetime:
        """An RFC 3339 time as an aware UTC time. One without an offset is refused, unless the mapper knows
        the ``zone`` that the provider writes its times in."""
        text = self.text(max_length=64)
        try:
            parsed = datetime.fromisoformat(text)
        except ValueError:
            raise self._wrong("a time such as 2026-05-21T10:00:00Z") from None
        if parsed.tzinfo is None and zone is None:
            raise self._wrong("a time with its offset, such as 2026-05-21T10:00:00Z")
        parsed = parsed if parsed.tzinfo else parsed.replace(tzinfo=zone)
        try:
            return parsed.astimezone(UTC)
        except OverflowError:
            raise self._fault("out_of_range", f"{self._name} is out of range.") from None

    def unix_time(self) -> datetime:
        """Whole seconds since 1970, as an aware UTC time."""
        return datetime.fromtimestamp(self.integer(minimum=0, maximum=MAX_UNIX), UTC)

    def wrong(self, expected: str) -> PayloadError:
        """The error for a value that the mapper itself finds wrong; ``expected`` completes
        "must be …"."""
        return self._wrong(expected)

    @property
    def _name(self) -> str:
        return self.path or "The body"

    def _required(self) -> Any:
        if not self.present:
            raise self._fault("missing_field", f"{self._name} is required.")
        return self._value

    def _signed(self, money: Money, negative: bool) -> Money:
        if money.minor < 0 and not negative:
            raise self._fault("invalid_amount", f"{self._name} must not be negative.")
        return money

    def _wrong(self, expected: str) -> PayloadError:
        return self._fault("wrong_type", f"{self._name} must be {expected}.")

    def _fault(self, code: str, message: str) -> PayloadError:
        return PayloadError(message, code=code, path=self.path)


class OptionalPayload:
    """Reads as ``None`` what is missing, ``null`` or blank, and like ``Payload`` what is there."""

    __slots__ = ("_payload",)

    def __init__(self, payload: Payload) -> None:
        self._payload = payload

    def text(self, *, max_length: int = MAX_TEXT) -> str | None:
        return self._read(lambda value: value.text(max_length=max_length))

    def identifier(self, *, max_length: int = 255) -> str | None:
        return self._read(lambda value: value.identifier(max_length=max_length))

    def boolean(self) -> bool | None:
        return self._read(Payload.boolean)

    def integer(self, *, minimum: int | None = None, maximum: int | None = None) -> int | None:
        return self._read(lambda value: value.integer(minimum=minimum, maximum=maximum))

    def decimal(self) -> Decimal | None:
        return self._read(Payload.decimal)

    def percentage(self) -> Decimal | None:
        return self._read(Payload.percentage)

    def currency(self) -> str | None:
        return self._read(Payload.currency)

    def money(self, currency: str, *, negative: bool = False) -> Money | None:
        return self._read(lambda value: value.money(currency, negative=negative))

    def minor_units(self, currency: str, *, negative: bool = False) -> Money | None:
        return self._read(lambda value: value.minor_units(currency, negative=negative))

    def email(self) -> str | None:
        return self._read(Payload.email)

    def instant(self, zone: tzinfo | None = None) -> datetime | None:
        return self._read(lambda value: value.instant(zone))

    def unix_time(self) -> datetime | None:
        return self._read(Payload.unix_time)

    def _read(self, reader: Callable[[Payload], T]) -> T | None:
        return None if self._payload.blank else reader(self._payload)
