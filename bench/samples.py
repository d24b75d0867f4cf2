"""What each source is sent by the bench: a sample of its plugin, in which some texts are replaced so that
each request is another customer's, with ids of its own.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from hub.registry.fixtures import Fixture

BOTH = ("orders", "transactions")
SALE = ("transactions",)
ORDER = ("orders",)

_numbers = itertools.count(10_000_001)
"""Eight digits, so that one fits wherever a part of an id may be replaced."""


@dataclass(frozen=True)
class Sample:
    """A sample by the names of its plugin and its file. ``records`` are the tables in which it leaves a row.
    ``replaced`` gives each text the one that comes in its place, with ``#`` for the number, and ``headers``
    are added to it in the same way."""

    plugin: str
    fixture: str
    records: tuple[str, ...]
    replaced: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict)

    def numbered(self, fixture: Fixture, number: str) -> Fixture:
        """The plugin's sample as that number's. Raises ValueError if a text does not stand in it."""
        body, headers = fixture.body.decode(), "\n".join(fixture.headers.values())
        if missing := [text for text in self.replaced if text not in body and text not in headers]:
            raise ValueError(f"{self.fixture} of {self.plugin} has no {', '.join(missing)}")
        return replace(
            fixture,
            body=self._renamed(body, number).encode(),
            headers={
                **{name: self._renamed(value, number) for name, value in fixture.headers.items()},
                **{name: value.replace("#", number) for name, value in self.headers.items()},
            },
        )

    def _renamed(self, text: str, number: str) -> str:
        for old, new in self.replaced.items():
            text = text.replace(old, new.replace("#", number))
        return text


def next_number() -> str:
    """One that no other request has."""
    return str(next(_numbers))


_ERIKA = {"erika.musterfrau": "erika.#"}

SAMPLES = (
    Sample(
        "ablefy",
        "payment.successful__single",
        SALE,
        {**_ERIKA, "=902417": "=#", "tK7mP2qXsample": "t#", "=71230045": "=#"},
    ),
    Sample(
        "copecart",
        "payment.made__single",
        SALE,
        {**_ERIKA, "Qh7TzL2m": "Q#", "usr_90417": "usr_#", "txn_77001": "txn_#"},
    ),
    Sample(
        "custom", "transaction.created__full", SALE, {**_ERIKA, "ext-tx-1001": "ext-#", "cust-001": "cust-#"}
    ),
    Sample(
        "digistore24",
        "on_payment__single",
        SALE,
        {**_ERIKA, "K7M2P9QX": "K#", "5100231": "#", "900417": "#"},
    ),
    Sample("lead", "order__shop", ORDER, {"kunde@": "kunde.#@"}, {"Idempotency-Key": "bench-#"}),
    Sample(
        "shopify",
        "orders.paid__standard",
        BOTH,
        {**_ERIKA, "6120034518273": "#", "7340112855305": "#", "6a86a0dc": "#", "efb16cce": "#"},
    ),
    Sample(
        "stripe",
        "checkout.session.completed__card",
        SALE,
        {**_ERIKA, "evt_demo_001": "evt_#", "cs_demo_1": "cs_#", "pi_demo_1": "pi_#", "cus_demo_1": "cus_#"},
    ),
    Sample(
        "woocommerce",
        "order.updated__paid",
        BOTH,
        {
            **_ERIKA,
            "1873": "#",
            '"customer_id": 58': '"customer_id": #',
            "wc_order_Vd7rX1pQb2Lk9": "wc_order_#",
            "f1b19da3b56e89dd6bed82159f217d29": "f1b19da3b56e89dd6bed8215#",
            "6XK42915AB1234567": "6XK42915A#",
        },
    ),
)
"""The main event of every source: a sale or an order that the hub processes."""
