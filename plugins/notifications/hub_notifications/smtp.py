"""The channel *email*: one message over SMTP, and what the server's answer means."""

import smtplib
import socket
import ssl
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address, HeaderRegistry, MessageIDHeader
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Any
from uuid import UUID

import hub
from hub.config import Config
from hub.records import papers
from hub.support.transport import Guard, TargetRefusedError
from hub_notifications.settings import Settings

SECONDS = 15.0
"""How long each step of the conversation may take."""

# By itself the policy would encode a long id in these two, which no mailbox could then match.
HEADERS = HeaderRegistry()
for name in ("in-reply-to", "references"):
    HEADERS.map_to_type(name, MessageIDHeader)  # type: ignore[arg-type] # a mix-in, as all its types are
POLICY = SMTP.clone(header_factory=HEADERS)

ANSWER_SHOWN = 1000
"""Characters of the server's answer that are kept."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """A mail server. With a ``guard`` it was named by a tenant, and must not be an internal one."""

    host: str
    port: int
    security: str
    user: str
    password: str
    guard: Guard | None = None


def send(delivery: hub.Delivery, connection: hub.Connection, host: hub.Host) -> hub.Sent:
    """Send a delivery to the address that is its target. Raises DeliveryError."""
    settings = connection.settings
    assert isinstance(settings, Settings)  # noqa: S101 - the manifest says so
    server = chosen(settings, host.config)
    if not server.host:
        raise hub.DeliveryError("no mail server is set: HUB_SMTP_HOST, or smtp_host of the connection")
    message = composed(delivery, settings.mail_from or host.config.smtp_from or server.user)
    message["Date"] = format_datetime(host.clock())
    _attach(message, delivery, host)
    try:
        with _connected(server) as smtp:
            smtp.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        raise _refused(*next(iter(error.recipients.values()))) from None
    except smtplib.SMTPDataError as error:
        raise _refused(error.smtp_code, error.smtp_error) from None
    except smtplib.SMTPResponseException as error:
        raise _refused(error.smtp_code, error.smtp_error, ours=True) from None
    except smtplib.SMTPNotSupportedError as error:
        raise hub.DeliveryError(f"the mail server cannot do this: {error}", final=True) from None
    except TargetRefusedError as error:
        raise hub.DeliveryError(str(error)) from None
    except (smtplib.SMTPException, OSError) as error:
        raise hub.DeliveryError(f"no mail server: {type(error).__name__}: {error}"[:300]) from None
    return hub.Sent(status=250, answer="accepted")


def chosen(settings: Settings, config: Config) -> Server:
    """The tenant's own server as a whole, or the installation's as a whole: a password must never
    reach a host of the other's."""
    if settings.smtp_host:
        password = settings.smtp_password
        return Server(
            host=settings.smtp_host,
            port=settings.smtp_port,
            security=settings.smtp_security,
            user=settings.smtp_user,
            password=password.get_secret_value() if password else "",
            guard=Guard(config.allowed_targets),
        )
    return Server(
        host=config.smtp_host,
        port=config.smtp_port,
        security=config.smtp_security,
        user=config.smtp_user,
        password=config.smtp_password.get_secret_value() if config.smtp_password else "",
    )


def composed(delivery: hub.Delivery, sender: str) -> EmailMessage:
    """The message. Its id is the delivery's, so that a mailbox can tell a repetition. All messages
    of the same ``thread`` answer one that was never sent: mailboxes show them together, whichever of
    them arrived. Raises DeliveryError for an address that is none."""
    name, address = parseaddr(sender)
    origin, target = _address(address, _line(name)), _address(delivery.target)
    if origin is None:
        raise hub.DeliveryError(f"the sender {sender!r} is no e-mail address: HUB_SMTP_FROM, or mail_from")
    if target is None:
        raise hub.DeliveryError("the addressee is no e-mail address", final=True)
    content = delivery.content
    message = EmailMessage(policy=POLICY)
    message["From"] = origin
    message["To"] = target
    message["Subject"] = _line(content["subject"])
    message["Message-ID"] = f"<{delivery.id}@{origin.domain}>"
    if answers := _address(content.get("reply_to") or ""):
        message["Reply-To"] = answers
    if thread := content.get("thread"):
        message["In-Reply-To"] = message["References"] = f"<{thread}@{origin.domain}>"
    if not content.get("by_hand"):
        message["Auto-Submitted"] = "auto-generated"
    message.set_content(content["text"])
    if content.get("html"):
        message.add_alternative(content["html"], subtype="html")
    return message


def _attach(message: EmailMessage, delivery: hub.Delivery, host: hub.Host) -> None:
    """The PDF of the invoice that the message is about."""
    attached = delivery.content.get("attached")
    if not attached:
        return
    with host.database.read() as unit:
        paper = papers.get(unit, delivery.tenant_id, UUID(attached["invoice"]))
    if paper is not None:
        message.add_attachment(paper, maintype="application", subtype="pdf", filename=attached["name"])


def _address(text: str, name: str = "") -> Address | None:
    """The address, or ``None`` for a text that is none."""
    try:
        address = Address(display_name=name, addr_spec=text)
    except (ValueError, IndexError, MessageError):
        return None
    return address if address.username and address.domain else None


def _line(text: str) -> str:
    """One line without control characters: nothing that is filled in can begin a header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _connected(server: Server) -> smtplib.SMTP:
    """A connection that is encrypted and logged in as the server wants it. With STARTTLS asked for
    there is no sending without it."""
    smtp: smtplib.SMTP
    if server.security == "ssl":
        smtp = _SecureSmtp(server.guard, context=ssl.create_default_context(), timeout=SECONDS)
    else:
        smtp = _Smtp(server.guard, timeout=SECONDS)
    try:
        code, answer = smtp.connect(server.host, server.port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, answer)
        # The certificate is checked against it; smtplib sets it only in its constructor.
        smtp._host = server.host  # type: ignore[attr-defined]
        if server.security == "starttls":
            smtp.starttls(context=ssl.create_default_context())
        if server.user:
            smtp.login(server.user, server.password)
    except BaseException:
        smtp.close()
        raise
    return smtp


class _Smtp(smtplib.SMTP):
    """Asks the guard, if there is one, where the connection may go."""

    def __init__(self, guard: Guard | None, **options: Any) -> None:
        self._guard = guard
        super().__init__(**options)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        if self._guard is None:
            return socket.create_connection((host, port), timeout)
        return self._guard.connect(host, port, timeout)


class _SecureSmtp(_Smtp):
    def __init__(self, guard: Guard | None, *, context: ssl.SSLContext, **options: Any) -> None:
        self._context = context
        super().__init__(guard, **options)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = super()._get_socket(host, port, timeout)
        return self._context.wrap_socket(plain, server_hostname=host)


def _refused(code: int, answer: bytes | str, *, ours: bool = False) -> hub.DeliveryError:
    """5xx about the addressee or the message is the server's last word. About our login or sender
    (``ours``) it is not: somebody will mend the settings."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
    return hub.DeliveryError(
        f"the mail server answered {code}",
        status=code,
        answer=text[:ANSWER_SHOWN],
        final=code >= 500 and not ours,
    )
