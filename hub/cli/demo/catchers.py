"""What the demonstration's hub sends is caught here: a mail server and a receiver of webhooks, on this
machine. Nothing else is reached."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from standardwebhooks import Webhook, WebhookVerificationError

from hub.cli.demo.stage import free_port
from hub.support import jsontext

HOST = "127.0.0.1"
STOP_SECONDS = 5


@dataclass(frozen=True)
class Mail:
    """A mail server that delivers nothing."""

    port: int
    messages: list[dict[str, Any]] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep a message."""
        message = message_from_bytes(envelope.content or b"", policy=policy.default)  # type: ignore[arg-type] # it is bytes
        text = message.get_body(("plain",))
        self.messages.append(
            {
                "to": ", ".join(envelope.rcpt_tos),
                "from": str(message["From"]),
                "subject": str(message["Subject"]),
                "text": text.get_content() if text else "",
            }
        )
        return "250 caught"


@dataclass(frozen=True)
class Post:
    """A request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    def row(self, secret: str) -> dict[str, Any]:
        """Its JSON, and whether it is signed with the secret as Standard Webhooks wants it: that is for
        the reference library to say."""
        return {
            **jsontext.decode(self.body),
            "path": self.path,
            "id": self.headers.get("webhook-id"),
            "signature": self._verdict(secret),
        }

    def _verdict(self, secret: str) -> str:
        try:
            Webhook(secret).verify(self.body, dict(self.headers))
        except WebhookVerificationError as error:
            return str(error)
        return "verified"


class Web(ThreadingHTTPServer):
    """A receiver that takes whatever is posted to it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__((HOST, 0), _Handler)
        self.posts: list[Post] = []

    @property
    def url(self) -> str:
        """Its address, without a path."""
        return f"http://{HOST}:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Web

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.posts.append(Post(self.path, headers, body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class Catchers:
    """Both, running."""

    mail: Mail
    web: Web

    @property
    def settings(self) -> dict[str, str]:
        """What a hub must be told so that it sends here."""
        return {
            "HUB_ALLOWED_TARGETS": f"{HOST}/32",
            "HUB_SMTP_HOST": HOST,
            "HUB_SMTP_PORT": str(self.mail.port),
            "HUB_SMTP_SECURITY": "none",
            "HUB_SMTP_FROM": "Integration hub <hub@example.com>",
        }

    def forget(self) -> None:
        """What was caught so far is of no interest."""
        self.mail.messages.clear()
        self.web.posts.clear()

    def rows(self, caught: str, secret: str) -> list[dict[str, Any]]:
        """What was caught: *mail*, or *web* with the secret that it must be signed with."""
        return list(self.mail.messages) if caught == "mail" else [post.row(secret) for post in self.web.posts]


@contextmanager
def catching() -> Iterator[Catchers]:
    """Both catchers, on free ports, stopped at the end."""
    mail = Mail(free_port(0))
    controller = Controller(mail, hostname=HOST, port=mail.port, server_hostname="localhost")
    controller.start()
    try:
        with Web() as web:
            thread = threading.Thread(target=web.serve_forever, args=(0.05,), daemon=True)
            thread.start()
            try:
                yield Catchers(mail, web)
            finally:
                web.shutdown()
                thread.join(STOP_SECONDS)
    finally:
        controller.stop()
