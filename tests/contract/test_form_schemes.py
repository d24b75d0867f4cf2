"""Signatures that stand in a form, and two schemes at one address."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hub
from hub.contract.schemes import ByHeader, Hmac, SortedParameters, TimestampedHmac

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SORTED = SortedParameters(parameter="sha_sign", also=("SHASIGN",))
UPPER = replace(SORTED, uppercase_names=True)
EITHER = replace(SORTED, uppercase_names=None)
BODY = b"order_id=ORD-1&product_id=42&note="
VECTORS = Path(__file__).parents[3] / "shared" / "payloads" / "digistore24" / "ipn-signature-vectors.json"
MINE = VECTORS.is_file()


@pytest.fixture(scope="session")
def signed(arrived):
    """The request that a sender with this secret would make."""

    def signed(body=BODY, secret="s3cret", scheme=SORTED):
        return arrived(scheme.sign(hub.Outgoing(body=body), secret, NOW).body)

    return signed


def code_of(scheme, inbound, connection):
    with pytest.raises(hub.AuthenticationError) as caught:
        scheme.verify(inbound, connection)
    assert caught.value.message
    return caught.value.code


# Published at https://github.com/digistore24/ds24-appkit (lib/digistore/ipn-vectors.json).
PUBLISHED = "9A23DE2603A33D17D935908580B5DB90C452DE8E68556E2A4AD96F1C3EC3BFD2EE3AE47B819B96286812224FBCED943D0ACF48C8C20CA57570E2263B6ABAF099"  # noqa: E501 - a hash cannot be broken


@pytest.mark.parametrize(
    "body",
    [
        b"product_id=42&order_id=ORD-1",
        b"order_id=ORD-1&note=&bare&product_id=42",
        b"order_id=x&product_id=42&order_id=ORD-1",
    ],
)
def test_order_empty_fields_and_first_values_do_not_count(arrived, connected, body):
    connection = connected("s3cret-passphrase")
    for name in ("sha_sign", "SHASIGN"):
        SORTED.verify(arrived(body + f"&{name}={PUBLISHED}".encode()), connection)
    SORTED.verify(arrived(body + f"&sha_sign={PUBLISHED.lower()}".encode()), connection)


@pytest.mark.skipif(not MINE, reason="the published vectors are tried where a file with them is at hand")
def test_every_published_vector_holds(arrived, connected):
    told = json.loads(VECTORS.read_text("utf-8"))
    assert len(told["vectors"]) == 9
    for vector in told["vectors"]:
        scheme = UPPER if vector["uppercaseKeys"] else SORTED
        fields = {name: value for name, value in vector["params"].items() if name != "sha_sign"}
        body = urlencode({**fields, "sha_sign": vector["expected"]}).encode()
        scheme.verify(arrived(body), connected(told["passphrase"]))
        unsigned = urlencode(vector["params"]).encode()
        outgoing = scheme.sign(hub.Outgoing(body=unsigned), told["passphrase"], NOW)
        assert outgoing.body.endswith(f"&sha_sign={vector['expected']}".encode())


FIELDS = st.dictionaries(st.text(min_size=1, max_size=8), st.text(min_size=1, max_size=8), min_size=1)
SECRETS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=20)


@settings(max_examples=60, deadline=None)
@given(fields=FIELDS, secret=SECRETS)
def test_what_is_signed_is_accepted_with_this_secret_alone(signed, connected, fields, secret):
    inbound = signed(urlencode(fields).encode(), secret)
    SORTED.verify(inbound, connected(secret))
    assert code_of(SORTED, inbound, connected(secret + "x")) == "invalid_signature"


def test_a_form_of_empty_fields_is_refused(arrived, connected):
    """Nothing would be hashed but an empty text, which needs no secret."""
    known_to_all = hashlib.sha512(b"").hexdigest()
    forged = arrived(f"event=&sha_sign={known_to_all}".encode())
    assert code_of(SORTED, forged, connected("s3cret")) == "malformed_signature"


def test_one_flipped_bit_is_refused(signed, connected, arrived):
    body, connection = signed(b"order_id=ORD-1&amount=49.00").body, connected("s3cret")
    for bit in range(8 * len(body)):
        changed = bytearray(body)
        changed[bit // 8] ^= 1 << bit % 8
        if bytes(changed).lower() != body.lower():  # the hash itself may stand in either case
            code_of(SORTED, arrived(bytes(changed)), connection)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "malformed_signature"),
        (b"order_id=%FF&sha_sign=00", "malformed_signature"),
        (b"order_id=1&sha_sign=xyz", "malformed_signature"),
        (b"order_id=1&sha_sign=%20", "malformed_signature"),
        (b"order_id=1", "missing_signature"),
        (b"order_id=1&sha_sign=", "missing_signature"),
        (b"order_id=1&sha_sign", "missing_signature"),
        (b'{"sha_sign": "00"}', "missing_signature"),
        (b"order_id=1&sha_sign=00", "invalid_signature"),
        (b"order_id=1&sha_sign=" + b"00" * 64, "invalid_signature"),
    ],
)
def test_each_refusal_says_why(arrived, connected, body, code):
    assert code_of(SORTED, arrived(body), connected("s3cret")) == code


def test_further_fields_are_signed_too(signed, connected):
    inbound = signed()
    more = replace(inbound, body=b"amount=1&" + inbound.body)
    assert code_of(SORTED, more, connected("s3cret")) == "invalid_signature"
    last = replace(inbound, body=inbound.body + b"&order_id=ORD-2")
    assert code_of(SORTED, last, connected("s3cret")) == "invalid_signature"


def test_secrets_are_rotated_and_asked_for(signed, connected):
    old = {"value": "old", "expires_at": NOW + timedelta(seconds=1)}
    for secret in ("old", "new"):
        SORTED.verify(signed(secret=secret), connected("new", old))
    expired = {"value": "old", "expires_at": NOW}
    assert code_of(SORTED, signed(secret="old"), connected("new", expired)) == "invalid_signature"
    assert code_of(SORTED, signed(), connected()) == "no_secret"


def test_names_may_count_in_upper_case(signed, connected):
    mixed = b"order_id=1&Z=2&a=3"
    plain, upper = signed(mixed, scheme=SORTED), signed(mixed, scheme=UPPER)
    for inbound in (plain, upper):
        EITHER.verify(inbound, connected("s3cret"))
        assert code_of(EITHER, inbound, connected("other")) == "invalid_signature"
    assert code_of(SORTED, upper, connected("s3cret")) == "invalid_signature"
    assert code_of(UPPER, plain, connected("s3cret")) == "invalid_signature"
    assert signed(mixed, scheme=EITHER).body == plain.body


def test_signing_again_replaces_the_signature(signed):
    assert signed(signed(secret="other").body).body == signed().body


BOTH = ByHeader(
    header="X-New-Id", present=TimestampedHmac(header="X-New"), absent=Hmac(header="X-Old", encoding="base64")
)


@pytest.mark.parametrize(("headers", "name"), [({}, "X-Old"), ({"x-new-id": "7"}, "X-New")])
def test_the_header_chooses_the_scheme(arrived, connected, headers, name):
    outgoing = BOTH.sign(hub.Outgoing(body=b"{}", headers=headers), "s3cret", NOW)
    assert set(outgoing.headers) == {*headers, name}
    BOTH.verify(arrived(b"{}", dict(outgoing.headers)), connected("s3cret"))
    assert code_of(BOTH, arrived(b"{} ", dict(outgoing.headers)), connected("s3cret")) == "invalid_signature"


def test_the_header_proves_nothing(arrived, connected):
    old = BOTH.sign(hub.Outgoing(body=b"{}"), "s3cret", NOW)
    moved = arrived(b"{}", {**old.headers, "X-New-Id": "7"})
    assert code_of(BOTH, moved, connected("s3cret")) == "missing_signature"
    assert code_of(BOTH, arrived(b"{}", {"X-New-Id": "7"}), connected("s3cret")) == "missing_signature"
    assert code_of(BOTH, arrived(b"{}"), connected("s3cret")) == "missing_signature"
    assert isinstance(BOTH, hub.Scheme)
    assert not BOTH.timestamped
