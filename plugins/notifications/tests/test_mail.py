"""E-mail: what is written, over which server, and what the server's answers mean."""

from datetime import UTC, datetime
from decimal import Decimal
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult
from hub_notifications import mail, smtp
from hub_notifications.settings import Settings
from hub_notifications.texts import CATALOGUE, Texts

import hub
from hub.config import Config

CONTENT = {"subject": "Grüße", "text": "Guten Tag,\nÄpfel", "html": "<p>Guten Tag, Äpfel</p>"}

ORDER = {
    "external_id": "A-1",
    "number": "1001",
    "subject": "Bestellung: <b>Premium-Paket</b>",
    "email": "kunde@beispiel.de",
    "total": Decimal("149.90"),
    "currency": "EUR",
    "lines": [{"name": "Premium & mehr", "quantity": 2, "unit_price_minor": 7495, "total_minor": 14990}],
    "extra": {"kunden_adresse": "Musterstraße 1", "artikel": "1x Premium-Paket", "nested": {"a": 1}},
    "placed_at": None,
    "created_at": datetime(2026, 6, 1, 12, tzinfo=UTC),
}


def parts(message: EmailMessage) -> tuple[str, str]:
    """Text and HTML of a message."""
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content(), html.get_content()


def through(office: Any, mailbox: Any, **more: Any) -> None:
    office.configure(
        smtp_host="127.0.0.1",
        smtp_port=mailbox.port,
        smtp_security="none",
        smtp_from="CloudCRM <crm@hub.example>",
        **more,
    )


def test_a_message_arrives(office: Any, mailbox: Any) -> None:
    through(office, mailbox)
    delivery = office.delivery("email", "anna@example.com", CONTENT)

    assert office.send(delivery).status == 250
    office.send(delivery)

    first, second = mailbox.messages
    assert mailbox.recipients == [["anna@example.com"]] * 2
    assert first["From"] == "CloudCRM <crm@hub.example>"
    assert first["To"] == "anna@example.com"
    assert first["Subject"] == "Grüße"
    assert first["Message-ID"] == second["Message-ID"] == f"<{delivery.id}@hub.example>"
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["Date"].datetime == office.clock()
    text, html = parts(first)
    assert text.splitlines() == ["Guten Tag,", "Äpfel"]
    assert html.strip() == "<p>Guten Tag, Äpfel</p>"


@pytest.mark.parametrize("subject", ["Hallo\r\nBcc: evil@example.com", "Hallo\nX: y\x00", "a\x0bb\u2028c"])
def test_nothing_that_is_filled_in_begins_a_header(office: Any, mailbox: Any, subject: str) -> None:
    through(office, mailbox)
    office.send(office.delivery("email", "anna@example.com", {**CONTENT, "subject": subject}))
    (message,) = mailbox.messages
    assert mailbox.recipients == [["anna@example.com"]]
    assert message["Bcc"] is None
    assert message["X"] is None
    assert len(message["Subject"].splitlines()) == 1


@pytest.mark.parametrize(
    "address",
    [
        "",
        "anna",
        "anna@",
        "@example.com",
        "a@example.com\r\nRCPT TO:<b@example.com>",
        "a@x.de, b@x.de",
        "<a@x",
    ],
)
def test_an_address_that_is_none_is_final(office: Any, mailbox: Any, address: str) -> None:
    through(office, mailbox)
    assert office.fail(office.delivery("email", address, CONTENT)).final
    assert mailbox.messages == []


@pytest.mark.parametrize(
    ("answer", "final"),
    [("550 5.1.1 no such user", True), ("450 4.2.1 greylisted", False), ("421 4.3.2 later", False)],
)
def test_5xx_is_final_and_4xx_is_not(office: Any, mailbox: Any, answer: str, final: bool) -> None:
    through(office, mailbox)
    mailbox.refusal = answer
    error = office.fail(office.delivery("email", "anna@example.com", CONTENT))
    assert (error.status, error.final) == (int(answer[:3]), final)
    assert error.answer == answer[4:]


