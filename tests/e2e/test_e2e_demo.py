"""``hub demo``: what a newcomer runs first."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest

PLUGINS = Path(__file__).parents[2] / "plugins"
COMMAND = (sys.executable, "-m", "hub", "demo", "--port", "0")

DEAF = {
    "hub_deaf/__init__.py": """
import hub

class Deaf(hub.Plugin):
    manifest = hub.Manifest(slug="deaf", title={"de": "Taub", "en": "Deaf"}, kinds=("effect",))

    @hub.receives(hub.signals.order_placed)
    def hear(self, announcement, unit):
        raise RuntimeError("nothing was heard")

plugin = Deaf()
""",
    "hub_deaf/fixtures/demo.toml": """
[[scenes]]
title = "An outside plugin's effects"
run = "effects list --tenant {tenant}"
columns = { receiver = "receiver", state = "state" }
promises = [{ receiver = "deaf:Deaf.hear", state = "done" }]
""",
    "hub_deaf-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: hub-deaf\nVersion: 1.0\n",
    "hub_deaf-1.0.dist-info/entry_points.txt": "[hub.plugins]\ndeaf = hub_deaf:plugin\n",
}
"""A package from outside whose effect fails."""


def promised(part: str) -> list[dict[str, Any]]:
    """Steps or scenes of all demonstrations in this repository."""
    files = PLUGINS.glob("*/fixtures/demo.toml")
    return [one for file in files for one in tomllib.loads(file.read_text("utf-8")).get(part, ())]


def environment(folder: Path, **more: str) -> dict[str, str]:
    """A newcomer's, in an office: the proxy is not asked for this machine."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    proxy = {"HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": "", "no_proxy": ""}
    return {**inherited, **proxy, "HUB_VAR_DIR": str(folder / "var"), **more}


def run(folder: Path, weeks: int = 0, **more: str) -> subprocess.CompletedProcess[str]:
    """The demonstration, ending by itself; with a past of so many weeks."""
    return subprocess.run(
        (*COMMAND, "--weeks", str(weeks)),
        env=environment(folder, HUB_DEMO_EXIT="1", **more),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def processes_in(folder: Path) -> list[int]:
    """Those that run there."""
    return [
        process.pid for process in psutil.process_iter(["pid", "cwd"]) if process.info["cwd"] == str(folder)
    ]


def listens(address: str) -> bool:
    host, _, port = address.removeprefix("http://").rpartition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


def rows(shown: str, first: str) -> list[list[str]]:
    """The cells of the table rows that begin so."""
    lines = [line for line in shown.splitlines() if line.startswith(f"│ {first}")]
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]


def test_the_demonstration_ends_as_promised(tmp_path: Path) -> None:
    steps = promised("steps")
    effects = [promise for scene in promised("scenes") for promise in scene["promises"]]

    ran = run(tmp_path, weeks=2)

    assert ran.returncode == 0, ran.stderr
    assert (
        f"{len(steps)} of {len(steps)} requests ended as promised. "
        f"{len(effects)} of {len(effects)} effects arrived as promised." in ran.stdout
    )
    assert "Traceback" not in ran.stderr
    for outcome in {step["outcome"] for step in steps}:
        assert ran.stdout.count(f"│ {outcome} ") == sum(step["outcome"] == outcome for step in steps)
    assert {path.name for path in tmp_path.iterdir()} == {"var"}
    assert processes_in(tmp_path) == []
    _assert_scenes(ran.stdout, tmp_path / "var" / "demo" / "hub.db")
    _assert_it_looks_alive(tmp_path / "var" / "demo" / "hub.db")


def _assert_it_looks_alive(database: Path) -> None:
    """Of each kind there is something, in every state."""
    with closing(sqlite3.connect(database)) as stored:

        def states(table: str, column: str) -> set[str]:
            return {row[0] for row in stored.execute(f"SELECT DISTINCT {column} FROM {table}")}

        assert states("orders", "status") >= {"new", "processed", "cancelled"}
        assert states("tickets", "status") >= {"open", "closed"}
        assert states("invoices", "status") >= {"open", "paid"}
        assert states("transactions", "status") >= {"completed", "unassigned", "refunded"}
        assert states("inbound_events", "outcome") == {
            "processed", "skipped", "ignored", "parked", "rejected", "failed"
        }  # fmt: skip
        assert len(states("commissions_lines", "level")) == 3
        assert len(states("memberships", "role")) == 3
        assert states("ticket_messages", "author") == {"customer", "member"}


