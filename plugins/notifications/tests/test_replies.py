"""Answers to tickets, from the command line to the customer's mailbox."""

import importlib
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner, Result
from hub_notifications import replies, smtp

import hub
from hub.app import create_app
from hub.config import Config
from hub.records.migrating import upgrade
from hub.registry.discovery import discover
from hub.support import jsontext

COMMANDS = importlib.import_module("hub.cli.main")
TENANT = "musterfirma"
SECRET_KEY = "k" * 20
ASKED_AT = datetime(2026, 6, 1, 22, 30, tzinfo=UTC)
ASKED = {
    "type": "ticket",
    "email": "Max@Beispiel.de",
    "subject": "Frage zu <b>Preisen</b>",
    "message": "Guten Tag,\nwas kostet A & B?",
}
ANSWER = "Guten Tag Herr Muster,\n\nA & B kosten <zusammen> 5 €.\nViele Grüße"


@dataclass(frozen=True)
class Desk:
    """An installation with the plugin on, its mail server, and somebody who answers tickets."""

    environment: Mapping[str, str]
    mailbox: Any

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(
            COMMANDS.hub, list(words), env=dict(self.environment), prog_name="hub", catch_exceptions=False
        )

    def ok(self, *words: str) -> str:
        result = self.run(*words)
        assert result.exit_code == 0, result.stderr
        return result.stdout

    def json(self, *words: str) -> Any:
        return jsontext.decode_stored(self.ok(*words, "--json"))

    def ask(self, body: Mapping[str, Any] = ASKED, tenant: str = TENANT) -> str:
        """A customer's enquiry through the lead API; gives the ticket's id."""
        config = Config(
            **{name.removeprefix("HUB_").lower(): text for name, text in self.environment.items()}
        )  # type: ignore[arg-type]
        key = self.json("key", "create", tenant)["key"]
        app = create_app(config)
        try:
            answer = app.test_client().post("/api/v1/lead", json=dict(body), headers={"X-API-KEY": key})
        finally:
            app.extensions["hub"].database.close()
        assert answer.status_code == 200
        newest: str = self.json("ticket", "list", tenant)[0]["id"]
        return newest

    def sent(self) -> list[EmailMessage]:
        """What is in the mailbox, once a worker has sent all that is due."""
        self.ok("worker", "--once")
        return list(self.mailbox.messages)


@pytest.fixture(scope="session")
def whole_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file with the tables of all installed plugins, as a worker wants it."""
    path = tmp_path_factory.mktemp("replies") / "hub.db"
    upgrade(f"sqlite:///{path}", discover().branches())
    return path


@pytest.fixture
def desk(whole_file: Path, tmp_path: Path, mailbox: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The tenant *musterfirma* receives leads, and notifications are on as they are at first."""

    def log_to_standard_error(*_level: str) -> None:
        structlog.configure(
            logger_factory=lambda *_names: structlog.WriteLogger(sys.stderr), cache_logger_on_first_use=False
        )

    monkeypatch.setattr(COMMANDS, "set_up_logs", log_to_standard_error)
    for name in Config.model_fields:
        monkeypatch.delenv(f"HUB_{name.upper()}", raising=False)
    environment = {
        "HUB_VAR_DIR": str(tmp_path),
        "HUB_SECRET_KEY": SECRET_KEY,
        "HUB_SMTP_HOST": "127.0.0.1",
        "HUB_SMTP_PORT": str(mailbox.port),
        "HUB_SMTP_SECURITY": "none",
        "HUB_SMTP_FROM": "Service <service@hub.example>",
    }
    shutil.copy(whole_file, tmp_path / "hub.db")
    made = Desk(environment, mailbox)
    made.ok("tenant", "create", TENANT, "--name", "Muster & Co")
    made.ok("connection", "create", TENANT, "lead")
    made.ok("connection", "create", TENANT, "notifications")
    yield made
    structlog.reset_defaults()


