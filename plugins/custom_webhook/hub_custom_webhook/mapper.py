"""The custom webhook's schema as facts: pure, one function per event type."""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal

import hub

KNOWN = (
    "event",
    "externalId",
    "partnerId",
    "campaignSlug",
    "productName",
    "productId",
    "grossAmount",
    "netAmount",
    "taxAmount",
    "taxRate",
    "currency",
    "transactionDate",
    "isRecurring",
    "recurringNumber",
    "customer",
)


def map_transaction_created(payload: hub.Payload, received_at: datetime) -> Sequence[hub.Fact]:
    """A sale. Amounts are decimal texts or JSON numbers, read exactly. ``"test": true`` marks a test; the
    document does not know the field, so whatever else stands in it is a further field like any other."""
    currency = payload["currency"].currency()
    extra = payload.rest(*KNOWN)
    return [
        hub.TransactionCreated(
            external_id=payload["externalId"].identifier(),
            gross=payload["grossAmount"].money(currency),
            net=payload["netAmount"].optional.money(currency),
            tax=payload["taxAmount"].optional.money(currency),
            tax_rate=_tax_rate(payload["taxRate"]),
            occurred_at=payload["transactionDate"].optional.instant() or received_at,
            partner_code=payload["partnerId"].optional.identifier(),
            campaign=payload["campaignSlug"].optional.text(max_length=255),
            product_id=payload["productId"].optional.identifier(),
            product_name=payload["productName"].optional.text(max_length=500),
            recurring=payload["isRecurring"].optional.boolean() or False,
            recurring_number=payload["recurringNumber"].optional.integer(minimum=0, maximum=100_000),
            customer=_customer(payload["customer"]),
            test=extra.get("test") is True,
            extra=extra,
        )
    ]


def map_transaction_refunded(payload: hub.Payload, received_at: datetime) -> Sequence[hub.Fact]:
    """The whole sale goes back; the schema knows no partial refund."""
    external_id = payload["externalId"].identifier()
    return [
        hub.TransactionRefunded(
            external_id=f"refund:{external_id}",
            refers_to=(external_id,),
            occurred_at=payload["transactionDate"].optional.instant() or received_at,
            extra=payload.rest(*KNOWN),
        )
    ]


Mapper = Callable[[hub.Payload, datetime], Sequence[hub.Fact]]

MAPPERS: dict[str, Mapper] = {
    "transaction.created": map_transaction_created,
    "transaction.refunded": map_transaction_refunded,
}


def _tax_rate(field: hub.Payload) -> Decimal | None:
    rate = field.optional.decimal()
    if rate is not None and not 0 <= rate <= 100:
        raise field.wrong("a rate in percent, 0 to 100")
    return rate


def _customer(customer: hub.Payload) -> hub.Person | None:
    if not customer.present:
        return None
    return hub.Person(
        external_id=customer["externalId"].optional.identifier(),
        email=customer["email"].optional.email(),
        first_name=customer["firstName"].optional.text(max_length=255),
        last_name=customer["lastName"].optional.text(max_length=255),
    )
