"""Single e-mails of the installation itself, such as a link to set one's password: over its own mail
server, apart from what the tenants' channels send."""

import smtplib
import ssl
import threading
from email.message import EmailMessage
from email.utils import parseaddr

import structlog

from hub.config import Config

log = structlog.get_logger()

SECONDS = 15.0


def possible(config: Config) -> bool:
    """Whether the installation can send e-mail."""
    return bool(config.smtp_host)


def post(config: Config, *, to: str, subject: str, text: str) -> threading.Thread:
    """Send in the background, so that nobody can tell by the clock whether there was something to send.
    A failure is logged; whoever misses the message asks for another."""
    message = EmailMessage()
    message["From"] = config.smtp_from or config.smtp_user
    message["To"] = to
    message["Subject"] = subject
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    thread = threading.Thread(target=_send, args=(config, message), name="mail", daemon=True)
    thread.start()
    return thread


def _send(config: Config, message: EmailMessage) -> None:
    try:
        with _connected(config) as smtp:
            smtp.send_message(message)
    except (smtplib.SMTPException, OSError) as error:
        domain = parseaddr(message["To"])[1].partition("@")[2]
        log.error("mail_failed", domain=domain, reason=f"{type(error).__name__}: {error}"[:200])


def _connected(config: Config) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if config.smtp_security == "ssl":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            config.smtp_host, config.smtp_port, timeout=SECONDS, context=context
        )
    else:
        smtp = smtplib.SMTP(config.smtp_host, config.smtp_port, timeout=SECONDS)
    if config.smtp_security == "starttls":
        smtp.starttls(context=context)
    if config.smtp_user:
        password = config.smtp_password.get_secret_value() if config.smtp_password else ""
        smtp.login(config.smtp_user, password)
    return smtp
