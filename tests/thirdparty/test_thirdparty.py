"""A plugin from outside, as `hub plugin new` makes it: built, installed beside the hub and called, without a
change to the hub."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

import hub
from hub.contract.schemes import Hmac

SECRET = "acmes-signing-secret"
SECONDS = 60

PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input")


@dataclass(frozen=True)
class Installation:
    """A hub with packages beside it."""

    environment: Mapping[str, str]

    def run(self, *words: str, code: int = 0) -> Any:
        """What a command prints as JSON."""
        ran = subprocess.run(
            [sys.executable, "-m", "hub", *words, "--json"],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert ran.returncode == code, ran.stderr
        return json.loads(ran.stdout)

    @contextmanager
    def serving(self, log: Path) -> Iterator[str]:
        """The address of a running server."""
        with log.open("wb") as stream:
            process = subprocess.Popen(
                [sys.executable, "-m", "hub", "serve", "--port", "0"], env=self.environment, stderr=stream
            )
        try:
            until = time.monotonic() + SECONDS
            while not (line := re.match(rb'\{"url":"([^"]+)"', log.read_bytes())):
                assert process.poll() is None, log.read_text("utf-8")
                assert time.monotonic() < until
                time.sleep(0.05)
            yield line[1].decode()
        finally:
            process.terminate()
            try:
                process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture(scope="session")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source tree of a plugin, as it was made."""
    folder = tmp_path_factory.mktemp("made")
    command = [sys.executable, "-m", "hub", "plugin", "new", "acme", "--into", folder]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=SECONDS)
    return folder / "acme"


@pytest.fixture(scope="session")
def wheel(acme: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Acme's package, built as its author would."""
    folder = tmp_path_factory.mktemp("acme")
    source = shutil.copytree(acme, folder / "source")
    subprocess.run(
        [*PIP, "wheel", "--quiet", "--no-build-isolation", "--no-deps", "--no-index", "-w", folder, source],
        check=True,
        timeout=SECONDS,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def packages(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with Acme's package installed in it."""
    folder = tmp_path_factory.mktemp("packages")
    subprocess.run(
        [*PIP, "install", "--quiet", "--no-deps", "--no-index", "--target", folder, wheel],
        check=True,
        timeout=SECONDS,
    )
    return folder


@pytest.fixture
def install(tmp_path: Path, migrated_file: Path) -> Any:
    """A set-up hub that finds packages in these folders, too."""

    def make(*folders: Path) -> Installation:
        (tmp_path / "var").mkdir()
        shutil.copy(migrated_file, tmp_path / "var" / "hub.db")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
        return Installation(
            {
                **inherited,
                "PYTHONPATH": os.pathsep.join(map(str, folders)),
                "HUB_VAR_DIR": str(tmp_path / "var"),
                "HUB_SECRET_KEY": "the-vault-key-of-the-tests",
            }
        )

    return make


def broken_package(folder: Path, name: str, code: str) -> Path:
    """A package as pip leaves it, whose module is this code."""
    info = folder / f"{name}-1.2.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n", "utf-8")
    (info / "entry_points.txt").write_text(f"[hub.plugins]\n{name} = {name}:plugin\n", "utf-8")
    (folder / f"{name}.py").write_text(code, "utf-8")
    return folder


def test_it_is_found_and_receives_while_broken_packages_are_put_aside(
    install: Any, packages: Path, tmp_path: Path
) -> None:
    aside = tmp_path / "aside"
    broken_package(aside, "raises", "raise RuntimeError('no licence found')\n")
    broken_package(aside, "misspelt", "import gibt_es_nicht\n")
    broken_package(aside, "unparsable", "def plugin(:\n")
    broken_package(aside, "nothing", "plugin = 42\n")
    broken_package(aside, "leaves", "import sys\nsys.exit('no licence found')\n")
    here = install(packages, aside)

    listed = {row["slug"]: row for row in here.run("plugin", "list")}
    found = {row["subject"]: row for row in here.run("doctor", code=1)}
    here.run("tenant", "create", "musterfirma", "--name", "Musterfirma")
    here.run("connection", "create", "musterfirma", "acme", "--set", f"secrets={SECRET}")
    body = (packages / "hub_acme" / "fixtures" / "sale.created__plain.json").read_bytes()
    outgoing = hub.Outgoing(body=body, headers={"Content-Type": "application/json"})
    signed = Hmac(header="X-Acme-Signature").sign(outgoing, SECRET, datetime.now(UTC))
    with here.serving(tmp_path / "log") as url:
        address = f"{url}/api/webhooks/musterfirma/acme"
        first, second, forged = (
            requests.post(address, data=data, headers=dict(signed.headers), timeout=SECONDS)
            for data in (body, body, body + b" ")
        )
        (sent,) = here.run(
            "send", "acme", "sale.created__plain", "--tenant", "musterfirma", "--tamper", "--url", url
        )
    (sale,) = here.run("records", "transactions", "--tenant", "musterfirma")

    assert [listed[slug]["state"] for slug in ("acme", "custom", "stripe")] == ["installed"] * 3
    assert (listed["acme"]["version"], listed["acme"]["package"]) == ("0.1.0", "hub-acme")
    assert (first.status_code, first.json()["status"]) == (200, "processed")
    assert (second.status_code, second.json()["status"]) == (200, "skipped")
    assert (forged.status_code, sent["status"]) == (401, 401)
    assert (sale["external_id"], sale["product_name"], sale["partner_code"]) == (
        "sale-501",
        "Jahresabo",
        "P-001",
    )
    assert listed["raises"]["state"] == "quarantined"
    assert (listed["raises"]["version"], listed["raises"]["package"]) == ("1.2", "raises")
    assert listed["raises"]["reason"] == "cannot be imported: RuntimeError: no licence found"
    assert "No module named 'gibt_es_nicht'" in listed["misspelt"]["reason"]
    assert "SyntaxError" in listed["unparsable"]["reason"]
    assert "hub.Plugin" in listed["nothing"]["reason"]
    assert "no licence found" in listed["leaves"]["reason"]
    assert (found["raises"]["level"], found["raises"]["message"]) == ("error", listed["raises"]["reason"])


def test_it_passes_the_steps_of_its_own_ci(acme: Path, packages: Path, tmp_path: Path) -> None:
    source = shutil.copytree(acme, tmp_path / "acme")
    workflow = yaml.safe_load((source / ".github" / "workflows" / "ci.yml").read_text("utf-8"))
    steps = [step["run"] for step in workflow["jobs"]["check"]["steps"] if "run" in step]
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("HUB_", "PYTEST_"))
    }
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    assert [step for step in steps if step.startswith("pip install")] == steps[:1]
    for step in steps[1:]:
        ran = subprocess.run(
            ["bash", "-c", step],
            cwd=source,
            env={**inherited, "PATH": programs, "PYTHONPATH": str(packages)},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert "K501-signed-accepted" in ran.stdout, "the conformance kit did not run"
