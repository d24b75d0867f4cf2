"""What a plugin says of its own quality (``quality.yaml``), held against what the kit found: the tier.

rules:
  event-key: done
  replay-window:
    status: exempt
    why: Nothing is signed, so no time can be trusted.
  tried-with-a-live-account:        # a point of the plugin's own; shown, and never counted
    status: todo
    why: No live account was at hand.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import yaml

from hub.registry.quality import Tier
from hub.testing.rules.registry import Finding
from hub.testing.rules.verdicts import CONTRADICTION, FILE
from hub.testing.scale import ORDER, SCALE, Demand

NAME = "quality.yaml"

Status = Literal["done", "todo", "exempt"]

BY_NAME = {demand.name: demand for demand in SCALE}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What the file says of one demand."""

    status: Status
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Claims:
    """The file's entries by demand, and what is wrong with the file."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    faults: tuple[Finding, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Quality:
    """The tier, what is missing for the next one, and what the plugin itself still has to do."""

    tier: Tier
    missing: tuple[str, ...] = ()
    exempt: Mapping[str, str] = field(default_factory=dict)
    open: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """For ``quality.json``."""
        return {"tier": self.tier.value, "missing": list(self.missing)}


def read_claims(text: str | None) -> Claims:
    """The entries of a quality file; none if there is no file."""
    if text is None:
        return Claims()
    try:
        told = yaml.safe_load(text)
    except yaml.YAMLError as error:
        return Claims(faults=(_fault(f"is no YAML: {' '.join(str(error).split())}"),))
    rules = told.get("rules") if isinstance(told, dict) else None
    if not isinstance(rules, dict):
        return Claims(faults=(_fault("must have the key rules, with a line for each demand of the scale"),))
    entries, faults = {}, []
    for name, said in rules.items():
        entry = _entry(said)
        if isinstance(entry, str):
            faults.append(_fault(f"{name}: {entry}"))
        else:
            entries[str(name)] = entry
    return Claims(entries=entries, faults=tuple(faults))


def _entry(said: Any) -> Entry | str:
    told = {"status": said} if isinstance(said, str) else said
    if not isinstance(told, dict) or told.get("status") not in get_args(Status):
        return "say done, todo, or exempt"
    entry = Entry(status=told["status"], why=str(told.get("why") or "").strip())
    return "say why" if entry.status != "done" and not entry.why else entry


def _fault(message: str) -> Finding:
    return Finding(rule=FILE.id, where=NAME, message=message)


def excused(claims: Claims) -> set[str]:
    """The rules of the kit whose findings the file owns up to: they do not fail the check."""
    demands = ((BY_NAME[name], entry) for name, entry in claims.entries.items() if name in BY_NAME)
    return {rule for demand, entry in demands if entry.status in demand.excuses for rule in demand.rules}


def contradictions(claims: Claims, failed: set[str]) -> Iterator[Finding]:
    """Where the file says what the kit has found to be otherwise."""
    for name, entry in claims.entries.items():
        demand = BY_NAME.get(name)
        found = sorted(failed & set(demand.rules)) if demand else []
        if not found or demand is None:
            continue
        if entry.status == "done":
            told = f"{name} is said to be done, but there are findings of {', '.join(found)}"
            yield Finding(rule=CONTRADICTION.id, where=NAME, message=told)
        elif entry.status not in demand.excuses:
            told = f"{name} cannot be {entry.status}, and there are findings of {', '.join(found)}"
            yield Finding(rule=CONTRADICTION.id, where=NAME, message=told)


def assess(claims: Claims, failed: set[str]) -> Quality:
    """The tier: the highest whose demands, and those of all below, are met."""
    unmet = [demand for demand in SCALE if not _met(demand, claims, failed)]
    tier = Tier.NONE
    for step in ORDER[1:]:
        if any(demand.tier is step for demand in unmet):
            break
        tier = step
    return Quality(
        tier=tier,
        missing=tuple(demand.name for demand in unmet),
        exempt=_why(claims, "exempt"),
        open=_why(claims, "todo"),
    )


def _met(demand: Demand, claims: Claims, failed: set[str]) -> bool:
    entry = claims.entries.get(demand.name)
    found = failed & set(demand.rules)
    if entry is not None and entry.status == "exempt":
        return "exempt" in demand.excuses or not found
    if entry is not None and entry.status == "todo":
        return False
    if not demand.rules:
        return entry is not None and entry.status == "done"
    return not found


def _why(claims: Claims, status: Status) -> dict[str, str]:
    return {name: entry.why for name, entry in claims.entries.items() if entry.status == status}
