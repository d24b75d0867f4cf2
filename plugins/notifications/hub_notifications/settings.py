"""What a tenant can choose about notifications."""

from typing import Literal

from pydantic import Field, SecretStr

import hub


class Settings(hub.Settings):
    """Switches, and a mail server of the tenant's own. With ``smtp_host`` nothing of the
    installation's server is used: its password must not reach a host that a tenant names."""

    order_email_to_team: bool = Field(
        default=False,
        title="E-mail about new orders",
        description="Tell every member of the tenant by e-mail about a new web order.",
        json_schema_extra=hub.german(
            "E-Mail bei neuen Bestellungen",
            "Alle Mitglieder des Teams erhalten bei jeder neuen Web-Bestellung eine E-Mail.",
        )
        | hub.web_orders(
            de="Bei neuen API-Bestellungen per E-Mail benachrichtigt werden",
            en="Be notified by e-mail about new API orders",
        ),
    )
    order_confirmation_to_customer: bool = Field(
        default=False,
        title="Order confirmation",
        description="Send the customer a confirmation when an order is processed.",
        json_schema_extra=hub.german(
            "Automatische Auftragsbestätigung",
            "Beim Verarbeiten einer Bestellung erhält der Endkunde eine Bestätigung.",
        )
        | hub.web_orders(
            de="Automatische Auftragsbestätigung an den Endkunden senden (beim Verarbeiten)",
            en="Send the customer an order confirmation automatically (when the order is processed)",
        ),
    )
    ticket_reply_to_customer: bool = Field(
        default=True,
        title="Answers to tickets",
        description="Send the customer by e-mail what a member answers to a ticket.",
        json_schema_extra=hub.german(
            "Antworten auf Tickets", "Antworten auf ein Ticket gehen dem Kunden per E-Mail zu."
        ),
    )
    mail_from: str = Field(
        default="",
        title="Sender",
        description="Sender of the tenant's e-mail, such as Shop <shop@example.com>. Empty: the "
        "installation's.",
        json_schema_extra=hub.german(
            "Absender",
            "Absender Ihrer E-Mails, zum Beispiel Shop <shop@example.com>. Leer: der der Installation.",
        ),
    )
    smtp_host: str = Field(
        default="",
        title="Mail server",
        description="Mail server of the tenant's own. Empty: the installation's, and the settings below "
        "mean nothing.",
        json_schema_extra=hub.german(
            "Mailserver",
            "Ihr eigener Mailserver. Leer: der der Installation, und die folgenden Angaben gelten nicht.",
        ),
    )
    smtp_port: int = Field(
        default=587,
        gt=0,
        lt=65536,
        title="Port",
        description="Port of the tenant's mail server.",
        json_schema_extra=hub.german("Port", "Port Ihres Mailservers."),
    )
    smtp_security: Literal["none", "starttls", "ssl"] = Field(
        default="starttls",
        title="Encryption",
        description="How the way to the mail server is encrypted; ssl is usual on port 465.",
        json_schema_extra=hub.german(
            "Verschlüsselung",
            "Wie der Weg zum Mailserver verschlüsselt ist; SSL/TLS ist auf Port 465 üblich.",
            none="keine",
            starttls="STARTTLS",
            ssl="SSL/TLS",
        ),
    )
    smtp_user: str = Field(
        default="",
        title="User",
        description="User name at the mail server. Empty: no login.",
        json_schema_extra=hub.german("Benutzername", "Name am Mailserver. Leer: ohne Anmeldung."),
    )
    smtp_password: SecretStr | None = Field(
        default=None,
        title="Password",
        description="Password at the mail server.",
        json_schema_extra=hub.german("Passwort", "Passwort am Mailserver."),
    )
