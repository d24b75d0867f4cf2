"""Sales and refunds of a provider that nobody knows."""

from collections.abc import Sequence

from pydantic import Field

import hub
from hub.contract.locators import Json
from hub_planted.scheme import SCHEME


class Settings(hub.SignedSettings):
    """The secret, and whether tests count."""

    take_tests: bool = Field(
        default=True,
        title="Take tests",
        description="Sales that are tests are recorded too.",
        json_schema_extra=hub.german("Tests annehmen", "Auch Testverkäufe werden erfasst."),
    )


def map_sale_made(payload: hub.Payload, inbound: hub.Inbound) -> Sequence[hub.Fact]:
    """A sale."""
    sale = payload["sale"]
    return [
        hub.TransactionCreated(
            external_id=sale["id"].identifier(),
            gross=sale["gross"].money(sale["currency"].currency()),
            occurred_at=sale["at"].instant(),
            customer=hub.Person(email=payload["buyer"]["email"].optional.email()),
            extra=payload.rest("id", "type", "sale", "buyer"),
        )
    ]


def map_sale_refunded(payload: hub.Payload, inbound: hub.Inbound) -> Sequence[hub.Fact]:
    """The whole sale goes back."""
    sale = payload["sale"]["id"].identifier()
    return [
        hub.TransactionRefunded(
            external_id=f"refund:{sale}", refers_to=(sale,), occurred_at=payload["sale"]["at"].instant()
        )
    ]


MAPPERS = {"sale.made": map_sale_made, "sale.refunded": map_sale_refunded}


class Planted(hub.Plugin):
    """Hook implementations."""

    manifest = hub.Manifest(
        slug="planted",
        title={"de": "Ohne Fehl", "en": "Without fault"},
        description={"de": "Verkäufe.", "en": "Sales."},
        hub=">=0.1,<1",
        routes=("/api/webhooks/<tenant>/planted",),
        scheme=SCHEME,
        settings=Settings,
        events={"sale.made": "A sale.", "sale.refunded": "It goes back."},
        ignored={"ping": "A test of the address."},
        event_type=Json("type", required=True),
        event_key=Json("id", required=True),
        redact=("buyer.email",),
    )

    @hub.hookimpl
    def parse(self, inbound: hub.Inbound) -> Sequence[hub.Fact]:
        """One mapper for each type."""
        payload = inbound.json
        return MAPPERS[payload["type"].text()](payload, inbound)


plugin = Planted()
