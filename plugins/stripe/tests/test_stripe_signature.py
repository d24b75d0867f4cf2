"""Only what Stripe signed, in time, with a secret that counts, is let in."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hub_stripe.scheme import HEADER, StripeSignature
from hypothesis import given
from hypothesis import strategies as st

import hub

SECRET = "whsec_musterfirma"
BODY = '{"id":"evt_1","name":"Jörg Weiß"}'.encode()
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SCHEME = StripeSignature()
REFUSALS = {
    "missing_signature",
    "malformed_signature",
    "stale_timestamp",
    "future_timestamp",
    "invalid_signature",
    "no_secret",
}


def signed(at=NOW, secret=SECRET, body=BODY):
    return SCHEME.sign(hub.Outgoing(body=body), secret, at).headers[HEADER]


@pytest.fixture
def verify(inbound, connection):
    def run(header, body=BODY, secrets=(SECRET,)):
        headers = [] if header is None else [(HEADER, header)]
        SCHEME.verify(inbound(body, headers), connection(secrets=secrets))

    return run


@pytest.fixture
def refusal(verify):
    def run(*args, **kwargs):
        with pytest.raises(hub.AuthenticationError) as caught:
            verify(*args, **kwargs)
        return caught.value.code

    return run


def test_one_of_several_signatures_is_enough(verify):
    verify(f"{signed(secret='whsec_next')},{signed().partition(',')[2]},v0=6ffbb59b")


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(-301, "stale_timestamp"), (301, "future_timestamp"), (-86400, "stale_timestamp")],
)
def test_time_is_checked_in_both_directions(seconds, code, refusal):
    assert refusal(signed(NOW + timedelta(seconds=seconds))) == code


@pytest.mark.parametrize("seconds", [-300, 300])
def test_time_within_the_tolerance_is_taken(seconds, verify):
    verify(signed(NOW + timedelta(seconds=seconds)))


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "missing_signature"),
        ("  ", "missing_signature"),
        ("v1=00", "malformed_signature"),
        ("t=1780315200", "malformed_signature"),
        ("t=1780315200,v1=", "malformed_signature"),
        ("t=1780315200,v0=00", "malformed_signature"),
        ("t=1780315200, v1=00", "malformed_signature"),
        ("t=1780315200,t=1780315200,v1=00", "malformed_signature"),
        ("t=١٧٨٠٣١٥٢٠٠,v1=00", "malformed_signature"),
        ("t=1_780_315_200,v1=00", "malformed_signature"),
        ("t=1780315200,v1=ß", "malformed_signature"),
        ("t=1780315200,v1=00", "invalid_signature"),
        ("t=1780315200,v1=00,v1", "invalid_signature"),
    ],
)
def test_odd_header_is_refused_with_its_reason(header, code, refusal):
    assert refusal(header) == code


def test_uppercase_hex_is_refused(refusal):
    head, _, mac = signed().partition("v1=")
    assert refusal(f"{head}v1={mac.upper()}") == "invalid_signature"


def test_body_that_is_not_utf8_is_refused(refusal):
    assert refusal(signed(), body=b"\xff\xfe") == "invalid_signature"


@pytest.mark.parametrize("secrets", [(), ("  ",)])
def test_without_secret_everything_is_refused(secrets, refusal):
    assert refusal(signed(), secrets=secrets) == "no_secret"


HEADERS = st.one_of(
    st.text(),
    st.lists(st.sampled_from(["t=1780315200", "v1=00", "v1", "t=", "=", ",", "t=-1", "v1=é"])).map(",".join),
    st.integers().map(lambda stamp: f"t={stamp},v1=00"),
)


@given(header=HEADERS, body=st.binary(max_size=40))
def test_garbage_is_only_ever_refused(header, body, inbound, connection):
    with pytest.raises(hub.AuthenticationError) as caught:
        SCHEME.verify(inbound(body, [(HEADER, header)]), connection(secrets=[SECRET]))
    assert caught.value.code in REFUSALS


def test_known_vectors_are_accepted(request, connection):
    path = request.config.rootpath.parent / "shared" / "payloads" / "SIGNATURE_VECTORS.json"
    if not path.is_file():
        pytest.skip("further vectors are tried where a file with them lies beside the checkout")
    vectors = [entry for entry in json.loads(path.read_bytes())["vectors"] if entry["provider"] == "stripe"]
    assert vectors
    for vector in vectors:
        received = hub.Inbound(
            received_at=datetime.fromtimestamp(vector["now"], UTC),
            body=vector["body"].encode(),
            headers=hub.Headers(vector["headers"].items()),
        )
        SCHEME.verify(received, connection(secrets=[vector["secret"]]))
