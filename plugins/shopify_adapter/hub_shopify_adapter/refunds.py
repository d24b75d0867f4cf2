"""Refunds as facts: only what really went back, told by the payments.

The refunded positions are no amounts: their ``subtotal`` and ``total_tax`` are JSON floats, and in
Shopify's own sample they add up to 399.29 where 209.00 went back. See
https://shopify.dev/docs/api/admin-rest/latest/resources/refund
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import hub
from hub_shopify_adapter.settings import Settings

KEPT = ("admin_graphql_api_id", "order_adjustments")


def map_refund_created(payload: hub.Payload, settings: Settings, received_at: datetime) -> Sequence[hub.Fact]:
    """Money that went back. A refund without any, such as goods put back in stock, is no news."""
    refund_id, order_id = payload["id"].identifier(), payload["order_id"].identifier()
    occurred_at = payload["processed_at"].optional.instant() or payload["created_at"].instant()
    amount = _refunded(payload["transactions"])
    if amount is None or amount.minor == 0:
        return []
    return [
        hub.TransactionRefunded(
            external_id=f"refund:{refund_id}",
            refers_to=(order_id,),
            amount=amount,
            occurred_at=occurred_at,
            reason=payload["note"].optional.text(),
            extra=_extra(payload),
        )
    ]


def _refunded(transactions: hub.Payload) -> hub.Money | None:
    """The sum of what succeeded; ``None`` if nothing did."""
    moved = [_amount(item) for item in transactions if _went_back(item)]
    currencies = {money.currency for money in moved}
    if len(currencies) > 1:
        raise transactions.wrong("in one currency")
    if not moved:
        return None
    try:
        return hub.Money(sum(money.minor for money in moved), currencies.pop())
    except hub.MoneyError:
        raise transactions.wrong("of a sum that is money") from None


def _went_back(transaction: hub.Payload) -> bool:
    kind, status = transaction["kind"].text(), transaction["status"].text()
    return kind == "refund" and status == "success"


def _amount(transaction: hub.Payload) -> hub.Money:
    return transaction["amount"].money(transaction["currency"].currency())


def _extra(payload: hub.Payload) -> dict[str, Any]:
    return {name: value for name in KEPT if (value := payload[name].raw()) not in (None, "", [], {})}
