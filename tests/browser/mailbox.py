"""A mail server on this machine that delivers nothing, and what it was sent."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

HOST = "127.0.0.1"
PATIENCE = 5.0


@dataclass
class Mailbox:
    """All that was sent, to whomever."""

    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition, repr=False)

    @property
    def settings(self) -> dict[str, Any]:
        """What a hub must be told so that it sends here."""
        sender = "CloudCRM <crm@example.com>"
        return {"smtp_host": HOST, "smtp_port": self.port, "smtp_security": "none", "smtp_from": sender}

    def newest(self, to: str) -> EmailMessage:
        """The newest message to that address, once it is there: some are sent in the background."""

        def found() -> EmailMessage | None:
            return next((message for message in reversed(self.messages) if to in message["To"]), None)

        with self.arrived:
            message = self.arrived.wait_for(found, PATIENCE)
        assert message is not None, f"no message to {to}"
        return message

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep a message."""
        with self.arrived:
            self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
            self.arrived.notify_all()
        return "250 kept"


class _FreePort(Controller):
    """Looks for itself on the port that it was given, which is not the 0 it asked for."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def serving() -> Iterator[Mailbox]:
    """A running mail server."""
    mailbox = Mailbox()
    controller = _FreePort(mailbox, hostname=HOST, port=0)
    controller.start()
    mailbox.port = controller.port
    try:
        yield mailbox
    finally:
        controller.stop()
