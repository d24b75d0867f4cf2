"""A plugin's own demonstration: ``fixtures/demo.toml`` says what ``hub demo`` shows of it, so that the
hub can show any plugin without knowing it.

A *source* names samples to send, and what must become of each:

    [settings]                      # of the demonstration's connection
    secrets = ["…"]

    [[invoices]]                    # open invoices that a sample pays
    number = "R-2026-0001"
    total = "119.00"

    [[steps]]
    send = "transaction.created__full"
    how = "plain"                   # or tamper, stale
    outcome = "processed"

An *effect* names commands that prepare it, and scenes: what is to be seen once the samples of all
senders were sent.

    [[prepare]]                     # before the first sample; as typed, without `hub` and `--json`
    run = "hook create {tenant} {web}/hook"
    keep = "hook"                   # what the answer is called below

    [[settle]]                      # the same, after the weeks before were lived through
    run = "payout create {tenant}"

    [[scenes]]
    title = "Sales"
    run = "records transactions --tenant {tenant}"
    columns = { sale = "external_id", amount = "gross", email = "contact.email" }
    promises = [{ sale = "ext-tx-1001", amount = "199.00" }]

    [[scenes]]
    title = "Outgoing webhooks"
    caught = "web"
    secret = "{hook[secret]}"
    columns = { event = "type", signature = "signature" }
    promises = [{ event = "transaction.created", signature = "verified" }]

A source may also say how it is told what happened in the weeks before, which are lived through first: a
body for each of ``order``, ``ticket``, ``sale``, ``refund`` and ``other`` that it can be told, with the
names that the demonstration's story fills in.

    [past.sale]
    event = "transaction.created"
    externalId = "{id}"
    grossAmount = "{gross}"

``columns`` gives each heading the dotted path of its value in a row. A row is one of the list that the
command prints; or one e-mail (``mail``: to, from, subject, text); or one request that came to ``{web}``
(``web``: the fields of its JSON, and path, id and signature). Each promise must fit exactly one row.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from hub.contract.hookspecs import Plugin
from hub.registry.fixtures import fixtures_folder

How = Literal["plain", "tamper", "stale"]
Caught = Literal["mail", "web"]


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
class Preparation:
    """A command to run before the samples are sent; ``keep`` names its answer for what comes after."""

    run: str
    keep: str = ""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What is to be seen after the samples: rows that a command lists or that were caught, and of
    these the ones that must be there, each once. Promises are texts by heading."""

    title: str
    columns: Mapping[str, str]
    promises: Sequence[Mapping[str, str]]
    run: str = ""
    caught: Caught | None = None
    secret: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Refuse a scene without rows. Raises TypeError."""
        if bool(self.run) == bool(self.caught):
            raise TypeError(f"the scene {self.title!r} must say either run or caught")


@dataclass(frozen=True, kw_only=True)
class Demo:
    """A plugin's demonstration. Each setting is a list of texts, as the command line takes them."""

    settings: dict[str, Sequence[str]] = field(default_factory=dict, repr=False)
    invoices: tuple[DemoInvoice, ...] = ()
    steps: tuple[Step, ...] = ()
    prepare: tuple[Preparation, ...] = ()
    past: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    settle: tuple[Preparation, ...] = ()
    scenes: tuple[Scene, ...] = ()


def demo_of(plugin: Plugin) -> Demo | None:
    """The plugin's demonstration, if it ships one. Raises TypeError for one that cannot be."""
    folder = fixtures_folder(plugin)
    path = folder / "demo.toml" if folder else None
    if path is None or not path.is_file():
        return None
    told: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    return Demo(
        settings={key: _texts(value) for key, value in told.get("settings", {}).items()},
        invoices=tuple(DemoInvoice(**invoice) for invoice in told.get("invoices", ())),
        steps=tuple(Step(**step) for step in told.get("steps", ())),
        prepare=tuple(Preparation(**one) for one in told.get("prepare", ())),
        past=told.get("past", {}),
        settle=tuple(Preparation(**one) for one in told.get("settle", ())),
        scenes=tuple(Scene(**scene) for scene in told.get("scenes", ())),
    )


def _texts(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]