def test_without_a_server_it_waits(office: Any, mailbox: Any) -> None:
    delivery = office.delivery("email", "anna@example.com", CONTENT)
    error = office.fail(delivery)
    assert "HUB_SMTP_HOST" in error.message
    assert not error.final
    office.configure(smtp_host="127.0.0.1", smtp_port=9, smtp_security="none", smtp_from="crm@hub.example")
    error = office.fail(delivery)
    assert "no mail server" in error.message
    assert not error.final


@pytest.mark.parametrize("sender", ["", "crm", "CRM <>", "crm@"])
def test_a_sender_that_is_none_can_be_mended(office: Any, mailbox: Any, sender: str) -> None:
    through(office, mailbox)
    office.configure(smtp_host="127.0.0.1", smtp_port=mailbox.port, smtp_security="none", smtp_from=sender)
    error = office.fail(office.delivery("email", "anna@example.com", CONTENT))
    assert "HUB_SMTP_FROM" in error.message
    assert not error.final


def test_a_tenant_may_have_a_server_of_its_own(office: Any, make_mailbox: Any) -> None:
    ours, theirs = make_mailbox(), make_mailbox()
    through(office, ours)
    own = {"smtp_host": "127.0.0.1", "smtp_port": theirs.port, "smtp_security": "none"}
    office.send(
        office.delivery("email", "anna@example.com", CONTENT), mail_from="Shop <shop@firma.example>", **own
    )
    assert ours.messages == []
    assert theirs.messages[0]["From"] == "Shop <shop@firma.example>"

    through(office, ours, allowed_targets="")
    error = office.fail(office.delivery("email", "anna@example.com", CONTENT), **own)
    assert "HUB_ALLOWED_TARGETS" in error.message
    assert len(theirs.messages) == 1
    # The operator's own server may be an internal one.
    assert office.send(office.delivery("email", "anna@example.com", CONTENT)).status == 250


def test_the_installations_password_goes_to_no_host_of_a_tenant() -> None:
    config = Config(
        secret_key="k" * 20, smtp_host="mail.hub.example", smtp_user="hub", smtp_password="secret"
    )
    ours = smtp.chosen(Settings(), config)
    assert (ours.host, ours.user, ours.password, ours.guard) == ("mail.hub.example", "hub", "secret", None)
    theirs = smtp.chosen(Settings(smtp_host="mail.firma.example"), config)
    assert (theirs.host, theirs.user, theirs.password) == ("mail.firma.example", "", "")
    assert theirs.guard is not None


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_it_logs_in(office: Any, make_mailbox: Any) -> None:
    seen: list[tuple[bytes, bytes]] = []

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        seen.append((data.login, data.password))
        return AuthResult(success=data.password == b"richtig", handled=False)

    mailbox = make_mailbox(authenticator=authenticate, auth_required=True, auth_require_tls=False)
    through(office, mailbox, smtp_user="hub", smtp_password="richtig")
    assert office.send(office.delivery("email", "anna@example.com", CONTENT)).status == 250

    through(office, mailbox, smtp_user="hub", smtp_password="falsch")
    error = office.fail(office.delivery("email", "anna@example.com", CONTENT))
    assert (error.status, error.final) == (535, False)
    assert "falsch" not in error.message + error.answer
    assert seen[0] == (b"hub", b"richtig")


def test_without_starttls_at_the_server_nothing_is_sent(office: Any, mailbox: Any) -> None:
    through(office, mailbox)
    office.configure(
        smtp_host="127.0.0.1", smtp_port=mailbox.port, smtp_security="starttls", smtp_from="crm@hub.example"
    )
    error = office.fail(office.delivery("email", "anna@example.com", CONTENT))
    assert "STARTTLS" in error.message
    assert mailbox.messages == []


