"""Sending the plugins' samples, and what became of each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import click
import requests

from hub.app import Hub
from hub.cli.demo.stage import TENANT, Player, direct
from hub.cli.send import STALE, endpoint, signed
from hub.records import events, listing
from hub.registry.connecting import DEFAULT
from hub.registry.demonstrating import Step
from hub.registry.fixtures import fixtures_of


@dataclass(frozen=True, kw_only=True)
class Line:
    """One request of the demonstration and what became of it."""

    sender: str
    sample: str
    how: str
    status: int
    outcome: str
    expected: str
    record: str

    @property
    def right(self) -> bool:
        """Whether the outcome is the one that the plugin promises."""
        return self.outcome == self.expected


def sent(hub: Hub, cast: Iterable[Player]) -> Iterator[Line]:
    """Send every sample of every plugin, one after the other."""
    for player in cast:
        for step in player.told.steps:
            answer = _send(hub, player, step)
            outcome, record = _became(hub, answer.headers.get("X-Event-Id"))
            yield Line(
                sender=player.installed.manifest.title["de"],
                sample=step.send,
                how="" if step.how == "plain" else step.how,
                status=answer.status_code,
                outcome=outcome,
                expected=step.outcome,
                record=record,
            )


def _send(hub: Hub, player: Player, step: Step) -> requests.Response:
    installed = player.installed
    scheme = installed.manifest.scheme
    if scheme is None:
        raise click.ClickException(f"{installed.manifest.slug} declares no scheme to sign with")
    sample = fixtures_of(installed.plugin)[step.send]
    at = hub.clock() - STALE if step.how == "stale" else hub.clock()
    outgoing = signed(sample, scheme, player.credential, at, tamper=step.how == "tamper")
    url = endpoint(installed, TENANT, DEFAULT, hub.config.base_url)
    with direct() as session:
        return session.post(
            url,
            data=outgoing.body,
            headers=dict(outgoing.headers),
            params=dict(outgoing.query),
            timeout=30,
        )


def _became(hub: Hub, event_id: str | None) -> tuple[str, str]:
    """The outcome as the event log has it, and the records that the event made."""
    if event_id is None:
        return "unanswered", ""
    with hub.database.read() as unit:
        row = events.get(unit, UUID(event_id))
        made = listing.made_by(unit, UUID(event_id))
        shown = [_label(listing.record(unit, item["kind"], item["id"]), item["kind"]) for item in made]
    outcome = str(row["outcome"]) if row else "unknown"
    reason = f"({row['reason']})" if row and row["reason"] and not shown else ""
    return outcome, ", ".join(shown) or reason


def _label(record: dict[str, Any] | None, kind: str) -> str:
    values = record or {}
    amount = next(
        (values[name] for name in ("gross", "total", "amount") if values.get(name) is not None), None
    )
    money = f" {amount} {values.get('currency')}" if amount is not None else ""
    name = next((values[key] for key in ("email", "number", "external_id", "subject") if values.get(key)), "")
    return f"{kind} {name}{money}"
