"""Samples with something wrong in them: members taken away, replaced by what no provider promised, or bytes
that are cut and spoilt."""

import copy
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlencode

from hypothesis import strategies as st

from hub.registry.fixtures import Fixture
from hub.support import jsontext

HUGE = "x" * 20_000
JUNK: tuple[Any, ...] = (
    None,
    True,
    "",
    " ",
    "0",
    "-1.00",
    "NaN",
    "1e400",
    "1_000",
    "٣",
    "ä\u0301💶\u202e",
    "a\0b",
    "\ud800",
    HUGE,
    "9" * 400,
    "2026-02-30T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    0,
    -1,
    10**40,
    Decimal("0.1"),
    Decimal("1e300"),
    [],
    {},
    [None],
    [[]],
    [{}],
    {"id": 1},
    {"": ""},
)

TEXTS = st.text(st.sampled_from("aZ09 -_.,:@/%+\n\x7fäß٣💶\u202e"), max_size=20)
"""Of these letters only: for all of Unicode Hypothesis would first write a table."""

CHANGES = st.sampled_from((1, 1, 1, 2, 3))
"""How much is changed at once: what goes wrong is then told in few words."""

SPOILT = (
    b"",
    b" ",
    b"\xff\xfe",
    b"null",
    b"[]",
    b"7",
    b'""',
    b"{}",
    b'{"a":1,"a":2}',
    b"[" * 5000,
    b"a=%zz&&=",
)


@dataclass(frozen=True)
class Mutation:
    """A spoilt sample, and what was done to it."""

    sample: Fixture
    body: bytes
    what: str


def tree_of(body: bytes) -> Any:
    """The body's JSON as objects and lists; ``None`` for anything else."""
    try:
        tree = jsontext.decode(body)
    except jsontext.JsonError:
        return None
    return tree if isinstance(tree, dict | list) else None


def written(tree: Any) -> bytes:
    """The tree as JSON, with every digit where that can be written."""
    try:
        return jsontext.encode(tree)
    except (TypeError, ValueError, OverflowError):
        return json.dumps(tree, default=str).encode()


def pairs_of(body: bytes) -> list[tuple[str, str]]:
    """The fields of a form."""
    return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of everything inside a tree."""
    inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    found = [(*path, key) for key, _ in inside]
    return found + [deep for key in found for deep in places(node[key[-1]], key)]


@st.composite
def mutations(draw: st.DrawFn, samples: list[Fixture]) -> Mutation:
    """One to three changes of a sample, or a body that is no such thing at all."""
    sample = draw(st.sampled_from(samples))
    how = draw(st.integers(0, 9))
    if how == 0:
        body = draw(st.sampled_from(SPOILT))
        return Mutation(sample, body, f"with the body {body[:20]!r}")
    if how == 1:
        length = draw(st.integers(0, len(sample.body)))
        return Mutation(sample, sample.body[:length], f"cut after {length} bytes")
    tree = tree_of(sample.body)
    return _changed_tree(draw, sample, tree) if tree is not None else _changed_form(draw, sample)


def _changed_tree(draw: st.DrawFn, sample: Fixture, tree: Any) -> Mutation:
    done = []
    for _ in range(draw(CHANGES)):
        paths = places(tree)
        if not paths:
            break
        *above, last = draw(st.sampled_from(paths))
        owner = tree
        for key in above:
            owner = owner[key]
        shown = ".".join(map(str, (*above, last)))
        if draw(st.integers(0, 2)) == 0:
            del owner[last]
            done.append(f"without {shown}")
        else:
            value = draw(st.one_of(st.sampled_from(JUNK), TEXTS, st.integers()))
            owner[last] = copy.deepcopy(value)
            done.append(f"with {shown} = {_short(value)}")
    return Mutation(sample, written(tree), " and ".join(done) or "unchanged")


def _changed_form(draw: st.DrawFn, sample: Fixture) -> Mutation:
    pairs = pairs_of(sample.body)
    done = []
    for _ in range(draw(CHANGES)):
        if not pairs:
            break
        at = draw(st.integers(0, len(pairs) - 1))
        name = pairs[at][0]
        how = draw(st.integers(0, 3))
        if how == 0:
            del pairs[at]
            done.append(f"without {name}")
            continue
        value = draw(st.one_of(st.sampled_from([one for one in JUNK if isinstance(one, str)]), TEXTS))
        if how == 1:
            pairs.append((name, value))
            done.append(f"with a second {name} = {_short(value)}")
        else:
            pairs[at] = (name, value)
            done.append(f"with {name} = {_short(value)}")
    return Mutation(sample, urlencode(pairs, errors="replace").encode(), " and ".join(done) or "unchanged")


def with_type(body: bytes, known: str, other: str) -> bytes:
    """The body with another type in it, wherever the known one is a whole value."""
    tree = tree_of(body)
    if tree is not None:
        return written(_replaced(tree, known, other))
    pairs = pairs_of(body)
    if any(value == known for _, value in pairs):
        return urlencode([(name, other if value == known else value) for name, value in pairs]).encode()
    return body


def _replaced(node: Any, known: str, other: str) -> Any:
    if isinstance(node, dict):
        return {key: _replaced(value, known, other) for key, value in node.items()}
    if isinstance(node, list):
        return [_replaced(value, known, other) for value in node]
    return other if node == known and isinstance(node, str) else node


def _short(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 40 else f"{shown[:37]}…"
