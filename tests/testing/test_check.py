"""`hub plugin check`, and the kit in pytest."""

import importlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hub.registry.discovery import discover
from hub.registry.quality import Tier, tier_of
from hub.testing import RULES, load

COMMANDS = importlib.import_module("hub.cli.main")
MODULE = "hub_planted/__init__.py"
KEY = 'event_key=Json("id", required=True)'
NO_KEY = "event_key=lambda inbound: None"
ROOT = Path(__file__).parents[2]
OURS = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))

Plant = Callable[..., Path]


def run(*words: str) -> Result:
    """`hub plugin check …`."""
    return CliRunner().invoke(COMMANDS.hub, ["plugin", "check", *words], catch_exceptions=False)


def checked(folder: Path) -> dict[str, Any]:
    """What it says as JSON."""
    told: dict[str, Any] = json.loads(run(str(folder), "--json").stdout)
    return told


def test_findings_are_grouped_by_rule_and_say_what_to_do(plant: Plant) -> None:
    plant(MODULE, ', "en": "Sales."', "")
    folder = plant("README.md", "## Remove", "## Away")

    told = run(str(folder))

    assert told.exit_code == 1
    heads = [line.split()[0] for line in told.stdout.splitlines() if line.startswith("K")]
    assert heads == ["K101-manifest-complete", "K803-readme"]
    assert "  README.md: add the section ## Remove" in told.stdout
    assert "see docs/reference/rules.md#k803-readme" in told.stdout
    assert "planted: none; missing: manifest-complete, readme" in told.stdout


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("def parse(", "def prase(", "prase"),
        ("import hub\n", "import gibt_es_nicht\n", "No module named 'gibt_es_nicht'"),
        ("plugin = Planted()", "plugin = 42", "not an instance of hub.Plugin"),
        (">=0.1,<1", ">=9", "needs hub >=9"),
        ('slug="planted"', 'slug="other"', "the manifest's slug is 'other'"),
    ],
)
def test_what_the_hub_would_not_run_is_refused_with_the_reason(
    plant: Plant, old: str, new: str, said: str
) -> None:
    folder = plant(MODULE, old, new)

    (found,) = checked(folder)["findings"]

    assert run(str(folder)).exit_code == 1
    assert found["rule"] == "K001-loads"
    assert said in found["message"]


def test_a_plugin_that_is_not_there_is_named() -> None:
    told = run("nowhere")

    assert told.exit_code == 1
    assert "no plugin 'nowhere' is installed" in told.stdout


def test_a_quality_file_may_not_say_what_the_kit_has_found_otherwise(plant: Plant) -> None:
    plant("quality.yaml", "rules:\n", "rules:\n  event-key: done\n  exact-money:\n    status: exempt\n")

    told = checked(plant(MODULE, KEY, NO_KEY))

    assert [(one["rule"], one["message"]) for one in told["findings"] if one["rule"] > "K9"] == [
        ("K901-quality-file", "exact-money: say why"),
        (
            "K902-done-contradicted",
            "event-key is said to be done, but there are findings of K601-key-present",
        ),
    ]
    assert told["tier"] == "bronze"


@pytest.mark.parametrize(("status", "tier"), [("todo", "bronze"), ("exempt", "platinum")])
def test_what_is_owned_up_to_fails_no_check_but_may_cost_the_tier(
    plant: Plant, status: str, tier: str
) -> None:
    plant("quality.yaml", "rules:\n", f"rules:\n  event-key: {{status: {status}, why: There are none.}}\n")

    told = checked(plant(MODULE, KEY, NO_KEY))

    assert (told["passed"], told["tier"], told["findings"]) == (True, tier, [])
    assert {one["rule"] for one in told["known"]} == {"K601-key-present"}


def test_what_every_plugin_must_hold_cannot_be_excused(plant: Plant) -> None:
    plant("README.md", "## Remove", "## Away")

    told = checked(
        plant("quality.yaml", "rules:\n", "rules:\n  readme: {status: exempt, why: Nobody reads.}\n")
    )

    assert [one["rule"] for one in told["findings"]] == ["K803-readme", "K902-done-contradicted"]


def test_the_result_is_written_and_found_out_of_date(plant: Plant, good: Path) -> None:
    written = run(str(good), "--write")
    plugin = load(str(good)).plugin
    before, badge = tier_of(plugin), (good / "quality.svg").read_text("utf-8")
    plant("quality.yaml", "own-tests: done", "own-tests: {status: todo, why: Later.}")

    (found,) = [one for one in checked(good)["findings"] if one["where"] == "quality.json"]

    assert written.exit_code == 0
    assert before is Tier.PLATINUM
    assert "quality: platinum" in badge
    assert found["rule"] == "K903-result-file"
    assert "the tier is gold" in found["message"]
    assert run(str(good), "--write").exit_code == 0
    assert "quality: gold" in (good / "quality.svg").read_text("utf-8")


