"""The form of a field mapping: a row for each field of the plugin's schema."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from hub.contract.manifest import Manifest
from hub.contract.mapping import FORMATS, Rule, read_rules
from hub.web import naming

FORMAT_WORDS = {
    "decimal_comma": _l("1.234,56 (Dezimalkomma)"),
    "decimal_point": _l("1,234.56 (Dezimalpunkt)"),
    "cents": _l("123456 (Cent)"),
    "day_month_year": _l("21.05.2026 (Tag, Monat, Jahr)"),
    "month_day_year": _l("05/21/2026 (Monat, Tag, Jahr)"),
    "year_month_day": _l("2026-05-21 (Jahr, Monat, Tag)"),
    "unix_time": _l("1779357600 (Unix-Zeit)"),
    "yes_or_no": _l("ja oder nein"),
}


@dataclass(frozen=True)
class Line:
    """One row: a field of the schema, and where it comes from."""

    target: str
    title: str
    source: str = ""
    constant: str = ""
    format: str = ""
    fault: str = ""

    @property
    def rule(self) -> Rule | None:
        """What the row says; ``None`` for one that is empty."""
        if self.constant:
            return Rule(target=self.target, constant=self.constant, format=self.format)
        return Rule(target=self.target, source=self.source, format=self.format) if self.source else None


@dataclass(frozen=True)
class MappingForm:
    """All rows."""

    lines: tuple[Line, ...]

    @property
    def accepted(self) -> bool:
        """Whether no row is wrong."""
        return not any(line.fault for line in self.lines)

    @property
    def texts(self) -> list[str]:
        """The mapping as the setting has it."""
        return [str(line.rule) for line in self.lines if line.rule is not None]


def stored(manifest: Manifest, texts: Iterable[str]) -> MappingForm:
    """The form with what is stored. Fields that only the command line knows have rows as well."""
    rules = {rule.target: rule for rule in read_rules(texts)}
    return MappingForm(tuple(_of(target, title, rules) for target, title in _targets(manifest, rules)))


def sent(manifest: Manifest, known: Iterable[str], form: Mapping[str, str]) -> MappingForm:
    """The form with what was sent."""
    rules = {rule.target: rule for rule in read_rules(known)}
    lines = (
        Line(
            target,
            title,
            *(form.get(f"{name}:{target}", "").strip() for name in ("source", "constant", "format")),
        )
        for target, title in _targets(manifest, rules)
    )
    return MappingForm(tuple(_checked(line) for line in lines))


def _targets(manifest: Manifest, rules: Mapping[str, Rule]) -> Iterator[tuple[str, str]]:
    yield from ((target, naming.spoken(words)) for target, words in manifest.fields.items())
    yield from ((target, target) for target in rules if target not in manifest.fields)


def _of(target: str, title: str, rules: Mapping[str, Rule]) -> Line:
    rule = rules.get(target)
    return (
        Line(target, title)
        if rule is None
        else Line(target, title, rule.source, rule.constant or "", rule.format)
    )


def _checked(line: Line) -> Line:
    fault = ""
    if line.source and line.constant:
        fault = _("Bitte tragen Sie entweder ein Feld oder einen festen Wert ein.")
    elif line.format and line.format not in FORMATS:
        fault = _("Dieses Format gibt es nicht.")
    elif line.rule is not None:
        try:
            read_rules([str(line.rule)])
        except ValueError:
            fault = _("Anführungszeichen und senkrechte Striche sind hier nicht möglich.")
    return Line(line.target, line.title, line.source, line.constant, line.format, fault)
