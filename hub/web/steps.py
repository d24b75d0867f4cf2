"""The steps that a request goes through, as people see them: how far it came, and how long each took."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from flask_babel import lazy_gettext as _

from hub.records.timings import STEPS

State = Literal["passed", "stopped", "refused", "failed", "unreached"]

NAMES = {
    "authenticate": _("Absender prüfen"),
    "parse": _("Inhalt lesen"),
    "persist": _("Speichern"),
    "announce": _("Weitergeben"),
}

STATES: Mapping[State, Any] = {
    "passed": _("in Ordnung"),
    "stopped": _("endet hier"),
    "refused": _("abgelehnt"),
    "failed": _("fehlgeschlagen"),
    "unreached": _("nicht erreicht"),
}

_ENDS = {"processed": "announce", "skipped": "persist", "parked": "persist", "ignored": "parse"}
"""The step at which such an event ends; refused and failed ones end at the last step that they reached."""

_STOPS: Mapping[str, State] = {"processed": "passed", "rejected": "refused", "failed": "failed"}


@dataclass(frozen=True)
class Step:
    """One step of one request. ``milliseconds`` is empty if it was not reached or not measured."""

    name: str
    state: State
    milliseconds: Decimal | None

    @property
    def title(self) -> Any:
        """What it is called."""
        return NAMES[self.name]

    @property
    def verdict(self) -> Any:
        """How it ended."""
        return STATES[self.state]


def steps_of(event: Mapping[str, Any], times: Mapping[str, Any]) -> list[Step]:
    """All steps of an event, in their order; ``times`` are microseconds by step."""
    end = STEPS.index(_end_of(event, times))
    return [
        Step(name, _state(event["outcome"], place, end), milliseconds(times[name]))
        for place, name in enumerate(STEPS)
    ]


def total(times: Mapping[str, Any]) -> Decimal | None:
    """Milliseconds of all steps together; ``None`` if none was measured."""
    known = [times[step] for step in STEPS if times[step] is not None]
    return milliseconds(sum(known)) if known else None


def milliseconds(microseconds: int | None) -> Decimal | None:
    """With one digit behind the point, and never nothing: what took time took a tenth at least."""
    if microseconds is None:
        return None
    return max((Decimal(microseconds) / 1000).quantize(Decimal("0.1")), Decimal("0.1"))


def _end_of(event: Mapping[str, Any], times: Mapping[str, Any]) -> str:
    """The step at which it ended. What the door refuses reaches none: it stands at the first."""
    reached = [step for step in STEPS if times[step] is not None]
    known = _ENDS.get(event["outcome"]) or (reached[-1] if reached else None)
    return known or ("parse" if event["verified"] else "authenticate")


def _state(outcome: str, place: int, end: int) -> State:
    if place != end:
        return "passed" if place < end else "unreached"
    return _STOPS.get(outcome, "stopped")
