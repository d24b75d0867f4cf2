"""Markup in every text that a sender controls: each sample of each source, with as many of its texts replaced
as the source still takes."""

import copy
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import hub
from hub.contract.outcome import OutcomeKind
from hub.registry.discovery import discover
from hub.registry.fixtures import Fixture
from hub.testing import load
from hub.testing.mutating import pairs_of, places, tree_of
from hub.testing.requests import Reader, inbound_of, reader

MARKUP = (
    "\"'><x-planted></x-planted><img src=x onerror=planted()><svg onload=planted()>"
    "<script>planted()</script></textarea></title></style>{{7*7}}${7*7}"
    '<a href="javascript:planted()" onclick=planted() autofocus onfocus=planted()>=1+1</a>'
)
"""Ends attributes, texts and elements of every kind, and runs a script wherever it is taken for markup."""

ADDRESS = "javascript:planted()//"
"""For what is shown as a link."""

TAKEN = (OutcomeKind.PROCESSED, OutcomeKind.PARKED, OutcomeKind.IGNORED)


def requests_of(slug: str) -> Iterator[hub.Outgoing]:
    """A planted request for each kind of event of the source."""
    adapter = load(slug)
    reading = reader(adapter)
    seen = set()
    for sample in adapter.fixtures.values():
        if sample.event not in seen:
            seen.add(sample.event)
            yield _planted(reading, sample, adapter)


def sources() -> list[str]:
    """The sources that are installed."""
    return sorted(slug for slug, one in discover().installed.items() if one.manifest.is_source)


def _planted(reading: Reader, sample: Fixture, adapter: Any) -> hub.Outgoing:
    kinds = adapter.manifest.content_types or ("application/json",)
    headers = {"Content-Type": kinds[0], **sample.headers}
    usual = _kind(reading, adapter, hub.Outgoing(body=sample.body, headers=headers))
    body = sample.body
    for candidate in (_of_tree, _of_form):
        for made in candidate(sample.body):
            body = made(lambda raw: _kind(reading, adapter, hub.Outgoing(body=raw, headers=headers)) == usual)
    return hub.Outgoing(body=body, headers={**headers, "User-Agent": MARKUP, "X-Planted": MARKUP})


def _kind(reading: Reader, adapter: Any, outgoing: hub.Outgoing) -> OutcomeKind:
    return reading.judge(inbound_of(adapter, outgoing)).kind


def _of_tree(body: bytes) -> Iterator[Any]:
    tree = tree_of(body)
    if tree is not None:
        yield lambda fits: _replaced_in_tree(tree, fits)


def _replaced_in_tree(tree: Any, fits: Any) -> bytes:
    for path in places(tree):
        *above, last = path
        owner = tree
        for key in above:
            owner = owner[key]
        if not isinstance(before := owner[last], str):
            continue
        whole = ADDRESS if before.startswith("http") else MARKUP
        for text in (f"{before}{MARKUP}",) if "id" in str(last) else (whole, f"{before}{MARKUP}"):
            owner[last] = text
            if fits(_json(tree)):
                break
            owner[last] = before
    extra = copy.deepcopy(tree)
    if isinstance(extra, dict):
        extra |= {MARKUP: MARKUP, "note": {MARKUP: [MARKUP]}}
    return _json(extra) if fits(_json(extra)) else _json(tree)


def _json(tree: Any) -> bytes:
    return json.dumps(tree, default=lambda number: float(number)).encode()


def _of_form(body: bytes) -> Iterator[Any]:
    if tree_of(body) is None:
        yield lambda fits: _replaced_in_form(pairs_of(body), fits)


def _replaced_in_form(pairs: list[tuple[str, str]], fits: Any) -> bytes:
    for at, (name, before) in enumerate(pairs):
        pairs[at] = (name, MARKUP)
        if not fits(urlencode(pairs).encode()):
            pairs[at] = (name, before)
    return urlencode(pairs).encode()
