"""Idempotency keys: whoever does not know whether a request arrived sends it again with the same key, and
gets the first one's answer. What was done and its answer are committed together."""

import hashlib
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from flask import request

from hub.api.call import Call
from hub.api.problems import Problem
from hub.records import answers
from hub.records.answers import Answer, Request
from hub.records.database import Joined

HEADER = "Idempotency-Key"
KEY = re.compile(r"[\x21-\x7e]{1,255}")
REPLAYED = {"Idempotent-Replayed": "true"}

Told = dict[str, Any] | None
"""The members of an answer's body."""


class UnderWay:
    """The keys whose requests this process is working on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: set[tuple[Any, str]] = set()

    @contextmanager
    def alone(self, asked: Request) -> Iterator[None]:
        """Work on a key. Raises Problem if somebody is at it."""
        key = (asked.access_key_id, asked.key)
        with self._lock:
            if key in self._keys:
                raise _in_progress()
            self._keys.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._keys.discard(key)


def asked_with(call: Call, body: bytes) -> Request | None:
    """The request as its idempotency key makes it known; ``None`` without one. Raises Problem for a key that
    is none."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not KEY.fullmatch(key):
        raise Problem(
            "malformed", f"{HEADER} must be 1 to 255 visible ASCII characters, such as a random UUID."
        )
    whole = b"\n".join((request.method.encode(), request.full_path.encode(), body))
    return Request(
        tenant_id=call.tenant_id,
        access_key_id=call.caller.key_id,
        key=key,
        fingerprint=hashlib.sha256(whole).hexdigest(),
    )


def once(
    under_way: UnderWay, call: Call, asked: Request, status: int, run: Callable[[Call], Told]
) -> tuple[Answer, bool]:
    """The answer, and whether it is the one of an earlier request. A request that ended in a problem leaves
    nothing behind: its repetition is a new attempt. Raises Problem."""
    vault = call.rooms.vault
    with under_way.alone(asked), call.transactions.write() as unit:
        if not answers.held(unit, asked):
            raise _in_progress()
        first = answers.known(unit, vault, asked, call.now)
        if first is not None:
            return _same(first, asked), True
        body = run(replace(call, transactions=Joined(unit)))
        answers.keep(unit, vault, asked, status=status, body=body, now=call.now)
        return Answer(fingerprint=asked.fingerprint, status=status, body=body), False


def _same(first: Answer, asked: Request) -> Answer:
    if first.fingerprint != asked.fingerprint:
        raise Problem(
            "idempotency-key-reused",
            f"This {HEADER} came with another request before; take a new one for a new request.",
        )
    return first


def _in_progress() -> Problem:
    return Problem(
        "request-in-progress",
        f"A request with this {HEADER} is under way; repeat it in a second.",
        headers={"Retry-After": "1"},
    )
