"""Two generations, two signatures, one address."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hub_copecart.manifest import manifest

import hub

VECTORS = Path(__file__).resolve().parents[3].parent / "shared" / "payloads" / "SIGNATURE_VECTORS.json"


@pytest.mark.skipif(
    not VECTORS.is_file(), reason="further vectors are tried where a file with them lies beside the checkout"
)
@pytest.mark.parametrize("provider", ["copecart", "cope"])
def test_shared_vector(received, connect, provider):
    (vector,) = (
        one for one in json.loads(VECTORS.read_text("utf-8"))["vectors"] if one["provider"] == provider
    )
    at = datetime.fromtimestamp(vector.get("now", 1780000000), UTC)
    connection = connect("another", vector["secret"])
    manifest.scheme.verify(received(vector["body"].encode(), vector["headers"], at), connection)
    with pytest.raises(hub.AuthenticationError):
        manifest.scheme.verify(received(vector["body"].encode() + b" ", vector["headers"], at), connection)


def test_one_generation_s_signature_does_not_pass_for_the_other_s(received, connect):
    now, connection = datetime(2026, 7, 1, 12, tzinfo=UTC), connect("s3cret")
    cope = manifest.scheme.sign(hub.Outgoing(body=b"{}", headers={"X-Cope-Event-Id": "e"}), "s3cret", now)
    manifest.scheme.verify(received(b"{}", dict(cope.headers)), connection)
    stripped = {name: value for name, value in cope.headers.items() if name != "X-Cope-Event-Id"}
    with pytest.raises(hub.AuthenticationError, match="X-Copecart-Signature is missing"):
        manifest.scheme.verify(received(b"{}", stripped), connection)


def test_cope_s_time_is_checked(received, connect):
    long_ago = datetime(2026, 7, 1, 11, tzinfo=UTC)
    cope = manifest.scheme.sign(
        hub.Outgoing(body=b"{}", headers={"X-Cope-Event-Id": "e"}), "s3cret", long_ago
    )
    with pytest.raises(hub.AuthenticationError) as caught:
        manifest.scheme.verify(received(b"{}", dict(cope.headers)), connect("s3cret"))
    assert caught.value.code == "stale_timestamp"
