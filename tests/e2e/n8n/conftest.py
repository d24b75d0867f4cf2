"""A real n8n, as `make n8n` puts it into var/n8n: its workflows imported and published by its command line,
served on 127.0.0.1 with a folder of its own, telling nobody of it."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

INSTALLED = Path(__file__).parents[3] / "var" / "n8n"
WORKFLOWS = Path(__file__).parent / "workflows"
SECONDS = 180
"""How long a command of it, or its start, may take on a busy machine."""

Texts = Mapping[str, str]
Headers = Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class N8n:
    """The program: not yet started, its address is known, so that others can be told where to send to."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def address(self, path: str) -> str:
        """Of the webhook that starts a workflow."""
        return f"{self.url}/webhook/{path}"

    @contextmanager
    def running(self, texts: Texts, credentials: Headers) -> Iterator[None]:
        """Run it with the workflows. ``texts`` are what stands in them instead of the placeholders, and
        ``credentials`` the headers, by the id under which the workflows speak of them."""
        paths = self._prepare(texts, credentials)
        with self.log.open("ab") as stream:
            process = subprocess.Popen(
                command("start"), env=self._environment, stdout=stream, stderr=stream, start_new_session=True
            )
        try:
            self._wait_for(process, paths)
            yield
        finally:
            end(process)

    def _prepare(self, texts: Texts, credentials: Headers) -> list[str]:
        """Gives the paths of the workflows' webhooks."""
        flows = [json.loads(filled(path.read_text("utf-8"), texts)) for path in WORKFLOWS.glob("*.json")]
        headers = [
            {"id": name, "name": name, "type": "httpHeaderAuth", "data": {"name": header, "value": value}}
            for name, (header, value) in credentials.items()
        ]
        for what, given in (("workflow", flows), ("credentials", headers)):
            file = self.folder / f"{what}.json"
            file.write_text(json.dumps(given), "utf-8")
            self._run(f"import:{what}", f"--input={file}")
        for flow in flows:
            self._run("publish:workflow", f"--id={flow['id']}")
        return [flow["nodes"][0]["parameters"]["path"] for flow in flows]

    def _run(self, *words: str) -> None:
        ran = subprocess.run(
            command(*words), env=self._environment, capture_output=True, text=True, timeout=SECONDS
        )
        said = f"$ n8n {' '.join(words)}\n{ran.stdout}{ran.stderr}\n"
        with self.log.open("a", encoding="utf-8") as stream:
            stream.write(said)
        assert ran.returncode == 0, said

    def _wait_for(self, process: subprocess.Popen[bytes], paths: Sequence[str]) -> None:
        """It says that it is ready a moment before its webhooks are there."""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until and process.poll() is None:
            with suppress(requests.ConnectionError):
                if all(map(self._takes_posts, paths)):
                    return
            time.sleep(0.2)
        pytest.fail(f"n8n did not start:\n{self.log.read_text('utf-8')}")

    def _takes_posts(self, path: str) -> bool:
        asking = {"Origin": self.url, "Access-Control-Request-Method": "POST"}
        answer = requests.options(self.address(path), headers=asking, timeout=SECONDS)
        return "POST" in answer.headers.get("Access-Control-Allow-Methods", "")

    @property
    def _environment(self) -> dict[str, str]:
        """Everything on this machine and in this folder, nothing asked of anybody outside."""
        off = ("DIAGNOSTICS", "VERSION_NOTIFICATIONS", "TEMPLATES", "PERSONALIZATION", "COMMUNITY_PACKAGES")
        return {
            "PATH": f"{INSTALLED / 'node/bin'}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.folder),
            "N8N_USER_FOLDER": str(self.folder),
            "N8N_LISTEN_ADDRESS": "127.0.0.1",
            "N8N_HOST": "127.0.0.1",
            "N8N_PORT": str(self.port),
            "N8N_RUNNERS_BROKER_LISTEN_ADDRESS": "127.0.0.1",
            "N8N_RUNNERS_BROKER_PORT": str(free_port(but=self.port)),
            "N8N_DISABLE_UI": "true",
            "N8N_PUBLIC_API_DISABLED": "true",
            "N8N_LICENSE_AUTO_RENEW_ENABLED": "false",
            "N8N_GRACEFUL_SHUTDOWN_TIMEOUT": "5",
            "N8N_DISABLED_MODULES": "mcp-registry,instance-ai,agents,chat-hub",  # they ask n8n's own servers
            "NODE_FUNCTION_ALLOW_BUILTIN": "crypto",  # with which the Code node verifies
            **{f"N8N_{name}_ENABLED": "false" for name in off},
        }


def command(*words: str) -> list[str]:
    return [str(INSTALLED / "node/bin/node"), str(INSTALLED / "app/node_modules/n8n/bin/n8n"), *words]


def filled(text: str, texts: Texts) -> str:
    for placeholder, value in texts.items():
        text = text.replace(placeholder, value)
    return text


def free_port(but: int = 0) -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port if port != but else free_port(but)


def end(process: subprocess.Popen[bytes]) -> None:
    """End it with all that it started, which are the processes of its session."""
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture
def n8n(tmp_path: Path) -> N8n:
    """The program, to be run. Fails where it is not installed: who asks for this test means it."""
    if not (INSTALLED / "installed-from").is_file():
        pytest.fail("n8n is not installed: `make n8n` installs it and runs this test")
    return N8n(tmp_path, free_port())


@pytest.fixture
def firm(serve: Any, fresh_database: Callable[[str], str], make_firm: Callable[[Any], Any]) -> Iterator[Any]:
    """A tenant on a hub of its own, which may send to this machine."""
    with serve(fresh_database("sqlite"), HUB_ALLOWED_TARGETS="127.0.0.0/8") as server:
        yield make_firm(server)
