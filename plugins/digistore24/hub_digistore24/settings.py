"""What a tenant sets for one Digistore24 account."""

from typing import Annotated, ClassVar, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

import hub


def _known(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is no time zone, such as Europe/Berlin") from None


class Settings(hub.SignedSettings):
    """The passphrase, and the conventions that the account itself does not tell."""

    secret_is_ours: ClassVar[bool] = True

    partner_source: Literal[
        "affiliate_name", "affiliate_id", "campaignkey", "trackingkey", "custom", "none"
    ] = Field(
        default="affiliate_name",
        title="Where the partner stands",
        description="Which field of a notification holds the partner's code.",
        json_schema_extra=hub.german(
            "Wo der Partner steht",
            "In welchem Feld einer Benachrichtigung der Code des Partners steht.",
            affiliate_name="Digistore24-ID des Affiliates",
            affiliate_id="Nummer des Affiliates",
            campaignkey="Kampagnenschlüssel",
            trackingkey="Trackingschlüssel",
            custom="Feld „custom“ des Bestelllinks",
            none="nirgends",
        ),
    )
    timezone: Annotated[str, AfterValidator(_known)] = Field(
        default="Europe/Berlin",
        title="Time zone of the account",
        description="Digistore24 writes its times without one.",
        json_schema_extra=hub.german(
            "Zeitzone des Kontos", "Digistore24 schreibt seine Zeiten ohne Zeitzone."
        ),
    )

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the account."""
        return ZoneInfo(self.timezone)
