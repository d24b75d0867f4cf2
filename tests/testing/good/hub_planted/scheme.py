"""The signature: an HMAC over the time and the body."""

import hashlib
import hmac
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import hub
from hub.contract.schemes import check_timestamp, read_timestamp, required_secrets, wrong_signature

HEADER = "X-Planted-Signature"


@dataclass(frozen=True)
class Planted:
    """``X-Planted-Signature: <unix time>.<hex>``."""

    timestamped: bool = field(default=True, init=False)

    def verify(self, inbound: hub.Inbound, connection: hub.Connection) -> None:
        given = inbound.headers.get(HEADER, "")
        if not given:
            raise hub.AuthenticationError("The signature is missing.", code="missing_signature")
        stamp, _, mac = given.partition(".")
        time = read_timestamp(stamp, HEADER)
        check_timestamp(time, inbound.received_at, timedelta(minutes=5))
        body = inbound.body
        for secret in required_secrets(inbound, connection):
            if hmac.compare_digest(made(secret, time, body).encode(), mac.encode()):
                return
        raise wrong_signature(HEADER)

    def sign(self, outgoing: hub.Outgoing, secret: str, at: datetime) -> hub.Outgoing:
        time = int(at.timestamp())
        mac = made(secret, time, outgoing.body)
        return replace(outgoing, headers={**outgoing.headers, HEADER: f"{time}.{mac}"})


def made(secret: str, time: int, body: bytes) -> str:
    """The HMAC in hex."""
    return hmac.digest(secret.encode(), f"{time}.".encode() + body, hashlib.sha256).hex()


SCHEME = Planted()
