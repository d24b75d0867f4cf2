"""A plugin's own demonstration: ``fixtures/demo.toml`` says which samples to send and what must
become of each, so that the hub can show any plugin without knowing it.

    [settings]                      # of the demonstration's connection
    secrets = ["…"]

    [[invoices]]                    # open invoices that a sample pays
    number = "R-2026-0001"
    total = "119.00"

    [[steps]]
    send = "transaction.created__full"
    how = "plain"                   # or tamper, stale
    outcome = "processed"
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from hub.contract.hookspecs import Plugin
from hub.registry.fixtures import fixtures_folder

How = Literal["plain", "tamper", "stale"]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One sample to send, and the outcome that it must have."""

    send: str
    outcome: str
    how: How = "plain"


@dataclass(frozen=True, kw_only=True)
class DemoInvoice:
    """An open invoice; ``total`` in major units of the tenant's currency."""

    number: str
    total: str


@dataclass(frozen=True, kw_only=True)
class Demo:
    """A plugin's demonstration. Each setting is a list of texts, as the command line takes them."""

    settings: dict[str, Sequence[str]] = field(default_factory=dict, repr=False)
    invoices: tuple[DemoInvoice, ...] = ()
    steps: tuple[Step, ...] = ()


def demo_of(plugin: Plugin) -> Demo | None:
    """The plugin's demonstration, if it ships one. Raises TypeError for an unknown key."""
    folder = fixtures_folder(plugin)
    path = folder / "demo.toml" if folder else None
    if path is None or not path.is_file():
        return None
    told: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    return Demo(
        settings={key: _texts(value) for key, value in told.get("settings", {}).items()},
        invoices=tuple(DemoInvoice(**invoice) for invoice in told.get("invoices", ())),
        steps=tuple(Step(**step) for step in told.get("steps", ())),
    )


def _texts(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]
