"""An operator at the command line: the commands run in this process, standard output and standard
error apart, on an installation of the test's own."""

import importlib
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner, Result
from werkzeug.test import TestResponse

import hub
from hub.app import create_app
from hub.config import Config
from hub.registry.discovery import Plugins
from hub.support import jsontext

COMMANDS = importlib.import_module("hub.cli.main")
SETTINGS = tuple(f"HUB_{name.upper()}" for name in Config.model_fields)
TENANT = "musterfirma"
SECRET = "ein-langes-geheimnis-0815"


@dataclass(frozen=True)
class Operator:
    """Runs ``hub``; ``environment`` is all that the commands see of the installation. Those that work on a
    database are handed its plugins, instead of finding them anew each time."""

    environment: Mapping[str, str]
    plugins: Plugins | None = field(default=None, repr=False)
    """``None``: each command finds them by itself, as in a process of its own."""
    said: list[str] = field(default_factory=list)
    """All that any command printed, to look for what must not be there."""

    @property
    def folder(self) -> Path:
        """HUB_VAR_DIR."""
        return Path(self.environment["HUB_VAR_DIR"])

    def with_(self, **environment: str) -> "Operator":
        """The same operator with other settings."""
        return replace(self, environment={**self.environment, **environment})

    def run(self, *words: str, stdin: bytes = b"") -> Result:
        """Run a command. An exception that would be a traceback fails the test."""
        env = {**dict.fromkeys(SETTINGS), **self.environment}
        result = CliRunner().invoke(
            COMMANDS.hub,
            list(words),
            input=stdin,
            env=env,
            prog_name="hub",
            obj=self.plugins,
            catch_exceptions=False,
        )
        self.said.extend([result.stdout, result.stderr])
        return result

    def ok(self, *words: str) -> str:
        """Standard output of a command that must succeed."""
        result = self.run(*words)
        assert result.exit_code == 0, result.stderr
        return result.stdout

    def json(self, *words: str, code: int = 0) -> Any:
        """What a command prints with ``--json``: one line of JSON and nothing else."""
        result = self.run(*words, "--json")
        assert result.exit_code == code, result.stderr
        assert result.stdout.count("\n") == 1
        return jsontext.decode_stored(result.stdout)

    def refused(self, *words: str) -> str:
        """Standard error of a command that must fail, with nothing on standard output."""
        result = self.run(*words)
        assert result.exit_code in (1, 2)
        assert result.stdout == ""
        assert result.stderr.strip()
        return result.stderr

    def post(
        self, body: Any, *, plugin: str = "custom", secret: str = SECRET, path: str = ""
    ) -> TestResponse:
        """Send a signed request to the installation, as it is configured now."""
        app = create_app(self.config(), plugins=self.plugins)
        rooms = app.extensions["hub"]
        manifest = rooms.plugins.installed[plugin].manifest
        raw = body if isinstance(body, bytes) else jsontext.encode(body)
        outgoing = hub.Outgoing(body=raw, headers={"Content-Type": "application/json"})
        outgoing = manifest.scheme.sign(outgoing, secret, datetime.now(UTC))
        try:
            return app.test_client().post(
                path or manifest.routes[0].replace("<tenant>", TENANT),
                data=raw,
                headers=dict(outgoing.headers),
            )
        finally:
            rooms.database.close()

    def config(self) -> Config:
        """The settings as the commands have them."""
        values = {name.removeprefix("HUB_").lower(): value for name, value in self.environment.items()}
        return Config(**values)  # type: ignore[arg-type]


@pytest.fixture
def operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installed: Plugins) -> Operator:
    """An operator in an empty folder: nothing is set up."""
    # The real set-up keeps this process's standard error for good, which the runner replaces.
    monkeypatch.setattr(COMMANDS, "set_up_logs", _log_to_standard_error)
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    return Operator({"HUB_VAR_DIR": str(tmp_path / "var")}, installed)


@pytest.fixture
def ready(operator: Operator, migrated_file: Path) -> Operator:
    """An installation as ``hub init`` leaves it, made faster."""
    operator.folder.mkdir()
    shutil.copy(migrated_file, operator.folder / "hub.db")
    key_file = operator.folder / "secret_key"
    key_file.touch(mode=0o600)
    key_file.write_text("the-first-key-of-the-installation\n", "utf-8")
    return operator


@pytest.fixture
def firm(ready: Operator) -> Operator:
    """An installation with the tenant *musterfirma*."""
    ready.ok("tenant", "create", TENANT, "--name", "Musterfirma GmbH")
    return ready


@pytest.fixture
def shop(firm: Operator) -> Operator:
    """The tenant receives by the custom webhook."""
    firm.ok("connection", "create", TENANT, "custom", "--set", f"secrets={SECRET}")
    return firm


def _log_to_standard_error(*_level: str) -> None:
    structlog.configure(
        logger_factory=lambda *_names: structlog.WriteLogger(sys.stderr), cache_logger_on_first_use=False
    )


@pytest.fixture(autouse=True)
def _usual_logs() -> Any:
    """What a command configured of the logs does not outlast its test."""
    yield
    structlog.reset_defaults()
