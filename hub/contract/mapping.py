"""From a sender's field names to a plugin's schema, as data that a connection keeps: one line for each field.

    grossAmount = betrag | decimal_comma
    customer.email = fields.email
    event = "transaction.created"

Left stands a field of the schema, right a field of the sender or, in quotes, a value that is always the
same. Dots lead into objects and, as numbers, into lists; a name that itself has a dot in it is found too.
After ``|`` may stand a format. There is nothing to calculate, to compare or to join with.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, Final

from pydantic import AfterValidator

from hub.contract.errors import PayloadError

MAX_RULES = 100

MAX_LINE = 1000
"""How many characters a line may have."""

MOST_PATHS = 200
"""How many fields of a body are offered to be chosen from."""

_MISSING: Final = object()

_RULE = re.compile(
    r'(?P<target>[^\s="|]+)\s*=\s*(?:"(?P<constant>[^"]*)"|(?P<source>[^\s"|]+(?:\s+[^\s"|]+)*))'
    r"\s*(?:\|\s*(?P<format>\w+))?"
)
"""Blanks and words of a source cannot be told apart in two ways: in three, a line would take its cube."""

_AROUND = r"[^\d,.+-]{0,8}"
"""What may stand beside an amount: a currency and spaces."""

_COMMA = re.compile(
    _AROUND + r"([+-]?(?:\d{1,3}(?:[. '\u00a0\u202f]\d{3})+|\d+))(?:,(\d+))?" + _AROUND, re.ASCII
)
_POINT = re.compile(
    _AROUND + r"([+-]?(?:\d{1,3}(?:[, '\u00a0\u202f]\d{3})+|\d+))(?:\.(\d+))?" + _AROUND, re.ASCII
)
_TIME = r"(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?: Uhr)?)?"
_DMY = re.compile(r"(?P<day>\d{1,2})[./-](?P<month>\d{1,2})[./-](?P<year>\d{4})" + _TIME, re.ASCII)
_MDY = re.compile(r"(?P<month>\d{1,2})[./-](?P<day>\d{1,2})[./-](?P<year>\d{4})" + _TIME, re.ASCII)
_YMD = re.compile(r"(?P<year>\d{4})[./-](?P<month>\d{1,2})[./-](?P<day>\d{1,2})" + _TIME, re.ASCII)
_YES = frozenset({"1", "true", "yes", "on", "ja", "wahr", "x"})
_NO = frozenset({"0", "false", "no", "off", "nein", "falsch"})


class WrongFormatError(ValueError):
    """A value is not written as its format has it; the message completes "must be …"."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Where one field of the schema comes from: from ``source``, or it is always ``constant``."""

    target: str
    source: str = ""
    constant: str | None = None
    format: str = ""

    def __str__(self) -> str:
        said = self.source if self.constant is None else f'"{self.constant}"'
        return f"{self.target} = {said}" + (f" | {self.format}" if self.format else "")


def read_rule(line: str) -> Rule:
    """The rule that a line says. Raises ValueError with what is wrong."""
    if len(line) > MAX_LINE:
        raise ValueError(f"{line[:40]!r}… is longer than {MAX_LINE} characters")
    found = _RULE.fullmatch(line.strip())
    if found is None:
        raise ValueError(
            f'{line[:80]!r} is no line such as: total = betrag | decimal_comma, or: type = "ticket"'
        )
    told = {name: text for name, text in found.groupdict().items() if text is not None}
    if told.get("format", "") not in {"", *FORMATS}:
        raise ValueError(f"{told['format'][:40]!r} is no format; there are: {', '.join(FORMATS)}")
    return Rule(**told)


def read_rules(lines: Iterable[str]) -> tuple[Rule, ...]:
    """The rules of some lines. Raises ValueError, also for a field that two of them give."""
    rules = tuple(read_rule(line) for line in lines if line.strip())
    if len(rules) > MAX_RULES:
        raise ValueError(f"more than {MAX_RULES} lines")
    if len({rule.target for rule in rules}) < len(rules):
        raise ValueError("a field of the schema is given twice")
    return rules


def _written(lines: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(rule) for rule in read_rules(lines))


MappingLines = Annotated[tuple[str, ...], AfterValidator(_written)]
"""The lines of a mapping, checked and written in one way."""

rules_of = lru_cache(maxsize=256)(read_rules)
"""The rules of lines that were checked before, read once."""


def mapped(sent: Mapping[str, Any], rules: Sequence[Rule], zone: tzinfo) -> dict[str, Any]:
    """What was sent, under the names of the schema. Fields that no rule speaks of keep theirs.

    Times without an offset are taken to be of ``zone``. A field that was not sent is left out, and the
    schema says whether it has to be there. Raises PayloadError for a value that is not written as its
    format has it.
    """
    made = dict(sent)
    for rule in rules:
        made = _without(made, rule.source)
    for rule in rules:
        value = rule.constant if rule.constant is not None else find(sent, rule.source)
        if value is not _MISSING:
            _put(made, rule.target.split("."), _formatted(value, rule, zone))
    return made


def find(value: Any, path: str) -> Any:
    """What stands at a path. A name with a dot in it counts before the way that its parts would be."""
    if isinstance(value, list):
        index, _, rest = path.partition(".")
        inside = index.isascii() and index.isdigit() and len(index) < 6 and int(index) < len(value)
        return _MISSING if not inside else find(value[int(index)], rest) if rest else value[int(index)]
    name, rest = _step(value, path)
    if name is None:
        return _MISSING
    return find(value[name], rest) if rest else value[name]


