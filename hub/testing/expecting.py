"""What a provider wants to be answered, as a plugin declares it: ``fixtures/answers.toml``.

    [taken]                     # whatever was taken, the first time and again
    status = 200
    body = "OK"                 # a text, or the members of a JSON object

    [refused]                   # the status by the reason, where it is not the contract's own
    missing_key = 401

``{event}`` stands for the event's type, ``…`` for anything. A plugin without ``respond`` gives the hub's own
answers and needs no such file.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.testing.adapter import Adapter
from hub.testing.door import Answer

NAME = "answers.toml"
ANYTHING = "…"

FORBIDDEN = ("invalid_key", "malformed_key")
"""Reasons that the contract answers with 403; any other that is about the sender with 401."""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """The wanted answers. ``body`` is ``None`` where only the status counts."""

    statuses: tuple[int, ...] = (200, 202)
    body: Any = None
    refused: Mapping[str, int] = field(default_factory=dict)
    declared: bool = False


def wanted_answers(adapter: Adapter) -> Answers:
    """What the plugin declares; the hub's own answers if it declares nothing. Raises ValueError."""
    path = adapter.fixtures_folder / NAME if adapter.fixtures_folder else None
    if path is None or not path.is_file():
        return Answers(body={"status": ANYTHING, "eventId": ANYTHING})
    told = tomllib.loads(path.read_text("utf-8"))
    taken = told.get("taken", {})
    if not isinstance(taken.get("status"), int):
        raise ValueError(f"{NAME}: [taken] must say its status")
    return Answers(
        statuses=(taken["status"],),
        body=taken.get("body"),
        refused=dict(told.get("refused", {})),
        declared=True,
    )


def refusal_status(adapter: Adapter, reason: str | None) -> int:
    """The status with which a sender that is not trusted is refused."""
    declared = wanted_answers(adapter).refused.get(reason or "")
    return declared or (403 if reason in FORBIDDEN else 401)


def differs(answer: Answer, wanted: Answers, event: str) -> str | None:
    """What is wrong with the answer to something that was taken; ``None`` if it is as wanted."""
    if answer.status not in wanted.statuses:
        return f"the status is {answer.status}, not {' or '.join(map(str, wanted.statuses))}"
    if wanted.body is not None and not _fits(answer.body, _filled(wanted.body, event)):
        return f"the body is {answer.body!r}, not {_filled(wanted.body, event)!r}"
    return None


def _filled(body: Any, event: str) -> Any:
    if isinstance(body, Mapping):
        return {name: _filled(value, event) for name, value in body.items()}
    return body.replace("{event}", event) if isinstance(body, str) else body


def _fits(found: Any, wanted: Any) -> bool:
    if wanted == ANYTHING:
        return True
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        return found.keys() == wanted.keys() and all(_fits(found[name], wanted[name]) for name in wanted)
    return bool(found == wanted)
