"""What a tenant sets for one Shopify shop."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

import hub


def _domain(value: object) -> object:
    """The bare domain of what people paste: an address with ``https://`` and a slash."""
    if not isinstance(value, str):
        return value
    return value.strip().lower().removeprefix("https://").partition("/")[0] or None


class Settings(hub.SignedSettings):
    """Secrets, and the conventions of the shop that Shopify itself does not fix."""

    currency: Literal["shop", "presentment"] = Field(
        default="shop",
        title="Currency that counts",
        description="Take amounts in the shop's own currency, or in the one the customer paid in.",
        json_schema_extra=hub.german(
            "Maßgebliche Währung",
            "Beträge in der Währung des Shops oder in der, in der der Kunde bezahlt hat.",
            shop="Währung des Shops",
            presentment="Währung des Kunden",
        ),
    )
    partner_source: Literal["none", "note_attribute", "landing_page", "discount_code"] = Field(
        default="note_attribute",
        title="Where the partner stands",
        description="In a note attribute of the order, in the address of the first page the customer "
        "opened, or as the first discount code.",
        json_schema_extra=hub.german(
            "Wo der Partner steht",
            "In einem Zusatzfeld der Bestellung, in der Adresse der zuerst geöffneten Seite oder als erster "
            "Rabattcode.",
            none="nirgends",
            note_attribute="Zusatzfeld der Bestellung",
            landing_page="Adresse der ersten Seite",
            discount_code="Rabattcode",
        ),
    )
    partner_field: str = Field(
        default="ref",
        min_length=1,
        max_length=100,
        title="Name of the partner field",
        description="Name of the note attribute, or of the parameter in the landing page's address.",
        json_schema_extra=hub.german(
            "Name des Partnerfelds",
            "Name des Zusatzfelds oder des Parameters in der Adresse der ersten Seite.",
        ),
    )
    shop_domain: Annotated[str | None, BeforeValidator(_domain)] = Field(
        default=None,
        title="Shop domain",
        description="Such as example.myshopify.com. If set, events of any other shop are refused.",
        json_schema_extra=hub.german(
            "Domain des Shops",
            "Zum Beispiel example.myshopify.com. Ist sie gesetzt, werden Ereignisse anderer Shops abgelehnt.",
        ),
    )
