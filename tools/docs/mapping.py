"""Which fields of a request go where. Nobody writes it down: each field of each fixture is changed in turn,
or taken away, and the facts that come out are compared with those of the fixture as it is."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from hub.contract.describing import describe
from hub.contract.errors import RequestError
from hub.contract.forms import MEDIA_TYPE as FORM
from hub.contract.forms import read_pairs, split_name
from hub.registry.fixtures import Fixture
from hub.support import jsontext
from tools.docs.stage import Played

Path = tuple[Any, ...]

TYPE, KEY = "the type of the event", "the id of the event"
DECIDES = "decides what the event becomes"
CHECKED = "checked"

MOST_KNOWN = 4
"""So many values of the same field in other fixtures are tried."""

AMOUNT = re.compile(r"[+-]?\d+([.,]\d+)?")
TIME = re.compile(r"\d{4}-\d\d-\d\d")
ABSENT: Any = object()


@dataclass(frozen=True)
class Reading:
    """What an adapter makes of a request. ``facts`` holds each value by fact, number and field."""

    type: str | None = None
    key: str | None = None
    names: tuple[str, ...] = ()
    facts: Mapping[tuple[str, int, str], Any] = field(default_factory=dict)
    refused: bool = False


@dataclass
class Uses:
    """What one field of the request is for: fields of facts, by name with the facts; other uses."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)

    def note(self, changed: Iterator[tuple[str, str]]) -> None:
        for fact, name in changed:
            facts = self.fields.setdefault(name, [])
            if fact not in facts:
                facts.append(fact)

    def note_other(self, use: str) -> None:
        if use not in self.others:
            self.others.append(use)


def mapping(played: Played) -> dict[str, Uses]:
    """The uses of each field that is read, by its path; headers as ``header X-Name``."""
    found: dict[str, Uses] = {}
    bodies = {name: _body(one) for name, one in played.samples.items()}
    known: dict[str, list[Any]] = {}
    for body in bodies.values():
        for path, value in _leaves(body.tree):
            values = known.setdefault(body.shown(path), [])
            if value not in values and len(values) < MOST_KNOWN:
                values.append(value)
    seen: set[tuple[Any, ...]] = set()
    for name, sample in played.samples.items():
        Probe(played, sample, bodies[name], known, found, seen).run()
    return {path: uses for path, uses in found.items() if not _is_vague(path, uses, found)}


def _is_vague(path: str, uses: Uses, found: Mapping[str, Uses]) -> bool:
    """Whether it is only known to be read, and what is read in it is known."""
    return uses.others == [CHECKED] and not uses.fields and any(one.startswith(f"{path}.") for one in found)


@dataclass(frozen=True)
class Body:
    """A body as a tree of objects and lists; of a form, its values by place and name."""

    tree: Any
    form: bool

    def bytes(self) -> bytes:
        if not self.form:
            return jsontext.encode(self.tree)
        return urlencode([(name, value or "") for (_, name), value in self.tree.items()]).encode()

    def shown(self, path: Path) -> str:
        """The path as people write it: ``items[].price``."""
        if self.form:
            levels = split_name(path[0][1])
            return levels[0] + "".join(
                "[]" if level == "" or level.isdigit() else f"[{level}]" for level in levels[1:]
            )
        text = "".join("[]" if isinstance(step, int) else f".{step}" for step in path)
        return text.removeprefix(".")