@pytest.mark.parametrize("security", ["starttls", "ssl"])
def test_it_is_encrypted_and_the_certificate_is_checked(
    office: Any, make_mailbox: Any, certificate: Any, security: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = (
        {"tls_context": certificate.server} if security == "starttls" else {"ssl_context": certificate.server}
    )
    mailbox = make_mailbox(**options)
    office.configure(
        smtp_host="localhost", smtp_port=mailbox.port, smtp_security=security, smtp_from="crm@hub.example"
    )
    error = office.fail(office.delivery("email", "anna@example.com", CONTENT))
    assert "CERTIFICATE_VERIFY_FAILED" in error.message

    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    assert office.send(office.delivery("email", "anna@example.com", CONTENT)).status == 250

    office.configure(
        smtp_host="127.0.0.1", smtp_port=mailbox.port, smtp_security=security, smtp_from="crm@hub.example"
    )
    error = office.fail(office.delivery("email", "anna@example.com", CONTENT))
    assert "CERTIFICATE_VERIFY_FAILED" in error.message


# --- What is written -----------------------------------------------------------------------------


def tenant(locale: str) -> hub.Tenant:
    return hub.Tenant(slug="firma", number=1, name="Muster & Co", locale=locale)


def test_both_languages_say_the_same_things() -> None:
    assert set(CATALOGUE) == {"de", "en"}
    german, english = CATALOGUE["de"], CATALOGUE["en"]
    assert set(german) == set(english)
    for key, text in german.items():
        names = {part.partition("}")[0] for part in text.split("{")[1:]}
        assert {part.partition("}")[0] for part in english[key].split("{")[1:]} == names, key
        assert text.strip()
        assert english[key].strip()


@pytest.mark.parametrize("locale", ["de", "de_AT", "en", "en_GB", "fr"])
@pytest.mark.parametrize("kind", ["order_to_team", "order_confirmation"])
@pytest.mark.parametrize(
    "order", [ORDER, {**ORDER, "total": None, "currency": None, "lines": [], "extra": {}}]
)
def test_every_message_is_whole_in_every_language(locale: str, kind: str, order: Any) -> None:
    made = mail.rendered(kind, tenant(locale), order)
    texts = Texts(locale, "Europe/Berlin")
    assert texts.language == ("de" if locale.startswith("de") else "en")
    assert all(made[name].strip() for name in ("subject", "text", "html"))
    assert "{" not in made["text"]
    assert f'<html lang="{texts.language}">' in made["html"]
    assert ("None" in made["text"]) is False


def test_the_teams_message() -> None:
    made = mail.rendered("order_to_team", tenant("de"), ORDER)
    assert made["subject"] == "Neue Bestellung über 149,90 €"
    assert made["text"].splitlines() == [
        "Neue Bestellung!",
        "",
        "Eine Web-Bestellung über 149,90 € ist eingegangen.",
        "",
        "Bestellung: Bestellung: <b>Premium-Paket</b>",
        "Nummer: 1001",
        "Kunde: kunde@beispiel.de",
        "Eingegangen: 01.06.2026, 14:00:00",
        "kunden_adresse: Musterstraße 1",
        "artikel: 1x Premium-Paket",
        "- 2 x Premium & mehr: 149,90 €",
        "",
        "Gesamt: 149,90 €",
        "",
        "--",
        "Diese Nachricht geht an alle Mitarbeiter von Muster & Co.",
    ]


def test_html_is_escaped() -> None:
    html = mail.rendered("order_to_team", tenant("de"), ORDER)["html"]
    assert "&lt;b&gt;Premium-Paket" in html
    assert "<b>" not in html
    assert "Premium &amp; mehr" in html


def test_the_customers_message() -> None:
    made = mail.rendered("order_confirmation", tenant("en"), ORDER)
    assert made["subject"] == "Your order at Muster & Co"
    assert made["text"].startswith("Hello,\n\nthank you for your order.")
    assert made["text"].endswith("Kind regards\nMuster & Co")
    assert "Total: €149.90" in made["text"]
    assert "kunden_adresse" not in made["text"]
