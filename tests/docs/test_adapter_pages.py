"""The pages of adapters keep their promise: the code on them, run as it stands, gets the answer on them.

One hub is served for all; each language is a tenant of it, so that every request is the first of its kind.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from hub.app import Hub, create_app
from hub.config import Config
from hub.records import tenants
from hub.registry.connecting import DEFAULT, Connections
from hub.registry.demonstrating import demo_of
from hub.registry.discovery import Plugins
from hub.support.clock import utc_now

PAGES = sorted((Path(__file__).parents[2] / "docs" / "adapters").glob("*.md"))
LANGUAGES = {"curl": "bash", "Bash": "bash", "PHP": "php", "Python": sys.executable, "JavaScript": "node"}
ENDINGS = {"PHP": ".php", "Python": ".py", "JavaScript": ".mjs"}

BASE, TENANT = "https://hub.example.com", "musterfirma"
SAMPLE = re.compile(r"<summary>(\w+)</summary>\n\n```\w+\n(.*?)^```", re.DOTALL | re.MULTILINE)
HTTP = re.compile(r"^```http\n(.*?)\n\n(.*?)\n```", re.DOTALL | re.MULTILINE)
EVENT_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Page:
    """What a page says: code by language, the body of the request, and the body of the answer."""

    slug: str
    code: dict[str, str]
    request: str
    answer: str

    def write(self, folder: Path, language: str, at: str, secret: str) -> Path:
        """The language's code as a file, for that address and with that secret."""
        code = self.code[language].replace(BASE, at).replace(f"/{TENANT}/", f"/{language.lower()}/")
        code = re.sub("YOUR_SECRET|YOUR_API_KEY", lambda _: secret, code)
        script = folder / f"{self.slug}{ENDINGS.get(language, '.sh')}"
        script.write_text(code, "utf-8")
        return script


def read_page(path: Path) -> Page:
    text = path.read_text("utf-8")
    (_, request), (_, answer) = HTTP.findall(text)
    return Page(path.stem, dict(SAMPLE.findall(text)), request, answer)


@dataclass(frozen=True)
class Served:
    """The hub, and what a sender of each tenant signs with."""

    url: str
    keys: dict[str, str]
    secrets: dict[str, str]

    def secret(self, slug: str, language: str) -> str:
        return self.secrets.get(slug) or self.keys[language.lower()]


@pytest.fixture(scope="module")
def served(
    installed: Plugins,
    migrated_file: Path,
    listening: Callable[..., Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Served]:
    """A hub with every source on for every tenant, as in its demonstration."""
    copy = shutil.copy(migrated_file, tmp_path_factory.mktemp("samples") / "hub.db")
    config = Config(database_url=f"sqlite:///{copy}", secret_key=SecretStr("the-key-of-the-samples"))
    app = create_app(config, plugins=installed)
    rooms: Hub = app.extensions["hub"].for_all_tenants()
    keys, secrets = {}, {}
    for number, tenant in enumerate(map(str.lower, LANGUAGES), 1):
        keys[tenant] = make_tenant(rooms, tenant, number)
        for page in PAGES:
            demo = demo_of(installed.installed[page.stem].plugin)
            settings = demo.settings if demo else {}
            connections = Connections(rooms.database, rooms.plugins, rooms.vault, rooms.clock)
            connections.create(tenant, page.stem, DEFAULT, settings)
            secrets[page.stem] = next(iter(settings.get("secrets", ())), "")
    with listening(app) as port:
        yield Served(f"http://127.0.0.1:{port}", keys, secrets)
    rooms.database.close()


def make_tenant(rooms: Hub, slug: str, number: int) -> str:
    """A tenant; gives its API key."""
    now = utc_now()
    with rooms.database.write() as unit:
        tenant_id = tenants.create_tenant(
            unit, slug=slug, name=slug, locale="de", currency="EUR", timezone="Europe/Berlin", now=now
        )
        return tenants.issue_key(unit, tenant_id=tenant_id, tenant_number=number, now=now).key


def require(language: str) -> None:
    """Skip where a program is missing; CI has them all. PHP also needs its curl extension."""
    programs = ["openssl", "curl", "bash"] if LANGUAGES[language] == "bash" else [LANGUAGES[language]]
    missing = [program for program in programs if shutil.which(program) is None]
    if language == "PHP" and not missing:
        modules = subprocess.run(["php", "-m"], capture_output=True, text=True).stdout
        missing = [] if "curl" in modules else ["PHP's curl extension"]
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"CI needs {', '.join(missing)} for the code samples in {language}")
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed: no code samples in {language} are run")


@pytest.mark.xdist_group("samples")
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_code_on_every_page_gets_the_answer_on_it(language: str, served: Served, tmp_path: Path) -> None:
    require(language)
    pages = [page for page in map(read_page, PAGES) if page.code]
    running = {}
    for page in pages:
        folder = tmp_path / page.slug
        folder.mkdir()
        lay_out(page, folder)
        script = page.write(folder, language, served.url, served.secret(page.slug, language))
        command = [LANGUAGES[language], str(script)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": folder}
        running[page.slug] = subprocess.Popen(command, **pipes)
    said = {slug: process.communicate(timeout=60) for slug, process in running.items()}

    expected = {page.slug: page.answer for page in pages}
    got = {slug: answered(stdout, stderr) for slug, (stdout, stderr) in said.items()}
    assert got == {slug: EVENT_ID.sub("<id>", answer) for slug, answer in expected.items()}


def lay_out(page: Page, folder: Path) -> None:
    """The files from which curl reads what is sent: JSON or a form as it is, and a form's plain fields."""
    (folder / "body.json").write_text(page.request, "utf-8")
    (folder / "body.form").write_text(page.request.replace("\n", ""), "utf-8")
    if "fields.txt" in page.code["curl"]:
        heredoc = page.code["Bash"].partition("<<'FORM'\n")[2].partition("FORM\n)")[0]
        (folder / "fields.txt").write_text(heredoc, "utf-8")


def answered(stdout: str, stderr: str) -> str:
    """The body of the answer that a sample printed, without the status; else what went wrong."""
    body = re.sub(r"\A20\d ", "", stdout).strip()
    return EVENT_ID.sub("<id>", body) or stderr


def test_every_page_has_code() -> None:
    assert len(PAGES) >= 4
    assert {page.stem: set(LANGUAGES) - set(read_page(page).code) for page in PAGES} == {
        page.stem: set() for page in PAGES
    }
