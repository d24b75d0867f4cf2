"""Passwords: argon2id hashes, and what a password must be."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

MIN_LENGTH = 10
MAX_LENGTH = 200
"""More would only cost time to hash."""

_HASHER = PasswordHasher()


def hash_password(password: str) -> str:
    """The hash to be stored."""
    return _HASHER.hash(password)


def fits(password: str, stored: str | None) -> bool:
    """Whether that is the password. Without a stored hash it is not, and it takes the same time, so
    that nobody can tell by the clock who has an account."""
    if len(password) > MAX_LENGTH:
        return False
    try:
        return _HASHER.verify(stored or _nobodys(), password) and stored is not None
    except (Argon2Error, InvalidHashError):
        return False


def outdated(stored: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


@cache
def _nobodys() -> str:
    return _HASHER.hash("nobody has this password")
