"""The command as a process: what a script that calls it gets."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


def hub(operator: Any, *words: str, program: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    return subprocess.run(
        [*(program or (sys.executable, "-m", "hub")), *words],
        env={**inherited, **operator.environment, "PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_installed_command_sets_up_and_prints_json_only(operator: Any) -> None:
    script = Path(sys.executable).with_name("hub")
    made = hub(operator, "init", "--json", program=(str(script),))

    assert (made.returncode, made.stderr) == (0, "")
    assert json.loads(made.stdout)["operator"] == "operator@localhost"


def test_results_and_errors_do_not_mix(firm: Any) -> None:
    made = hub(firm, "key", "create", "musterfirma", "--json")
    refused = hub(firm, "key", "create", "niemand", "--json")

    assert (made.returncode, made.stderr) == (0, "")
    assert json.loads(made.stdout)["key"].startswith("crm_1_")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "Error: there is no tenant 'niemand'; `hub tenant list` shows all\n"


def test_a_reader_that_leaves_early_sees_no_traceback(shop: Any) -> None:
    for number in range(40):
        shop.post({"event": "unbekannt", "externalId": f"t-{number}", "text": "x" * 5000})
    command = f'"{sys.executable}" -m hub events list --json | head -c 10'
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}

    ran = subprocess.run(
        ["bash", "-c", command],
        env={**inherited, **shop.environment},
        capture_output=True,
        timeout=60,
        check=True,
    )

    assert ran.stdout == b'[{"id":"01'[:10]
    assert b"Traceback" not in ran.stderr


@pytest.mark.parametrize(
    "words", [("--help",), ("--version",), ("connection", "create", "--help")], ids=" ".join
)
def test_help_needs_no_installation(operator: Any, words: tuple[str, ...]) -> None:
    assert operator.ok(*words)
    assert not operator.folder.exists()


@pytest.mark.parametrize(
    "words",
    [
        ("gibt-es-nicht",),
        ("tenant",),
        ("events", "show"),
        ("records", "orders"),
        ("serve", "--port", "70000"),
        ("serve", "--workers", "0"),
        ("demo", "--port", "-1"),
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2(operator: Any, words: tuple[str, ...]) -> None:
    result = operator.run(*words)

    assert result.exit_code == 2
    assert "Usage:" in result.stderr


def test_a_port_that_is_taken(ready: Any) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = str(holder.getsockname()[1])

        assert f"cannot listen on 127.0.0.1:{port}" in ready.refused("serve", "--port", port)