def parts(message: EmailMessage) -> tuple[str, str]:
    """Text and HTML of a message."""
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content().replace("\r\n", "\n"), html.get_content()


def test_the_customer_reads_the_answer(desk: Any) -> None:
    ticket = desk.ask()
    desk.ok("ticket", "reply", TENANT, ticket, "--text", ANSWER)

    (message,) = desk.sent()
    reference = ticket.replace("-", "")[-8:]
    assert desk.mailbox.recipients == [["Max@Beispiel.de"]]
    assert message["From"] == "Service <service@hub.example>"
    assert message["Subject"] == f"Re: Frage zu <b>Preisen</b> [Ticket {reference}]"
    assert message["Auto-Submitted"] is None
    text, html = parts(message)
    assert text.startswith(f"{ANSWER}\n\n")
    assert "haben Sie uns geschrieben:\n> Guten Tag,\n> was kostet A & B?\n\n-- \n" in text
    assert f"Mit dieser Nachricht beantwortet Muster & Co Ihre Anfrage (Ticket {reference})." in text
    assert '<html lang="de">' in html
    assert "Guten Tag Herr Muster,<br>" in html
    assert "A &amp; B kosten &lt;zusammen&gt; 5 €.<br>" in html
    assert "<b>" not in html


def test_the_answer_in_english(desk: Any) -> None:
    desk.ok("tenant", "create", "shop", "--name", "Shop Ltd", "--locale", "en")
    desk.ok("connection", "create", "shop", "lead")
    desk.ok("connection", "create", "shop", "notifications")
    ticket = desk.ask({"type": "ticket", "email": "max@example.com", "message": "How much?"}, tenant="shop")
    desk.ok("ticket", "reply", "shop", ticket, "--text", "Five euros.")

    (message,) = desk.sent()
    text, html = parts(message)
    assert text.startswith("Five euros.\n\nOn ")
    assert "you wrote to us:\n> How much?\n" in text
    assert "With this message Shop Ltd answers your enquiry (ticket " in text
    assert '<html lang="en">' in html


def test_answers_to_a_ticket_are_one_thread_and_those_to_another_are_not(desk: Any) -> None:
    first, second = desk.ask(), desk.ask()
    for ticket in (first, first, second):
        desk.ok("ticket", "reply", TENANT, ticket, "--text", "Ja.")

    messages = desk.sent()
    by_thread: dict[str, list[EmailMessage]] = {}
    for message in messages:
        assert message["In-Reply-To"] == message["References"]
        by_thread.setdefault(str(message["References"]), []).append(message)
    assert {thread: len(found) for thread, found in by_thread.items()} == {
        f"<{first}@hub.example>": 2,
        f"<{second}@hub.example>": 1,
    }
    assert len({message["Message-ID"] for message in messages}) == 3
    assert len({message["Subject"] for message in by_thread[f"<{first}@hub.example>"]}) == 1


def test_another_attempt_has_the_same_message_id(desk: Any) -> None:
    desk.ok("ticket", "reply", TENANT, desk.ask(), "--text", "Ja.")
    desk.mailbox.refusal = "450 4.2.1 greylisted"
    assert desk.sent() == []
    (waiting,) = desk.json("deliveries", "list", "--tenant", TENANT)
    assert (waiting["state"], waiting["attempts"]) == ("pending", 1)

    desk.mailbox.refusal = None
    desk.ok("deliveries", "retry", waiting["id"])
    desk.sent()
    assert [message["Message-ID"] for message in desk.mailbox.messages] == [f"<{waiting['id']}@hub.example>"]


def test_an_id_is_not_encoded_however_long_it_is(office: Any) -> None:
    domain = f"{'a' * 60}.{'b' * 60}.example"
    delivery = office.delivery(
        "email", "max@example.com", {"subject": "S", "text": "T", "thread": str(office.tenant_id)}
    )
    written = smtp.composed(delivery, f"service@{domain}").as_bytes().decode()
    for header in ("In-Reply-To", "References"):
        assert f"{header}: <{office.tenant_id}@{domain}>\r\n" in written


