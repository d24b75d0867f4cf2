"""Every signature scheme, and what a request has to carry to be taken: what the scheme itself would have
signed it with."""

import base64
import binascii
import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import hub
from hub.contract import schemes
from hub.contract.proofs import FormKey, Permitted
from hub.contract.schemes import hash_key
from hub.registry.discovery import discover
from hub.testing.door import made_secret

from .written import NOW, inbound, written

SECRET = made_secret(1)
SHORTEST = 16
"""Bytes of a proof; anything shorter is no signature."""

FORM = "application/x-www-form-urlencoded"
TENANT = hub.Tenant(slug="hostile", number=1, name="Hostile GmbH")
HMAC = schemes.Hmac(header="X-Signature", prefix="sha256=")
STAMPED = schemes.TimestampedHmac(header="X-Stamped")
KEY = schemes.ApiKey(header="X-Api-Key", query="key")


class Ways(hub.SignedSettings):
    """Settings that allow every further way."""

    basic: bool = True
    token: bool = True
    field: bool = True


OWN: Mapping[str, hub.Scheme] = {
    "hmac": HMAC,
    "hmac-base64": schemes.Hmac(header="X-Signature", encoding="base64", digest="sha512", also=("X-Old",)),
    "timestamped": STAMPED,
    "standard-webhooks": schemes.StandardWebhooks(),
    "api-key": KEY,
    "shared-token": schemes.SharedToken(header="X-Token", prefix="Bearer "),
    "basic": schemes.Basic(user="hub"),
    "url-token": schemes.UrlToken(),
    "sorted-parameters": schemes.SortedParameters(parameter="sign", also=("SIGN",), uppercase_names=None),
    "by-header": schemes.ByHeader(header="X-New", present=STAMPED, absent=HMAC),
    "form-key": FormKey(parameter="api_key"),
    "permitted": Permitted(
        first=HMAC,
        further={
            "basic": schemes.Basic(),
            "token": schemes.UrlToken(),
            "field": FormKey(parameter="api_key"),
        },
    ),
}
"""One of each scheme of the contract."""


def installed() -> dict[str, hub.Scheme]:
    """The schemes of the contract, and those of the installed sources."""
    found = discover().installed.items()
    theirs = {f"of-{slug}": one.manifest.scheme for slug, one in found if one.manifest.scheme is not None}
    return {**OWN, **theirs}


def trusting() -> hub.Connection:
    """A connection that knows the secret, as a key too."""
    settings = Ways.model_validate({"secrets": [SECRET]})
    return hub.Connection(
        tenant=TENANT, plugin="hostile", name="default", settings=settings, credentials=(hash_key(SECRET),)
    )


def samples(scheme: hub.Scheme) -> Iterator[bytes]:
    """Requests that the scheme takes, to begin with."""
    for body, kind in ((b'{"id": 1, "total": "9.90"}', "application/json"), (b"id=1&name=a+b", FORM)):
        for more in ({}, {"X-New": "1", "X-Cope-Event-Id": "1"}):
            bare = hub.Outgoing(body=body, headers={"Content-Type": kind, **more})
            for one in (scheme, *(scheme.further.values() if isinstance(scheme, Permitted) else ())):
                with contextlib.suppress(hub.AuthenticationError):  # a form's signature needs a form
                    yield written(one.sign(bare, SECRET, NOW))


def is_forged(scheme: hub.Scheme, outgoing: hub.Outgoing) -> bool:
    """Whether the scheme takes a request that does not carry what it would have been signed with. Raises
    what is no refusal."""
    try:
        scheme.verify(inbound(outgoing), trusting())
    except hub.AuthenticationError:
        return False
    carried = _carried(outgoing)
    if SECRET.encode() in carried:
        return False
    return all(_proofs(scheme, outgoing, at) - carried for at in _times(outgoing))


def _proofs(scheme: hub.Scheme, outgoing: hub.Outgoing, at: datetime) -> set[bytes]:
    """What the request would carry, had it been signed then."""
    headers = {name.lower().replace("svix-", "webhook-"): text for name, text in outgoing.headers.items()}
    made = scheme.sign(replace(outgoing, headers=headers), SECRET, at)
    decoded = (next(_decoded(part), b"") for part in _parts(made))
    return {one for one in decoded if len(one) >= SHORTEST}


def _times(outgoing: hub.Outgoing) -> list[datetime]:
    stamps = re.findall(r"[0-9]{9,12}", " ".join(outgoing.headers.values()))
    return [NOW, *(datetime.fromtimestamp(int(stamp), UTC) for stamp in stamps if int(stamp) < 2 * 10**9)]


def _parts(outgoing: hub.Outgoing) -> set[str]:
    """Every value of the request, and the pieces of it."""
    fields = parse_qsl(outgoing.body.decode("utf-8", "replace"))
    values = [*outgoing.headers.values(), *outgoing.query.values(), *(value for _, value in fields)]
    parts = {part.strip() for value in values for part in (value, *re.split(r"[,\s]+", value))}
    return parts | {part.partition("=")[2] for part in parts}


def _carried(outgoing: hub.Outgoing) -> set[bytes]:
    """The pieces, and what they are the hex or base64 of."""
    parts = _parts(outgoing)
    decoded = {made for part in parts for made in _decoded(part)}
    return {
        *(part.encode("utf-8", "replace") for part in parts),
        *decoded,
        *(made.rpartition(b":")[2] for made in decoded),
    }


def _decoded(text: str) -> Iterator[bytes]:
    """The bytes that it is the hex of, then those that it is the base64 of."""
    with contextlib.suppress(binascii.Error, ValueError):
        yield binascii.unhexlify(text)
    with contextlib.suppress(binascii.Error, ValueError):
        yield base64.b64decode(text, validate=True)
