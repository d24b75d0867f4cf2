"""What a tenant sets for one WooCommerce shop."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

import hub

LOOPBACK = ("127.0.0.1", "localhost")


def _address(text: str | None) -> str | None:
    """The shop's address without a slash at its end. Raises ValueError for one that would send the API
    keys in the clear, or that holds more than a place."""
    text = (text or "").strip().rstrip("/")
    if not text:
        return None
    parts = urlsplit(text)
    if not parts.hostname or parts.query or parts.fragment or parts.username is not None:
        raise ValueError("write the shop's address, such as https://shop.example.com")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ValueError("the shop's address must begin with https://")
    return text


class Settings(hub.SignedSettings):
    """Secrets, and the conventions of the shop that WooCommerce itself does not fix."""

    shop_url: Annotated[str | None, AfterValidator(_address)] = Field(
        default=None,
        max_length=300,
        title="Shop address",
        description="Such as https://shop.example.com. If set, orders of any other shop are refused; to "
        "fetch orders that were never sent it is needed.",
        json_schema_extra=hub.german(
            "Adresse des Shops",
            "Zum Beispiel https://shop.example.com. Ist sie gesetzt, werden Bestellungen anderer Shops "
            "abgelehnt. Für den Abgleich mit dem Shop wird sie gebraucht.",
        ),
    )
    consumer_key: SecretStr | None = Field(
        default=None,
        title="Consumer key",
        description="Of the shop's REST API, to fetch orders; starts with ck_. Read access is enough.",
        json_schema_extra=hub.german(
            "Consumer Key",
            "Schlüssel der REST-API des Shops für den Abgleich; beginnt mit ck_. Leserechte genügen.",
        ),
    )
    consumer_secret: SecretStr | None = Field(
        default=None,
        title="Consumer secret",
        description="Belongs to the consumer key; starts with cs_.",
        json_schema_extra=hub.german("Consumer Secret", "Gehört zum Consumer Key und beginnt mit cs_."),
    )
    reconcile: bool = Field(
        default=True,
        title="Fetch missing orders every hour",
        description="WooCommerce sends each change once and never again. With the API keys stored the hub "
        "asks every hour for what did not arrive.",
        json_schema_extra=hub.german(
            "Fehlende Bestellungen stündlich abholen",
            "WooCommerce sendet jede Änderung nur einmal. Sind die Schlüssel der REST-API hinterlegt, fragt "
            "der Hub jede Stunde nach, was nicht angekommen ist.",
        ),
    )
    partner_source: Literal["none", "meta", "coupon"] = Field(
        default="meta",
        title="Where the partner stands",
        description="In a meta field of the order, or as the first coupon.",
        json_schema_extra=hub.german(
            "Wo der Partner steht",
            "In einem Zusatzfeld (Meta) der Bestellung oder als erster Gutschein.",
            none="nirgends",
            meta="Zusatzfeld der Bestellung",
            coupon="Gutscheincode",
        ),
    )
    partner_field: str = Field(
        default="ref",
        min_length=1,
        max_length=100,
        title="Name of the partner field",
        description="Key of the meta field.",
        json_schema_extra=hub.german("Name des Partnerfelds", "Schlüssel des Zusatzfelds."),
    )


def credentials(settings: Settings) -> tuple[str, str]:
    """Key and secret of the REST API, empty where they are not stored."""
    key, secret = settings.consumer_key, settings.consumer_secret
    return (
        key.get_secret_value().strip() if key else "",
        secret.get_secret_value().strip() if secret else "",
    )


def missing_for_fetching(settings: Settings) -> tuple[str, ...]:
    """The settings that are still empty of those with which orders can be fetched."""
    key, secret = credentials(settings)
    there = {"shop_url": settings.shop_url, "consumer_key": key, "consumer_secret": secret}
    return tuple(name for name, value in there.items() if not value)
