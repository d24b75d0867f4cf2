"""The code samples of every scheme, run as they stand, make requests that the scheme takes."""

import http.server
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

import hub
from hub.contract.inbound import Connection, Headers, Tenant
from hub.contract.schemes import hash_key
from hub.registry.snippets import file_of, snippets

SECRET = "whsec_ZWluIEdlaGVpbW5pcyBmw7xyIFRlc3Rz"
BODY = '{\n  "name": "Ärger mit \\"Quotes\\", \'einfachen\' und $HOME `id`",\n  "total": 1.50\n}'

SCHEMES = {
    "hmac": hub.schemes.Hmac(header="X-Signature", prefix="sha256="),
    "hmac-base64": hub.schemes.Hmac(header="X-Signature", encoding="base64", digest="sha512"),
    "timestamped": hub.schemes.TimestampedHmac(header="X-Signature"),
    "standard": hub.schemes.StandardWebhooks(),
    "api-key": hub.schemes.ApiKey(header="X-API-KEY"),
    "token": hub.schemes.SharedToken(header="Authorization", prefix="Bearer "),
    "basic": hub.schemes.Basic(),
    "basic-user": hub.schemes.Basic(user="hub"),
    "url-token": hub.schemes.UrlToken(),
    "by-header": hub.schemes.ByHeader(
        header="X-New", present=hub.schemes.Hmac(header="X-New"), absent=hub.schemes.Hmac(header="X-Old")
    ),
}
FORM = (
    "name=%C3%84rger+mit+%22Quotes%22%2C+%27einfachen%27+und+%24HOME+%60id%60+%5C&name1="
    "&items%5B%5D%5Bid%5D=7"
)
FORMS = {
    "sorted": hub.schemes.SortedParameters(parameter="sha_sign"),
    "form-hmac": hub.schemes.Hmac(header="X-Signature"),
    "form-token": hub.schemes.UrlToken(),
}
PROGRAMS = {
    "curl": ["bash"],
    "Bash": ["bash"],
    "PHP": ["php"],
    "Python": [sys.executable],
    "JavaScript": ["node"],
}
ENDINGS = {"PHP": "php", "Python": "py", "JavaScript": "mjs"}


@pytest.fixture(scope="module")
def catcher() -> Iterator[tuple[str, list[hub.Inbound]]]:
    """A server that keeps what it is sent."""
    caught: list[hub.Inbound] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            caught.append(
                hub.Inbound(
                    received_at=datetime.now(UTC),
                    body=body,
                    headers=Headers(self.headers.items()),
                    query=dict(parse_qsl(urlsplit(self.path).query)),
                )
            )
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"OK")

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/hook", caught
    server.shutdown()
    server.server_close()


def runs(language: str, folder: Path) -> None:
    """Skip where the program is missing: PHP also needs its curl extension."""
    program = PROGRAMS[language][0]
    if shutil.which(program) is None or (language in ("curl", "Bash") and shutil.which("openssl") is None):
        pytest.skip(f"{program} is not installed")
    if language == "PHP" and b"curl" not in subprocess.run(["php", "-m"], capture_output=True).stdout:
        pytest.skip("PHP has no curl here")


@pytest.mark.parametrize("language", PROGRAMS)
@pytest.mark.parametrize("name", [*SCHEMES, *FORMS])
def test_a_sample_is_authentic(
    name: str, language: str, catcher: tuple[str, list[hub.Inbound]], tmp_path: Path
) -> None:
    runs(language, tmp_path)
    url, caught = catcher
    form = name in FORMS
    scheme, body = (FORMS[name], FORM) if form else (SCHEMES[name], BODY)
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
    code = snippets(scheme, url, body, SECRET, headers)[language]
    script = tmp_path / f"sample.{ENDINGS.get(language, 'sh')}"
    script.write_text(code, "utf-8")
    if file := file_of(code):
        (tmp_path / file).write_text(plain(FORM) if file == "fields.txt" else body, "utf-8")

    done = subprocess.run([*PROGRAMS[language], str(script)], capture_output=True, cwd=tmp_path, text=True)

    assert done.returncode == 0, done.stderr
    assert "OK" in done.stdout, done.stderr
    inbound = caught.pop()
    assert inbound.payload["name"].text().startswith("Ärger mit \"Quotes\", 'einfachen' und $HOME `id`")
    scheme.verify(inbound, connection())


def plain(form: str) -> str:
    """The fields of a form, one to a line, as a curl call reads them."""
    return "".join(f"{name}={value}\n" for name, value in parse_qsl(form, keep_blank_values=True))


def connection() -> Connection:
    tenant = Tenant(number=1, slug="m", name="m", locale="de", currency="EUR", timezone="Europe/Berlin")
    settings = hub.SignedSettings.model_validate({"secrets": SECRET})
    return Connection(
        tenant=tenant, plugin="p", name="default", settings=settings, credentials=(hash_key(SECRET),)
    )


def test_an_unknown_scheme_has_no_samples() -> None:
    assert snippets(None, "https://hub.example/x", "{}", "s") == {}