@pytest.mark.parametrize("folder", OURS, ids=lambda folder: folder.name)
def test_our_plugins_keep_the_contract_and_say_their_tier(folder: Path) -> None:
    told = checked(folder)

    assert told["findings"] == []
    assert told["tier"] == "platinum"
    assert tier_of(discover().installed[told["plugin"]].plugin) is Tier.PLATINUM
    assert (folder / "quality.svg").is_file()


def pytest_in(folder: Path, *words: str) -> str:
    """What pytest says in that folder, with nothing but the kit's plugin."""
    environment = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": f"{ROOT}:{folder}", "PATH": ""}
    command = [sys.executable, "-m", "pytest", "-p", "pytest_hub", "-rA", "-q", *words]
    told = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    return told.stdout + told.stderr


def test_pytest_has_an_item_for_each_rule_of_who_asks(plant: Plant) -> None:
    plant("test_own.py", "", "def test_own():\n    assert True\n")
    plant("README.md", "## Remove", "## Away")
    folder = plant("pyproject.toml", "[project]\n", '[tool.pytest]\nhub_plugin = "."\n\n[project]\n')

    told = pytest_in(folder)
    single = pytest_in(folder, "test_own.py::test_own")

    assert "PASSED hub:planted::K501-signed-accepted" in told
    assert "README.md: add the section ## Remove" in told
    assert "PASSED hub:planted::K902-done-contradicted" in told
    assert f"1 failed, {len(RULES)} passed" in told  # the test of its own is among them
    assert "1 passed" in single


def test_the_verdicts_are_items_with_all_that_they_find(plant: Plant) -> None:
    plant("README.md", "## Remove", "## Away")
    plant("hub_planted/quality.json", "", "{}")
    plant("quality.yaml", "rules:\n", "rules:\n  readme: done\n  event-key: {status: exempt}\n")
    folder = plant("pyproject.toml", "[project]\n", '[tool.pytest]\nhub_plugin = "."\n\n[project]\n')

    told = pytest_in(folder, "-k", "K9")

    assert "  quality.yaml: event-key: say why" in told
    assert "  quality.yaml: readme is said to be done, but there are findings of K803-readme" in told
    assert "  quality.json: is out of date: the tier is none." in told
    assert "  quality.svg: is out of date: the tier is none." in told
    assert "3 failed" in told


def test_a_plugin_that_cannot_be_had_is_a_failure_of_each_rule_that_is_asked_for(plant: Plant) -> None:
    plant("pyproject.toml", "[project]\n", '[tool.pytest]\nhub_plugin = "."\n\n[project]\n')
    folder = plant(MODULE, "import hub\n", "import gibt_es_nicht\n")

    told = pytest_in(folder, "-k", "K0 or K501")

    assert "No module named 'gibt_es_nicht'" in told
    assert "K501-signed-accepted could not be tried: The plugin can be imported" in told
    assert "2 failed" in told


def test_to_collect_the_rules_loads_no_plugin(plant: Plant) -> None:
    plant("pyproject.toml", "[project]\n", '[tool.pytest]\nhub_plugin = "."\n\n[project]\n')
    folder = plant(MODULE, "import hub\n", "import hub\nimport gibt_es_nicht\n")

    told = pytest_in(folder, "--collect-only")

    assert "hub:planted::K903-result-file" in told
    assert "gibt_es_nicht" not in told


def test_pytest_is_left_alone_by_who_does_not_ask(plant: Plant) -> None:
    folder = plant("test_own.py", "", "import sys\n\ndef test_own():\n    assert 'hub' not in sys.modules\n")

    assert "1 passed" in pytest_in(folder)


def test_a_test_of_ones_own_can_try_each_rule(plant: Plant) -> None:
    folder = plant(
        "test_own.py",
        "",
        "import pytest\n\n"
        "@pytest.fixture(scope='session')\ndef hub_plugin():\n    return '.'\n\n"
        "def test_the_contract_is_kept(hub_rule):\n    hub_rule()\n",
    )

    told = pytest_in(folder, "-k", "K1 or K2 or K3")

    assert "PASSED test_own.py::test_the_contract_is_kept[K101-manifest-complete]" in told
    assert "failed" not in told
