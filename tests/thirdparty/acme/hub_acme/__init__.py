"""Sales from Acme: a whole plugin in one module."""

from collections.abc import Sequence

import hub
from hub.contract.locators import Json


def map_sale_made(payload: hub.Payload) -> Sequence[hub.Fact]:
    """A sale; Acme writes amounts as texts."""
    sale = payload["sale"]
    buyer = payload["buyer"]
    return [
        hub.TransactionCreated(
            external_id=sale["id"].identifier(),
            gross=sale["gross"].money(sale["currency"].currency()),
            occurred_at=sale["at"].instant(),
            partner_code=sale["partner"].optional.identifier(),
            product_name=sale["product"].optional.text(max_length=500),
            customer=hub.Person(email=buyer["email"].optional.email(), name=buyer["name"].optional.text()),
        )
    ]


MAPPERS = {"sale.made": map_sale_made}


class Acme(hub.Plugin):
    """Hook implementations."""

    manifest = hub.Manifest(
        slug="acme",
        title={"de": "Acme", "en": "Acme"},
        description={"de": "Verkäufe aus Acme.", "en": "Sales from Acme."},
        routes=("/api/webhooks/<tenant>/acme",),
        scheme=hub.schemes.Hmac(header="X-Acme-Signature"),
        settings=hub.SignedSettings,
        events={"sale.made": "A sale: makes a transaction."},
        ignored={"ping": "Acme's test of the address."},
        event_type=Json("type", required=True),
        event_key=Json("id", required=True),
        redact=("buyer.email", "buyer.name"),
    )

    @hub.hookimpl
    def parse(self, inbound: hub.Inbound) -> Sequence[hub.Fact]:
        """One mapper per event type."""
        payload = inbound.json
        return MAPPERS[payload["type"].text()](payload)


plugin = Acme()