def _assert_scenes(shown: str, database: Path) -> None:
    """What is shown is what the seeds say and what the database holds."""
    sold, reversed_ = zip(*(rows(shown, partner) for partner in ("P-001", "P-002", "P-003")), strict=True)
    assert [(row[2], row[3], row[5], row[7]) for row in sold] == [
        ("0", "10", "16.72", "pending"),
        ("1", "5", "8.36", "pending"),
        ("2", "2", "3.34", "pending"),
    ]
    assert [(row[2], row[3], row[4], row[6]) for row in reversed_] == [
        ("0", "16.72", "0.00", "reversed"),
        ("1", "8.36", "0.00", "reversed"),
        ("2", "3.34", "0.00", "reversed"),
    ]
    order = "Eine Web-Bestellung über 149,90 € ist eingegangen."
    assert [row[1:3] for row in rows(shown, "anna@") if order in row] == [["Neue Bestellung!", order]]
    assert [row[1:] for row in rows(shown, "Integration hub <")] == [
        ["anna@musterfirma.example", "Neue Bestellung über 149,90 €", "yes"],
        ["ben@musterfirma.example", "Neue Bestellung über 149,90 €", "yes"],
    ]
    webhooks = rows(shown, "/crm")
    assert [(row[1], row[2], row[7]) for row in webhooks] == [
        ("transaction.created", "ext-tx-1001", "verified"),
        ("transaction.refunded", "ext-tx-1001", "verified"),
    ]
    with closing(sqlite3.connect(database)) as stored:
        credited = stored.execute(
            "SELECT credited_minor, amount_minor FROM commissions_lines JOIN transactions AS sale"
            " ON sale.id = transaction_id WHERE sale.external_id = 'ext-tx-1001' ORDER BY level"
        )
        assert credited.fetchall() == [(1672, 0), (836, 0), (334, 0)]
        done = {
            row[0].replace("-", "")
            for row in stored.execute("SELECT id FROM deliveries WHERE state = 'done'")
        }
        assert {row[6].replace("-", "") for row in webhooks} <= done
        assert stored.execute("SELECT count(*) FROM deliveries WHERE state != 'done'").fetchone() == (0,)


def install(folder: Path, files: Mapping[str, str]) -> str:
    """Where the package lies: a value of PYTHONPATH."""
    for name, text in files.items():
        path = folder / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return os.pathsep.join(filter(None, [str(folder / "site"), os.environ.get("PYTHONPATH")]))


def test_an_effect_that_fails_ends_it_with_status_1(tmp_path: Path) -> None:
    effects = [promise for scene in promised("scenes") for promise in scene["promises"]]

    ran = run(tmp_path, PYTHONPATH=install(tmp_path, DEAF))

    assert ran.returncode == 1
    assert f"{len(effects)} of {len(effects) + 1} effects arrived as promised." in ran.stdout
    assert rows(ran.stdout, "deaf:") == [["deaf:Deaf.hear", "done", "missing"]]
    assert processes_in(tmp_path) == []


def start(folder: Path, **more: str) -> subprocess.Popen[bytes]:
    """The demonstration as it is without HUB_DEMO_EXIT; what it prints goes to files."""
    with (folder / "shown").open("wb") as shown, (folder / "told").open("wb") as told:
        command = (*COMMAND, "--weeks", "0")
        return subprocess.Popen(
            command, env=environment(folder, **more), cwd=folder, stdout=shown, stderr=told
        )


@pytest.fixture
def staying(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[bytes]]:
    """It with that package from outside, all shown."""
    process = start(tmp_path, PYTHONPATH=install(tmp_path, request.param))
    until = time.monotonic() + 60
    try:
        while "\n  receiver " not in (tmp_path / "shown").read_text("utf-8"):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.1)
        yield process
    finally:
        for pid in processes_in(tmp_path):
            psutil.Process(pid).kill()
        process.wait()


BROKEN = {**DEAF, "hub_deaf/__init__.py": "import a_module_that_nobody_has\n"}


@pytest.mark.parametrize(
    ("staying", "number", "status", "aside"),
    [
        pytest.param({}, signal.SIGINT, 0, False, id="all well, SIGINT"),
        pytest.param(BROKEN, signal.SIGTERM, 1, True, id="a plugin cannot be loaded, SIGTERM"),
    ],
    indirect=["staying"],
)
def test_it_stays_until_it_is_stopped_with_all_that_it_started(
    staying: subprocess.Popen[bytes], number: int, status: int, aside: bool, tmp_path: Path
) -> None:
    text = (tmp_path / "shown").read_text("utf-8")
    addresses = re.findall(r"^(?:The hub is running at|  mail server|  receiver) +(\S+)", text, re.MULTILINE)
    heard = [listens(address) for address in addresses]

    staying.send_signal(number)

    assert heard == [True, True, True]
    assert staying.wait(30) == status
    assert [listens(address) for address in addresses] == [False, False, False]
    assert processes_in(tmp_path) == []
    told = (tmp_path / "told").read_text("utf-8")
    assert ("deaf was put aside: cannot be imported: ModuleNotFoundError" in told) is aside
