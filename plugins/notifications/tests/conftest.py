"""A hub's rooms with one tenant, a receiver of webhooks and a mail server, all on this machine."""

import shutil
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hub_notifications import plugin
from hub_notifications.settings import Settings
from pydantic import SecretStr

import hub
from hub.config import Config
from hub.records import tenants
from hub.records.database import Database
from hub.records.migrating import upgrade
from hub.records.vault import Vault
from hub.support.ids import new_id

START = datetime(2026, 6, 1, 12, tzinfo=UTC)
LOCAL = "127.0.0.0/8,::1/128"


class StoppedClock:
    """Stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Office:
    """A tenant of a hub without plugins of its own: what a channel is lent, and deliveries to send."""

    database: Database
    vault: Vault
    clock: StoppedClock
    tenant: hub.Tenant
    tenant_id: UUID
    config: Config

    @property
    def host(self) -> hub.Host:
        return hub.Host(config=self.config, clock=self.clock, database=self.database, vault=self.vault)

    def configure(self, **values: Any) -> None:
        self.config = Config(**{"secret_key": "k" * 20, "allowed_targets": LOCAL, **values})

    def delivery(self, channel: str, target: Any, content: dict[str, Any], **more: Any) -> hub.Delivery:
        return hub.Delivery(
            id=more.pop("id", None) or new_id(),
            tenant=self.tenant,
            tenant_id=more.pop("tenant_id", self.tenant_id),
            channel=channel,
            target=str(target),
            content=content,
            **more,
        )

    def send(self, delivery: hub.Delivery, **settings: Any) -> hub.Sent:
        """What the worker does with a delivery."""
        connection = hub.Connection(
            tenant=self.tenant, plugin="notifications", name="default", settings=Settings(**settings)
        )
        sent = plugin.notify(delivery, connection, self.host.for_tenant(delivery.tenant_id))
        assert isinstance(sent, hub.Sent)
        return sent

    def fail(self, delivery: hub.Delivery, **settings: Any) -> hub.DeliveryError:
        """The error of a delivery that does not arrive."""
        with pytest.raises(hub.DeliveryError) as caught:
            self.send(delivery, **settings)
        return caught.value

    def add_member(self, email: str, role: str = "staff") -> UUID:
        with self.database.write() as unit:
            return tenants.add_member(
                unit, tenant_id=self.tenant_id, email=email, name=email, role=role, now=self.clock()
            )


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("notifications") / "hub.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def office(empty_file: Path, tmp_path: Path) -> Iterator[Office]:
    """The tenant *Musterfirma* without members."""
    database = Database(f"sqlite:///{shutil.copy(empty_file, tmp_path / 'hub.db')}")
    clock = StoppedClock()
    tenant = hub.Tenant(slug="musterfirma", number=1, name="Musterfirma GmbH")
    with database.write() as unit:
        tenant_id = tenants.create_tenant(
            unit,
            slug=tenant.slug,
            name=tenant.name,
            locale="de",
            currency="EUR",
            timezone="Europe/Berlin",
            now=clock(),
        )
    config = Config(secret_key=SecretStr("k" * 20), allowed_targets=LOCAL)
    yield Office(database, Vault(["k" * 20]), clock, tenant, tenant_id, config)
    database.close()


@dataclass
class Receiver:
    """A web server that keeps what it is sent, and answers as it is told."""

    port: int = 0
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    connections: int = 0
    answer: Callable[[BaseHTTPRequestHandler], None] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def answers(self, status: int, body: bytes = b"ok", **headers: str) -> None:
        """Answer so from now on; ``_`` in a header's name stands for ``-``."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            for name, value in headers.items():
                handler.send_header(name.replace("_", "-"), value)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        self.answer = answer


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver of webhooks that answers 200."""
    kept = Receiver()
    kept.answers(200)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            kept.connections += 1
            super().setup()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            kept.requests.append((self.path, headers, body))
            assert kept.answer is not None
            try:
                kept.answer(self)
            except OSError:
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    kept.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield kept
    server.shutdown()
    server.server_close()
    thread.join(5)


@dataclass(frozen=True)
class Certificate:
    """A certificate for *localhost* that nobody vouches for: what a server needs, and its file."""

    server: ssl.SSLContext
    path: Path


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A fresh certificate, valid today."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("certificate")
    path, both = folder / "certificate.pem", folder / "both.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    both.write_bytes(path.read_bytes() + key.private_bytes(*form))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(both)
    return Certificate(server, path)


@dataclass
class Mailbox:
    """A mail server that keeps what it is sent; ``refusal`` is its answer to RCPT, if it has one."""

    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[Sequence[str]] = field(default_factory=list)
    refusal: str | None = None

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 kept"


class FreePort(Controller):
    """Looks for itself on the port that it was given, which is not the 0 it asked for."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


MakeMailbox = Callable[..., Mailbox]


@pytest.fixture
def make_mailbox() -> Iterator[MakeMailbox]:
    """Starts mail servers: ``make_mailbox(**options of aiosmtpd)``."""
    running: list[Controller] = []

    def make(**options: Any) -> Mailbox:
        kept = Mailbox()
        controller = FreePort(kept, hostname="127.0.0.1", port=0, **options)
        controller.start()
        kept.port = controller.port
        running.append(controller)
        return kept

    yield make
    for controller in running:
        controller.stop()


@pytest.fixture
def mailbox(make_mailbox: MakeMailbox) -> Mailbox:
    """A mail server without encryption."""
    return make_mailbox()
