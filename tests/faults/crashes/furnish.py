"""A hub with a tenant that has sources, effects, members and endpoints, set up by the operator's own
commands.
"""

import importlib
import json
from collections.abc import Mapping
from pathlib import Path

from click.testing import CliRunner

from tests.faults.crashes import launcher
from tests.faults.crashes.traffic import PARTNER

SECRET = "ein-langes-geheimnis-0815"
MEMBERS = ("anna@example.com", "ben@example.com", "cara@example.com")
DAYS = 3
"""So long ago by the hub's clock all is set up, so that a clock that goes back finds it there."""

SPONSORS = ("P-003", "P-002", PARTNER)
"""Each the sponsor of the next; the last sells."""

PERCENT, LEVELS = "10", "5,4"
EVERYTHING, SALES = "*", "transaction.*"
"""What the endpoints listen to."""


def operate(*words: str) -> str:
    """Run a command. Gives what it printed. Raises RuntimeError if it fails."""
    result = CliRunner().invoke(importlib.import_module("hub.cli.main").hub, list(words), prog_name="hub")
    if result.exit_code:
        raise RuntimeError(f"hub {' '.join(words)}: {result.output}") from result.exception
    return result.stdout


def furnish(environment: Mapping[str, str], folder: Path, tenants: Mapping[str, str]) -> dict[str, str]:
    """Set up these tenants, each with endpoints below its address. Gives their API keys."""
    keys, log = folder / "keys.json", folder / "furnish.log"
    process = launcher.processes.Process(target=_furnish, args=(environment, log, tenants, keys))
    process.start()
    process.join(120)
    if process.exitcode != 0:
        raise RuntimeError(log.read_text("utf-8"))
    found: dict[str, str] = json.loads(keys.read_text("utf-8"))
    return found


def _furnish(environment: Mapping[str, str], log: Path, tenants: Mapping[str, str], keys: Path) -> None:
    launcher.settle_in(environment, log)
    clock = log.with_suffix(".clock")
    clock.write_text(f"-{DAYS * 24 * 3600}", "utf-8")
    launcher.use_clock(clock)
    operate("init", "--json")
    partners = log.parent / "partners.csv"
    lines = [f"{code},{sponsor}" for sponsor, code in zip(("", *SPONSORS), SPONSORS, strict=False)]
    partners.write_text("\n".join(["code,sponsor", *lines]), "utf-8")
    made = {tenant: _furnish_tenant(tenant, url, partners) for tenant, url in tenants.items()}
    keys.write_text(json.dumps(made), "utf-8")


def _furnish_tenant(tenant: str, url: str, partners: Path) -> str:
    operate("tenant", "create", tenant, "--name", tenant.title())
    for plugin in ("custom", "stripe"):
        operate("connection", "create", tenant, plugin, "--set", f"secrets={SECRET}")
    for plugin in ("lead", "commissions", "notifications", "echo"):
        operate("connection", "create", tenant, plugin)
    operate("partner", "import", tenant, str(partners))
    operate("plan", "create", tenant, "standard", "--percent", PERCENT, "--levels", LEVELS)
    operate("plan", "set-default", tenant, "standard")
    for email in MEMBERS:
        operate("member", "add", tenant, email)
    for number, events in enumerate((EVERYTHING, SALES)):
        operate("endpoint", "create", tenant, f"{url}/{number}", "--events", events)
    key: str = json.loads(operate("key", "create", tenant, "--json"))["key"]
    return key
