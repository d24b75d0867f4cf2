"""What a tenant stores for the custom webhook: the secret, and what senders may do that cannot sign."""

from typing import ClassVar

from pydantic import Field

import hub


class Settings(hub.SignedSettings, hub.MappedSettings):
    """Only the secret is needed. Whoever cannot sign sends the same secret itself, where that is allowed."""

    secret_is_ours: ClassVar[bool] = True

    allow_header: bool = Field(
        default=False,
        title="Allow the secret in a header",
        description="For senders that cannot sign: X-Webhook-Secret holds the secret itself.",
        json_schema_extra=hub.german(
            "Secret im Header erlauben",
            "Für Absender, die nicht unterschreiben können: X-Webhook-Secret enthält das Secret selbst.",
        ),
    )
    allow_basic: bool = Field(
        default=False,
        title="Allow HTTP Basic",
        description="User hub, and the secret as the password.",
        json_schema_extra=hub.german("HTTP Basic erlauben", "Benutzername hub, und das Secret als Passwort."),
    )
    allow_url_token: bool = Field(
        default=False,
        title="Allow the secret in the address",
        description="At its end: ?token=… Addresses end up in the logs of proxies; prefer a header.",
        json_schema_extra=hub.german(
            "Secret in der Adresse erlauben",
            "An ihrem Ende: ?token=… Adressen landen in den Protokollen von Proxys; besser ist ein Header.",
        ),
    )
