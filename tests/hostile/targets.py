"""What is fuzzed: each target takes bytes and raises for anything but a refusal that the contract has.
Sources are found among the installed plugins, so that a new one is fuzzed like the others."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import hub
from hub.contract import forms, mapping, multipart
from hub.contract.errors import RequestError
from hub.contract.masking import mask_fields
from hub.contract.outcome import Outcome, OutcomeKind
from hub.contract.proofs import FormKey
from hub.contract.reading import Payload, read_json
from hub.pipeline.judging import Judgement, outcome_of, proved
from hub.registry.discovery import discover
from hub.support import jsontext
from hub.support.redaction import MASK
from hub.testing import load
from hub.testing.requests import NOBODY, Reader, inbound_of, reader
from hub.testing.wellformed import faults, floats

from . import schemes, stretching
from .written import NOW, read, written

UNIT = "\x1f"
KEY_FIELD = "api_key"


class BrokenError(AssertionError):
    """A target did what it must not do."""


@dataclass(frozen=True)
class Target:
    """Something that takes bytes, and bytes to begin with."""

    name: str
    run: Callable[[bytes], None]
    seeds: Sequence[bytes]


def targets() -> dict[str, Target]:
    """All of them by name."""
    made = [
        Target("jsontext", _jsontext, [b'{"a":[1,2.50,"\\u0000",null,true,-1e5]}']),
        Target("reading", _reading, [b'{"a":["12.50","2026-05-21T10:00:00Z","a@b.de","EUR",7,true]}']),
        Target("forms", _forms, _form_seeds()),
        Target("masking", _masking, _form_seeds()),
        Target("mapping", _mapping, [_MAPPING_SEED]),
        Target("stretching", _stretching, [f"{name}{UNIT}a{UNIT}1{UNIT}x".encode() for name in READINGS]),
    ]
    made += [
        Target(f"scheme-{name}", _scheme(scheme), list(schemes.samples(scheme)))
        for name, scheme in schemes.installed().items()
    ]
    made += [_source(slug) for slug, one in discover().installed.items() if one.manifest.is_source]
    return {target.name: target for target in made}


READINGS = list(stretching.READINGS)

_MAPPING_SEED = (
    b"total = betrag | decimal_comma\ncustomer.email = fields.email\n"
    b'event = "sale"\nat = d.0.t | unix_time\n\n'
    b'{"betrag":"1.234,56","fields":{"email":"a@b.de"},"d":[{"t":1779357600}],"x.y":1}'
)


def _form_seeds() -> list[bytes]:
    parted = (
        b"multipart/form-data; boundary=x\n--x\r\ncontent-disposition: form-data; "
        b'name="api_key"\r\n\r\n1\r\n--x\r\nContent-Disposition: form-data; name="a[b]"\r\n\r\n2\r\n--x--'
    )
    plain = forms.MEDIA_TYPE.encode() + b"\napi_key=1&a%5Bb%5D=2&items[][sku]=A&items[][sku]=B&bare"
    return [parted, plain]


def _jsontext(data: bytes) -> None:
    try:
        value = jsontext.decode(data)
    except jsontext.JsonError:
        return
    _require(not list(floats(value, "")), "a float")
    _require(jsontext.decode(jsontext.encode(value)) == value, "what was written is read as something else")


def _reading(data: bytes) -> None:
    try:
        payload = read_json(data)
    except RequestError:
        return
    for node in _nodes(payload):
        for name in READINGS:
            kind, _, method = name.partition(".")
            if method:
                _read(getattr(node if kind == "Payload" else node.optional, method))


def _read(method: Callable[..., Any]) -> None:
    given = {"money": ("EUR",), "minor_units": ("JPY",), "choice": ("a", "b")}.get(method.__name__, ())
    try:
        value = method(*given)
    except RequestError:
        return
    _require(not isinstance(value, float), f"{method.__name__} gives a float")
    if isinstance(value, Decimal):
        _require(len(str(value)) < 4 * jsontext.MAX_EXPONENT, "a number without end")


def _nodes(payload: Payload) -> list[Payload]:
    found, waiting = [], [payload]
    while waiting and len(found) < 40:
        node = waiting.pop()
        found.append(node)
        value = node.raw()
        if isinstance(value, dict):
            waiting += [node[key] for key in value]
        elif isinstance(value, list):
            waiting += node.items()
    return found


def _forms(data: bytes) -> None:
    kind, _, body = data.partition(b"\n")
    for read_as in (forms.read_form, lambda raw: multipart.read_multipart(raw, kind.decode("latin-1"))):
        try:
            value = read_as(body).raw()
        except RequestError:
            continue
        jsontext.decode(jsontext.encode(value))


def _masking(data: bytes) -> None:
    """What the form says in a field that is a credential is never kept."""
    kind, _, body = data.partition(b"\n")
    told = kind.decode("latin-1")
    headers = {"Content-Type": told}
    key = FormKey(parameter=KEY_FIELD).presented(inbound_as(body, headers))
    if key is None:
        return
    kept = mask_fields(body, told, {KEY_FIELD})
    left = FormKey(parameter=KEY_FIELD).presented(inbound_as(kept, headers))
    _require(left in (None, MASK), f"the key {key[:40]!r} is kept: {left!r}")


def inbound_as(body: bytes, headers: dict[str, str]) -> hub.Inbound:
    """A request with this body."""
    return hub.Inbound(received_at=NOW, body=body, headers=hub.Headers(headers.items()))


def _mapping(data: bytes) -> None:
    lines, _, body = data.partition(b"\n\n")
    try:
        rules = mapping.read_rules(lines.decode("utf-8", "replace").split("\n"))
        sent = read_json(body).object()
        before = json.dumps(sent, default=str)
        made = mapping.mapped(sent, rules, NOW.tzinfo or NOW.astimezone().tzinfo)
    except (RequestError, ValueError):
        return
    _require(json.dumps(sent, default=str) == before, "what was sent is changed")
    _require(not list(floats(made, "")), "a float")
    jsontext.encode(made)
    mapping.paths_of(sent)
    _require(mapping.read_rules(map(str, rules)) == rules, "the rules are written as other ones")


def _stretching(data: bytes) -> None:
    name, beginning, piece, end = (data.decode("utf-8", "replace").split(UNIT) + [""] * 4)[:4]
    reading = stretching.READINGS.get(name)
    if reading is not None and piece and len(beginning + piece + end) < 40:
        slow = stretching.is_slow(reading, beginning, piece, end)
        _require(not slow, f"{name} is slow for {(beginning, piece, end)!r}")


def _scheme(scheme: hub.Scheme) -> Callable[[bytes], None]:
    def run(data: bytes) -> None:
        _require(not schemes.is_forged(scheme, read(data)), "what nobody signed is taken")

    return run


def _source(slug: str) -> Target:
    """Everything that a source does with what it is sent, before anything is stored."""
    adapter = load(slug)
    usual = reader(adapter)
    seeds = [written(_bare(adapter, sample)) for sample in adapter.fixtures.values()]
    readers = (usual, _permissive(usual))

    def run(data: bytes) -> None:
        inbound = inbound_of(adapter, read(data))
        for one in readers:
            judged = one.judge(inbound)
            _require(judged.kind is not OutcomeKind.FAILED, judged.traceback or "")
            for fact in judged.facts:
                _require(not (wrong := faults(fact)), f"half a fact: {wrong}")
            doubt = proved(inbound, one.target)
            _require(not isinstance(doubt, Judgement) or doubt.status < 500, "authenticate falls")
            _answered(one, inbound, judged)
        if hasattr(adapter.plugin, "locate"):
            _read(lambda: usual.target.hooks.locate(inbound=inbound))

    return Target(f"source-{slug}", run, seeds)


def _bare(adapter: Any, sample: Any) -> hub.Outgoing:
    kinds = adapter.manifest.content_types or ("application/json",)
    return hub.Outgoing(body=sample.body, headers={"Content-Type": kinds[0], **sample.headers})


def _permissive(usual: Reader) -> Reader:
    """With every switch of the settings on: forms, keys in fields, whatever the source has."""
    settings = usual.target.connection.settings
    on = {name: True for name, field in type(settings).model_fields.items() if field.annotation is bool}
    connection = replace(usual.target.connection, settings=settings.model_copy(update=on))
    return replace(usual, target=replace(usual.target, connection=connection))


def _answered(one: Reader, inbound: hub.Inbound, judged: Judgement) -> None:
    """``respond`` takes every outcome."""
    if not hasattr(one.adapter.plugin, "respond"):
        return
    outcome: Outcome = outcome_of(judged, NOBODY)
    one.target.hooks.respond(inbound=inbound, outcome=replace(outcome, connection=one.target.connection))


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise BrokenError(what)
