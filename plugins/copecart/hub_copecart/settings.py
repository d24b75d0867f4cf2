"""What a tenant sets for one CopeCart or COPE account."""

from pydantic import Field

import hub


class Settings(hub.SignedSettings):
    """The secrets of either generation, or of both."""

    secrets: hub.SecretList = Field(
        default=(),
        title="Signing secrets",
        description="The secret of CopeCart's IPN endpoint, and that of COPE's webhook (whsec_…).",
        json_schema_extra=hub.german(
            "Signatur-Secrets",
            "Das Secret des IPN-Endpunkts von CopeCart und das des Webhooks von COPE (whsec_…).",
        ),
    )