@dataclass(frozen=True)
class Probe:
    """One fixture, changed again and again."""

    played: Played
    sample: Fixture
    body: Body
    known: Mapping[str, Sequence[Any]]
    found: dict[str, Uses]
    seen: set[tuple[Any, ...]]
    """What needs no second look: the same field where the same facts come out."""

    def run(self) -> None:
        base = self._read(self.body.bytes(), self.sample.headers)
        if base.refused or base.type not in self.played.manifest.events:
            return
        for name, value in self.sample.headers.items():
            if name.lower() != "content-type":
                self._try(
                    base, f"header {name}", [(self.sample.body, {**self.sample.headers, name: f"x{value}"})]
                )
        self._walk(base, ())

    def _walk(self, base: Reading, path: Path) -> None:
        value = _at(self.body.tree, path)
        if path and ((base.type, base.names, self.body.shown(path)) in self.seen):
            return
        if path and self._is_unread(base, path, value):
            return
        if isinstance(value, dict):
            for name in value:
                self._walk(base, (*path, name))
        elif isinstance(value, list):
            for number in range(len(value)):
                self._walk(base, (*path, number))
        else:
            self._leaf(base, path, value)

    def _is_unread(self, base: Reading, path: Path, value: Any) -> bool:
        """Whether it makes no difference that the value is missing, nor that it is another one."""
        if self._read(self._without(path), self.sample.headers) != base:
            return False
        others = [] if isinstance(value, dict | list) else _others(value, ())
        return all(self._read(self._with(path, other), self.sample.headers) == base for other in others)

    def _leaf(self, base: Reading, path: Path, value: Any) -> None:
        shown = self.body.shown(path)
        self.seen.add((base.type, base.names, shown))
        others = [self._with(path, other) for other in _others(value, self.known.get(shown, ()))]
        self._try(base, shown, [(body, self.sample.headers) for body in [*others, self._without(path)]])

    def _try(self, base: Reading, shown: str, requests: Sequence[tuple[bytes, Mapping[str, str]]]) -> None:
        """The first change that shows where the field goes counts; else what the changes have in common."""
        readings = [self._read(*request) for request in requests]
        uses = Uses()
        for reading in readings:
            if reading.type != base.type and not reading.refused:
                uses.note_other(TYPE)
                break
            if reading.key != base.key and not reading.refused:
                uses.note_other(KEY)
            if not reading.refused and reading.names == base.names and reading.facts != base.facts:
                uses.note(_changed(base, reading))
                break
        if not uses.fields and TYPE not in uses.others:
            if any(not one.refused and one.names != base.names for one in readings):
                uses.note_other(DECIDES)
            elif not uses.others and any(one.refused for one in readings):
                uses.note_other(CHECKED)
        self._keep(shown, uses)

    def _keep(self, shown: str, uses: Uses) -> None:
        if uses.fields or uses.others:
            kept = self.found.setdefault(shown, Uses())
            for name, facts in uses.fields.items():
                kept.note((fact, name) for fact in facts)
            for use in uses.others:
                kept.note_other(use)
            if CHECKED in kept.others and (kept.fields or len(kept.others) > 1):
                kept.others.remove(CHECKED)

    def _read(self, body: bytes, headers: Mapping[str, str]) -> Reading:
        manifest = self.played.manifest
        inbound = self.played.inbound(self.sample, body, headers)
        try:
            event = manifest.event_type(inbound) if manifest.event_type else None
            key = manifest.event_key(inbound) if manifest.event_key else None
            facts = self.played.parse(inbound) if event in manifest.events else ()
        except RequestError:
            return Reading(refused=True)
        key = None if _is_hash(key) else key
        flat = {
            (type(fact).__name__, number, name): value
            for number, fact in enumerate(facts)
            for name, value in _flat(describe(fact))
        }
        return Reading(event, key, tuple(type(fact).__name__ for fact in facts), flat)

    def _with(self, path: Path, value: Any) -> bytes:
        return Body(_replaced(self.body.tree, path, value), self.body.form).bytes()

    def _without(self, path: Path) -> bytes:
        return self._with(path, ABSENT)


def _body(sample: Fixture) -> Body:
    if sample.headers.get("Content-Type") == FORM:
        pairs = read_pairs(sample.body)
        return Body({(place, name): value for place, (name, value) in enumerate(pairs)}, form=True)
    return Body(jsontext.decode(sample.body), form=False)


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield from _leaves(inner, (*path, step))
    if not isinstance(value, dict | list):
        yield path, value


def _at(tree: Any, path: Path) -> Any:
    for step in path:
        tree = tree[step]
    return tree


def _replaced(tree: Any, path: Path, value: Any) -> Any:
    """The tree with another value at that place; without it for ``ABSENT``."""
    if not path:
        return value
    step, *rest = path
    inner = _replaced(tree[step], tuple(rest), value)
    if isinstance(tree, dict):
        return {
            key: inner if key == step else old
            for key, old in tree.items()
            if not (key == step and inner is ABSENT)
        }
    return [inner if i == step else old for i, old in enumerate(tree) if not (i == step and inner is ABSENT)]


def _others(value: Any, known: Sequence[Any]) -> list[Any]:
    """Values that could stand there instead, the likeliest first."""
    match value:
        case bool():
            likely: list[Any] = [not value]
        case int() | Decimal():
            likely = [value + 1, value - 1]
        case None:
            likely = ["x", 1]
        case str():
            likely = _other_texts(value)
        case _:
            likely = []
    return [*likely, *(one for one in known if one != value)]


def _other_texts(text: str) -> list[str]:
    if AMOUNT.fullmatch(text):
        number = Decimal(text.replace(",", "."))
        return [
            str(changed).replace(".", "," if "," in text else ".") for changed in (number + 1, number - 1)
        ]
    if TIME.match(text):
        return [text.replace(text[:4], str(int(text[:4]) - 1), 1)]
    if len(text) == 3 and text.isalpha():
        other = "USD" if text.upper() == "EUR" else "EUR"
        return [other if text.isupper() else other.lower(), f"x{text}"]
    if text in ("true", "false"):
        return ["false" if text == "true" else "true"]
    return [f"x{text}", f"{text}x"]


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """The members of a fact by name; of lists with their numbers, of further fields none."""
    if isinstance(value, dict) and name != "extra":
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}".removeprefix("."))
    elif isinstance(value, list) and any(isinstance(inner, dict) for inner in value):
        for number, inner in enumerate(value):
            yield from _flat(inner, f"{name}[{number}]")
    else:
        yield name, json.dumps(value, default=str)


def _changed(base: Reading, other: Reading) -> Iterator[tuple[str, str]]:
    """Facts and fields that are not the same in both; lists without their numbers."""
    for place in {**base.facts, **other.facts}:
        if base.facts.get(place) != other.facts.get(place):
            fact, _, name = place
            yield fact, re.sub(r"\[\d+\]", "[]", name)


def _is_hash(key: str | None) -> bool:
    """Whether an event's id is a hash over the body, which any change changes."""
    return key is not None and re.search(r"[0-9a-f]{64}", key) is not None
