"""Codes of an authenticator app (RFC 6238), and the picture from which it learns the key."""

import hmac
from datetime import datetime

import pyotp
import segno
from markupsafe import Markup

STEP = 30
WINDOW = (0, -1, 1)
"""Steps before and after the present one that count too: clocks differ."""

ISSUER = "CloudCRM"


def new_key() -> str:
    """A fresh key."""
    return pyotp.random_base32()


def matching_step(key: str, code: str, now: datetime) -> int | None:
    """The time step whose code this is; ``None`` if it is none of the present ones."""
    digits = "".join(code.split())
    present = int(now.timestamp()) // STEP
    for step in (present + offset for offset in WINDOW):
        if hmac.compare_digest(pyotp.TOTP(key).at(step * STEP).encode(), digits.encode()):
            return step
    return None


def address(key: str, email: str) -> str:
    """What the app reads from the picture."""
    return pyotp.TOTP(key).provisioning_uri(name=email, issuer_name=ISSUER)


def picture(text: str) -> Markup:
    """The QR code as SVG, without styles."""
    drawn = segno.make(text, error="m").svg_inline(scale=4, border=2, svgclass=None, lineclass=None)
    return Markup(drawn)  # noqa: S704 - drawn by the library from black and white squares
