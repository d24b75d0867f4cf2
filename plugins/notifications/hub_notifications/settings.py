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
    )
    order_confirmation_to_customer: bool = Field(
        default=False,
        title="Order confirmation",
        description="Send the customer a confirmation when an order is processed.",
    )
    ticket_reply_to_customer: bool = Field(
        default=True,
        title="Answers to tickets",
        description="Send the customer by e-mail what a member answers to a ticket.",
    )
    mail_from: str = Field(
        default="",
        title="Sender",
        description="Sender of the tenant's e-mail, such as Shop <shop@example.com>. Empty: the "
        "installation's.",
    )
    smtp_host: str = Field(
        default="",
        title="Mail server",
        description="Mail server of the tenant's own. Empty: the installation's, and the settings below "
        "mean nothing.",
    )
    smtp_port: int = Field(
        default=587, gt=0, lt=65536, title="Port", description="Port of the tenant's mail server."
    )
    smtp_security: Literal["none", "starttls", "ssl"] = Field(
        default="starttls",
        title="Encryption",
        description="How the way to the mail server is encrypted; ssl is usual on port 465.",
    )
    smtp_user: str = Field(
        default="", title="User", description="User name at the mail server. Empty: no login."
    )
    smtp_password: SecretStr | None = Field(
        default=None, title="Password", description="Password at the mail server."
    )
