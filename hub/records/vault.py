"""Secrets at rest: encrypted with Fernet, the first key encrypts, all keys decrypt."""

import base64
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MIN_KEY_LENGTH = 16


class VaultError(Exception):
    """There is no usable key, or the stored secret was encrypted with another one."""


class Vault:
    """Seals and opens texts. ``keys`` come from ``HUB_SECRET_KEY`` or the key file."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise VaultError("there is no secret key: run `hub init`, or set HUB_SECRET_KEY")
        if any(len(key) < MIN_KEY_LENGTH for key in keys):
            raise VaultError(f"HUB_SECRET_KEY needs at least {MIN_KEY_LENGTH} characters")
        self._fernet = MultiFernet([Fernet(_derive(key)) for key in keys])

    def __repr__(self) -> str:
        return "<Vault>"

    def seal(self, text: str) -> str:
        """The text, encrypted with the first key."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """The text again. Raises VaultError if no key fits."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise VaultError("a stored secret was encrypted with another HUB_SECRET_KEY") from None

    def reseal(self, sealed: str) -> str:
        """The same secret, encrypted with the first key. Raises VaultError if no key fits."""
        return self.seal(self.open(sealed))


def new_key() -> str:
    """A fresh random key."""
    return Fernet.generate_key().decode()


def _derive(key: str) -> bytes:
    """A Fernet key from a text of any length. HKDF suffices: keys are random, not passwords."""
    raw = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"hub secrets").derive(key.encode())
    return base64.urlsafe_b64encode(raw)
