"""What a tenant sets for one ablefy account."""

from typing import ClassVar, Literal

from pydantic import Field

import hub


class Settings(hub.SignedSettings):
    """The token of the address, and where partners stand: ablefy tells of its own affiliates nothing."""

    secret_is_ours: ClassVar[bool] = True

    secrets: hub.SecretList = Field(
        default=(),
        title="Tokens of the address",
        description="A long random text. It stands in the address that you enter at ablefy: ?token=…",
        json_schema_extra=hub.german(
            "Token der Adresse",
            "Ein langer zufälliger Text. Er steht in der Adresse, die Sie bei ablefy eintragen: ?token=…",
        ),
    )
    partner_source: Literal["none", "coupon_code", "campaign_id"] = Field(
        default="none",
        title="Where the partner stands",
        description="Which field of an event holds the partner's code, if you give one to each partner.",
        json_schema_extra=hub.german(
            "Wo der Partner steht",
            "In welchem Feld eines Ereignisses der Code des Partners steht, wenn jeder Partner einen hat.",
            none="nirgends",
            coupon_code="Gutscheincode",
            campaign_id="Kampagne",
        ),
    )
