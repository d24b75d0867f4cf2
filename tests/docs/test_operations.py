"""docs/operations.md and the files in docs/operations: commands exist as they are written, figures are those
of ``/metrics``, settings are settings, and programs that are installed take the files for theirs."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from hub.cli.main import hub as command_line
from hub.config import Config

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "operations.md").read_text("utf-8")
FOLDER = DOCS / "operations"
FILES = sorted(path for path in FOLDER.iterdir() if path.is_file())

CONSOLE = re.compile(r"^```(?:console|sh)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`(hub [a-z][^`]*)`")
METRIC = re.compile(r"\bhub_[a-z]+(?:_[a-z]+)*\b")
SETTING = re.compile(r"\bHUB_[A-Z_]+[A-Z]\b")


def commands() -> Iterator[str]:
    """What begins with ``hub`` on the page and in the files."""
    for block in CONSOLE.findall(PAGE):
        for line in block.splitlines():
            text = line.removeprefix("$ ").split("  #")[0].split(" > ")[0].strip()
            if text.startswith("hub "):
                yield text
    yield from (text.split(" --set ")[0] for text in INLINE.findall(PAGE) if "<" not in text)
    for path in FILES:
        for found in re.findall(r"(?:Exec\w+=|-c ')\S*/(hub [^'$\n]*)", path.read_text("utf-8")):
            yield found.strip()


@pytest.mark.parametrize("text", sorted(set(commands())))
def test_a_command_is_one(text: str) -> None:
    words = shlex.split(text)[1:]
    command: click.Command = command_line
    context = click.Context(command, info_name="hub")
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name = words.pop(0)
        found = command.get_command(context, name)
        assert found is not None, f"there is no {name!r} in {text!r}"
        command, context = found, click.Context(found, parent=context, info_name=name)
    wrong = unknown_options(command, words)
    assert not wrong, f"{text!r} has no {wrong}"


def unknown_options(command: click.Command, words: list[str]) -> list[str]:
    known = {option for parameter in command.params for option in parameter.opts} | {"--help", "--version"}
    return [word for word in words if word.startswith("--") and word.split("=")[0] not in known]


@pytest.mark.parametrize("path", [DOCS / "operations.md", *FILES], ids=lambda path: path.name)
def test_a_setting_is_one(path: Path) -> None:
    told = set(SETTING.findall(path.read_text("utf-8"))) - {"HUB_TEST_MACHINES", "HUB_TEST_POSTGRES_URL"}

    assert told <= {f"HUB_{name.upper()}" for name in Config.model_fields}


def test_figures_are_those_that_the_hub_has(make_app: Any, sqlite_url: str, sale: Any) -> None:
    site = make_app(sqlite_url, metrics_token="a-token-for-the-test")
    site.add_tenant("musterfirma")
    site.send(sale())
    headers = {"Authorization": "Bearer a-token-for-the-test"}
    has = set(METRIC.findall(site.app.test_client().get("/metrics", headers=headers).text))
    has |= {"hub_worker_last_seen_timestamp_seconds"}  # once a worker was there
    rules = yaml.safe_load((FOLDER / "alerts.yml").read_text("utf-8"))
    used = {
        name for group in rules["groups"] for rule in group["rules"] for name in METRIC.findall(rule["expr"])
    }

    assert used
    assert used <= has
    told = {name for name in METRIC.findall(PAGE) if not name.startswith(("hub_app", "hub_test"))}
    assert {name for name in told if f"{name}_total" not in has} <= has


def test_every_rule_says_how_urgent_it_is() -> None:
    rules = yaml.safe_load((FOLDER / "alerts.yml").read_text("utf-8"))
    for rule in rules["groups"][0]["rules"]:
        assert set(rule) - {"for"} == {"alert", "expr", "labels", "annotations"}
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"]


def test_every_file_is_named_on_the_page() -> None:
    assert [path.name for path in FILES if f"operations/{path.name}" not in PAGE] == []


def test_proxies_set_what_the_hub_believes() -> None:
    nginx = (FOLDER / "nginx.conf").read_text("utf-8")
    for header in ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Host"):
        assert f"proxy_set_header {header} " in nginx
    assert "client_max_body_size 1m" in nginx
    assert Config.model_fields["body_limit"].default == 1024 * 1024


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for path in [*FOLDER.glob("*.service"), *FOLDER.glob("*.timer")]:
        text = path.read_text("utf-8").replace("/srv/hub/.venv/bin/hub", "/bin/true")
        (tmp_path / path.name).write_text(text, "utf-8")
    ran = subprocess.run(
        ["systemd-analyze", "verify", *sorted(str(path) for path in tmp_path.iterdir())],
        capture_output=True,
        text=True,
        check=False,
    )
    complaints = [line for line in ran.stderr.splitlines() if line.startswith(str(tmp_path)) or "hub" in line]
    assert complaints == []


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_prometheus_takes_the_rules() -> None:
    subprocess.run(
        ["promtool", "check", "rules", str(FOLDER / "alerts.yml")], check=True, capture_output=True
    )
