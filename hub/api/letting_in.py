"""Who is let in: the key, how often it may call, and what it may do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from time import time

from flask import request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from hub.api.problems import Problem
from hub.api.rooms import Rooms
from hub.records import access
from hub.records.access import Caller

CHALLENGE = 'Bearer realm="hub"'

MOST_GUESSES = 60
"""How many wrong keys one address may try in a minute, in one process."""


@dataclass(frozen=True)
class Standing:
    """How much of a limit is left."""

    limit: int
    remaining: int
    reset: int

    @property
    def headers(self) -> Mapping[str, str]:
        """As the caller is told."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
        }


class Allowance:
    """Counts by key within a minute, in this process; 0 a minute: no limit."""

    def __init__(self, per_minute: int) -> None:
        self._limit = RateLimitItemPerMinute(per_minute) if per_minute else None
        self._counter = FixedWindowRateLimiter(MemoryStorage())

    def take(self, key: str) -> Standing | None:
        """One request more. Raises Problem if that is one too many."""
        if self._limit is None:
            return None
        granted = self._counter.hit(self._limit, key)
        standing = self._standing(self._limit, key)
        if not granted:
            raise _too_many(standing)
        return standing

    def require(self, key: str) -> None:
        """Raises Problem if nothing is left; counts nothing."""
        if self._limit is not None and not self._counter.test(self._limit, key):
            raise _too_many(self._standing(self._limit, key))

    def _standing(self, limit: RateLimitItemPerMinute, key: str) -> Standing:
        window = self._counter.get_window_stats(limit, key)
        wait = max(int(window.reset_time - time()) + 1, 1)
        return Standing(limit.amount, window.remaining, min(wait, 60))


class Door:
    """Lets callers in."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._calls = Allowance(rooms.config.api_rate_limit)
        self._guesses = Allowance(MOST_GUESSES)

    def enter(self) -> tuple[Caller, Standing | None]:
        """Who calls, and how often they still may. Raises Problem."""
        key = _given_key()
        address = f"address:{request.remote_addr}"
        self._guesses.require(address)
        caller = self._find(key)
        if caller is None:
            self._guesses.take(address)
            raise _refused("There is no such access key.", error=True)
        standing = self._calls.take(f"key:{caller.key_id}")
        return caller, standing

    def _find(self, key: str) -> Caller | None:
        if not access.is_whole(key):
            return None
        now = self._rooms.clock()
        with self._rooms.database.for_all_tenants().read() as unit:
            caller = access.caller(unit, key)
        if caller is None:
            return None
        _require_valid(caller, now)
        if caller.noted_at is None or now - caller.noted_at >= access.PRECISION:
            with self._rooms.database.for_tenant(caller.tenant_id).write() as unit:
                access.note_use(unit, caller.key_id, now)
        return caller


def require_scope(caller: Caller, scope: str) -> None:
    """Raises Problem unless the key has the scope."""
    if scope in caller.scopes:
        return
    raise Problem(
        "insufficient-scope",
        f"The access key {caller.masked} lacks the scope {scope}; make one that has it.",
        headers={"WWW-Authenticate": f'{CHALLENGE}, error="insufficient_scope", scope="{scope}"'},
    )


def _given_key() -> str:
    kind, _, key = request.headers.get("Authorization", "").partition(" ")
    if not kind:
        raise _refused("Send the header Authorization: Bearer hub_… with an access key.")
    if kind.lower() != "bearer" or not key.strip():
        raise _refused("The header Authorization must be: Bearer, a blank, and the access key.")
    return key.strip()


def _require_valid(caller: Caller, now: datetime) -> None:
    if caller.revoked_at is not None:
        raise _refused(f"The access key {caller.masked} was revoked; make a new one.", error=True)
    if caller.expires_at is not None and caller.expires_at <= now:
        raise _refused(f"The access key {caller.masked} expired; make a new one.", error=True)


def _refused(detail: str, *, error: bool = False) -> Problem:
    challenge = f'{CHALLENGE}, error="invalid_token"' if error else CHALLENGE
    return Problem("unauthenticated", detail, headers={"WWW-Authenticate": challenge})


def _too_many(standing: Standing) -> Problem:
    return Problem(
        "rate-limited",
        f"More than {standing.limit} requests in a minute; wait {standing.reset} seconds.",
        headers={**standing.headers, "Retry-After": str(standing.reset)},
    )