@pytest.mark.parametrize(
    "subject", ["Frage\r\nBcc: evil@example.com", "Frage\nX-Evil: ja\r\n\r\n<b>", "\u2028X: y"]
)
def test_a_customers_subject_begins_no_header(desk: Any, subject: str) -> None:
    desk.ok(
        "ticket", "reply", TENANT, desk.ask({**ASKED, "subject": subject}), "--text", "Ja.\r\nBcc: x@y.de"
    )

    (message,) = desk.sent()
    assert desk.mailbox.recipients == [["Max@Beispiel.de"]]
    assert message["Bcc"] is message["X-Evil"] is message["X"] is None
    assert len(message["Subject"].splitlines()) == 1


def test_an_internal_note_is_sent_to_nobody(desk: Any) -> None:
    ticket = desk.ask()
    desk.ok("ticket", "note", TENANT, ticket, "--text", "Der fragt immer.")
    assert desk.sent() == []

    desk.ok("ticket", "reply", TENANT, ticket, "--text", "Ja.")
    (message,) = desk.sent()
    assert not any("fragt immer" in part for part in parts(message))


@pytest.mark.parametrize(
    "words",
    [
        ("connection", "set", TENANT, "notifications", "--set", "ticket_reply_to_customer=false"),
        ("connection", "disable", TENANT, "notifications"),
    ],
    ids=["setting", "plugin"],
)
def test_who_answers_is_told_that_nothing_is_sent(desk: Any, words: tuple[str, ...]) -> None:
    ticket = desk.ask()
    assert desk.run("ticket", "reply", TENANT, ticket, "--text", "Ja.").stderr == ""
    assert len(desk.sent()) == 1
    desk.ok(*words)

    said = desk.run("ticket", "reply", TENANT, ticket, "--text", "Ja.")
    assert said.exit_code == 0
    assert "nothing is on its way to Max@Beispiel.de" in said.stderr
    assert len(desk.sent()) == 1


def test_no_mail_of_a_neighbours_ticket(desk: Any) -> None:
    desk.ok("tenant", "create", "nachbar", "--name", "Nachbar")
    desk.ok("connection", "create", "nachbar", "notifications")
    ticket = desk.ask()
    refused = desk.run("ticket", "reply", "nachbar", ticket, "--text", "Ja.")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert f"there is no ticket {ticket}" in refused.stderr
    assert desk.sent() == []


# --- What is written -----------------------------------------------------------------------------


def rendered(locale: str, *, question: str = "Was?", subject: str = "Frage") -> dict[str, str]:
    tenant = hub.Tenant(slug="firma", number=1, name="Firma", locale=locale, timezone="Europe/Berlin")
    ticket = {"subject": subject, "reference": "0a1b2c3d", "created_at": ASKED_AT}
    return replies.rendered(tenant, ticket, "Ja.", question)


@pytest.mark.parametrize(
    ("locale", "subject", "asked"),
    [
        ("de", "Re: Ihre Anfrage [Ticket 0a1b2c3d]", "Am 2. Juni 2026 haben Sie uns geschrieben:"),
        ("en", "Re: Your enquiry [Ticket 0a1b2c3d]", "On June 2, 2026 you wrote to us:"),
    ],
)
def test_the_day_is_the_tenants_and_a_subject_may_be_missing(locale: str, subject: str, asked: str) -> None:
    made = rendered(locale, subject="")
    assert made["subject"] == subject
    assert asked in made["text"]
    assert asked in made["html"]


def test_a_long_question_is_cut_and_a_missing_one_left_out() -> None:
    assert rendered("de", question="x" * 5000)["text"].count("x") == replies.MOST_QUOTED
    text, html = (rendered("de", question="")[name] for name in ("text", "html"))
    assert text.startswith("Ja.\n\n-- \n")
    assert "geschrieben" not in text + html
