"""Both generations' events as facts: the table that chooses the function."""

from collections.abc import Callable, Sequence
from datetime import datetime

import hub
from hub_copecart import cope, ipn

Mapper = Callable[[hub.Payload, datetime], Sequence[hub.Fact]]

MAPPERS: dict[str, Mapper] = {
    "payment.made": ipn.map_made,
    "payment.refunded": ipn.map_refunded,
    "payment.charged_back": ipn.map_charged_back,
    "payment.sale.succeeded": cope.map_sale,
    "payment.refund.created": cope.map_refund,
    "payment.chargeback.created": cope.map_chargeback,
    "payment.dispute.opened": cope.map_dispute_opened,
    "payment.dispute.won": cope.map_dispute_won,
    "payment.dispute.lost": cope.map_dispute_lost,
}
