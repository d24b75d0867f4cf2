"""The key pair with which the installation proves to push services who sends (VAPID, RFC 8292). Keys are
written as browsers want them: base64url without padding, the private one of 32 bytes."""

import base64

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()
KEY_BYTES = 32


def new_key() -> str:
    """A fresh private key."""
    number = ec.generate_private_key(CURVE).private_numbers().private_value
    return encoded(number.to_bytes(KEY_BYTES, "big"))


def opened(key: str) -> ec.EllipticCurvePrivateKey:
    """The private key to sign with. Raises ValueError for a text that is none."""
    raw = decoded(key)
    if len(raw) != KEY_BYTES:
        raise ValueError("the key must be 32 bytes in base64url")
    return ec.derive_private_key(int.from_bytes(raw, "big"), CURVE)


def public_key(key: str) -> str:
    """The public key that browsers are given. Raises ValueError for a text that is no private key."""
    return encoded(opened(key).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def encoded(raw: bytes) -> str:
    """Bytes as base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """The bytes again. Raises ValueError for a text that is no base64url."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
