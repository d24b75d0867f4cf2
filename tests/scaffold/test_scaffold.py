"""`hub plugin new`: what it makes, and what it refuses to make. That the package works once it is
installed is shown in tests/thirdparty."""

import importlib
import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import hub
from hub.registry.demonstrating import demo_of
from hub.registry.fixtures import fixtures_of
from hub.scaffold import PROOFS
from hub.testing import load

COMMANDS = importlib.import_module("hub.cli.main")
ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)

New = Callable[..., Result]


@pytest.fixture
def new(tmp_path: Path) -> New:
    """`hub plugin new … --into` an empty folder."""

    def run(*words: str) -> Result:
        command = ["plugin", "new", *words, "--into", str(tmp_path)]
        return CliRunner().invoke(COMMANDS.hub, command, catch_exceptions=False)

    return run


def test_it_says_what_it_made_and_what_comes_next(new: New, tmp_path: Path) -> None:
    told = new("acme-shop", "--title-de", "Acme-Läden", "--title-en", "Acme's shops & more", "--json")
    made = json.loads(told.stdout)
    people = new("acme")

    assert (made["folder"], made["package"]) == (str(tmp_path / "acme-shop"), "hub_acme_shop")
    assert made["files"] == sorted(
        str(path.relative_to(tmp_path / "acme-shop"))
        for path in (tmp_path / "acme-shop").rglob("*")
        if path.is_file()
    )
    assert {"pyproject.toml", "README.md", "hub_acme_shop/mapper.py", "fixtures/demo.toml"} <= {
        *made["files"]
    }
    manifest = (tmp_path / "acme-shop" / "hub_acme_shop" / "manifest.py").read_text("utf-8")
    assert '"de": "Acme-Läden",' in manifest
    assert '"en": "Acme\'s shops & more",' in manifest
    assert 'header="X-Acme-Shop-Signature"' in manifest
    assert f"hub plugin check {tmp_path / 'acme'}" in people.stdout


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Acme",
        "acme_shop",
        "1acme",
        "acme-",
        "acme--shop",
        "a" * 41,
        "ac me",
        "../acme",
        "acmé",
        "/acme",
        "acme\n",
    ],
)
def test_a_name_that_cannot_be_is_refused_with_the_rule(new: New, tmp_path: Path, name: str) -> None:
    told = new(name)

    assert told.exit_code == 1
    assert "no name for a plugin: lower case letters, digits and single '-'" in told.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["hub-acme"], "leave out 'hub-'"),
        (["stripe"], "the plugin 'stripe' is installed already, as hub-stripe"),
        (["lead-api"], "there is a module hub_lead_api already"),
        (["acme", "--title-de", 'Acme "Plus"'], 'the title (de) must not hold "'),
        (["acme", "--title-en", "Acme\nPlus"], "the title (en) must be one line"),
        (["acme", "--title-en", " "], "the title (en) must be one line"),
    ],
)
def test_what_would_not_work_is_not_made(new: New, tmp_path: Path, words: list[str], sentence: str) -> None:
    told = new(*words)

    assert (told.exit_code, sentence in told.stderr) == (1, True), told.stderr
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(new: New, tmp_path: Path) -> None:
    mine = tmp_path / "acme" / "README.md"
    mine.parent.mkdir()
    mine.write_text("mine", "utf-8")
    (tmp_path / "elsewhere").symlink_to(tmp_path / "nowhere")

    for name in ("acme", "elsewhere"):
        told = new(name)
        assert told.exit_code == 1
        assert f"{tmp_path / name} is there already; nothing was changed" in told.stderr
    assert [path.name for path in mine.parent.iterdir()] == ["README.md"]
    assert mine.read_text("utf-8") == "mine"


def test_without_copier_it_says_how_to_get_it(new: New, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "copier", None)
    told = new("acme")

    assert told.exit_code == 1
    assert "pip install 'integration-hub[kit]'" in told.stderr


@pytest.mark.parametrize("scheme", PROOFS)
def test_whatever_the_scheme_it_is_in_shape_and_lets_signed_requests_in(
    new: New, tmp_path: Path, scheme: str
) -> None:
    name = f"acme-{scheme}"
    assert new(name, "--title-en", "A" * 60, "--scheme", scheme).exit_code == 0

    for check in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *check, "--config", ROOT / "pyproject.toml", "--no-cache"]
        ran = subprocess.run(command, cwd=tmp_path / name, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout
    plugin = load(str(tmp_path / name)).plugin
    demo = demo_of(plugin)
    assert demo is not None
    connection = hub.Connection(
        tenant=hub.Tenant(slug="muster", number=1, name="Muster"),
        plugin=name,
        name="default",
        settings=plugin.manifest.settings.model_validate(demo.settings),
    )
    sample = hub.Outgoing(body=fixtures_of(plugin)["sale.created__plain"].body)
    proved = plugin.manifest.scheme.sign(sample, demo.settings["secrets"][0], NOW)
    for outgoing, refused in ((proved, False), (sample, True)):
        inbound = hub.Inbound(
            received_at=NOW,
            body=outgoing.body,
            headers=hub.Headers(outgoing.headers.items()),
            query=outgoing.query,
        )
        with pytest.raises(hub.AuthenticationError) if refused else nullcontext():
            plugin.manifest.scheme.verify(inbound, connection)