def _step(value: Any, path: str) -> tuple[str | None, str]:
    """The longest beginning of the path that is a name in the object, and what is left of the path."""
    head, rest = path, ""
    while isinstance(value, Mapping) and head:
        if head in value:
            return head, rest
        head, _, last = head.rpartition(".")
        rest = f"{last}.{rest}" if rest else last
    return None, ""


def _without(value: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The object without what stands at the path, nor groups that this leaves empty. Lists stay whole."""
    name, rest = _step(value, path)
    left = _without(value[name], rest) if name and rest and isinstance(value[name], Mapping) else None
    if name is None or (rest and left is None):
        return dict(value)
    return {key: left if key == name else item for key, item in value.items() if key != name or left}


def hidden_paths(personal: Iterable[str], lines: Iterable[str]) -> tuple[str, ...]:
    """Where personal fields of the schema stand in what is sent: under their own names and the sender's."""
    paths = tuple(personal)
    sources = (
        rule.source
        for rule in read_rules(lines)
        if rule.source and any(f"{rule.target}.".startswith(f"{path}.") for path in paths)
    )
    return (*paths, *sources)


def paths_of(value: Any) -> list[str]:
    """The paths of all single values in what was sent, in its order."""
    found: list[str] = []
    _collect(value, "", found)
    return found


def _collect(value: Any, path: str, found: list[str]) -> None:
    if len(found) >= MOST_PATHS:
        return
    inside = (
        value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else None
    )
    if inside is None:
        found.append(path)
        return
    for name, item in inside:
        _collect(item, f"{path}.{name}" if path else str(name), found)


def _put(owner: dict[str, Any], names: list[str], value: Any) -> None:
    *groups, last = names
    for name in groups:
        known = owner.get(name)
        # A copy, for what was sent stays as it is; a bare value makes room for the group.
        owner[name] = inner = dict(known) if isinstance(known, Mapping) else {}
        owner = inner
    owner[last] = value


def _formatted(value: Any, rule: Rule, zone: tzinfo) -> Any:
    if not rule.format or value is None or (isinstance(value, str) and not value.strip()):
        return value
    try:
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise WrongFormatError("a single text or number")
        if not isinstance(value, str) and rule.format in _SEPARATED:
            return value  # a number of JSON has no separators
        return FORMATS[rule.format](str(value).strip(), zone)
    except WrongFormatError as error:
        where = rule.source or rule.target
        raise PayloadError(f"{where} must be {error}.", code="wrong_type", path=where) from None


def _decimal_comma(text: str, zone: tzinfo) -> str:
    return _number(_COMMA, text, "a number with a decimal comma, such as 1.234,56")


def _decimal_point(text: str, zone: tzinfo) -> str:
    return _number(_POINT, text, "a number with a decimal point, such as 1,234.56")


def _number(shape: re.Pattern[str], text: str, expected: str) -> str:
    found = shape.fullmatch(text)
    if found is None:
        raise WrongFormatError(expected)
    whole = re.sub(r"[^\d+-]", "", found[1])
    return f"{whole}.{found[2]}" if found[2] else whole


def _hundredths(text: str, zone: tzinfo) -> str:
    if not re.fullmatch(r"[+-]?[0-9]{1,30}", text):
        raise WrongFormatError("a whole number of cents, such as 14990")
    return str(Decimal(text).scaleb(-2))


def _day_month_year(text: str, zone: tzinfo) -> str:
    return _date(_DMY, text, zone, "a date such as 21.05.2026 or 21.05.2026 10:00")


def _month_day_year(text: str, zone: tzinfo) -> str:
    return _date(_MDY, text, zone, "a date such as 05/21/2026 or 05/21/2026 10:00")


def _year_month_day(text: str, zone: tzinfo) -> str:
    return _date(_YMD, text, zone, "a date such as 2026-05-21 or 2026-05-21 10:00:00")


def _date(shape: re.Pattern[str], text: str, zone: tzinfo, expected: str) -> str:
    found = shape.fullmatch(text)
    if found is None:
        raise WrongFormatError(expected)
    year, month, day = (int(found[name]) for name in ("year", "month", "day"))
    hour, minute, second = (int(part or 0) for part in found.groups()[3:])
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=zone).isoformat()
    except ValueError:
        raise WrongFormatError(expected) from None


def _unix_time(text: str, zone: tzinfo) -> str:
    if not re.fullmatch(r"[0-9]{1,11}", text):
        raise WrongFormatError("seconds since 1970, such as 1779357600")
    return datetime.fromtimestamp(int(text), UTC).isoformat()


def _yes_or_no(text: str, zone: tzinfo) -> bool:
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise WrongFormatError("yes or no (yes, ja, true, on, 1; no, nein, false, off, 0)")


FORMATS: Mapping[str, Callable[[str, tzinfo], Any]] = {
    "decimal_comma": _decimal_comma,
    "decimal_point": _decimal_point,
    "cents": _hundredths,
    "day_month_year": _day_month_year,
    "month_day_year": _month_day_year,
    "year_month_day": _year_month_day,
    "unix_time": _unix_time,
    "yes_or_no": _yes_or_no,
}
"""How a value may be written by the sender; it becomes what the schema has."""

_SEPARATED = ("decimal_comma", "decimal_point")
