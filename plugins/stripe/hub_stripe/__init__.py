"""Stripe: sales, refunds and disputes, and online payments of the tenant's own invoices."""

from collections.abc import Sequence
from typing import cast

import hub
from hub_stripe.addressing import locate_tenant
from hub_stripe.event import read_event
from hub_stripe.listing import list_events, lookback_of
from hub_stripe.manifest import manifest
from hub_stripe.mapper import MAPPERS
from hub_stripe.paying import open_session
from hub_stripe.settings import Settings, missing_for_payment


class Stripe(hub.Plugin):
    """Hook implementations; the mapping itself is in ``mapper.py``."""

    manifest = manifest

    @hub.hookimpl
    def locate(self, inbound: hub.Inbound) -> hub.Address | None:
        """Whom the event is for; whatever cannot be read is for nobody."""
        try:
            return locate_tenant(inbound.json)
        except hub.PayloadError:
            return None

    @hub.hookimpl
    def parse(self, inbound: hub.Inbound, connection: hub.Connection) -> Sequence[hub.Fact]:
        """One mapper per event type; a type that is not declared says nothing."""
        settings = cast(Settings, connection.settings)
        event = read_event(inbound.json, inbound.received_at)
        if event.test and not settings.accept_test_events:
            return []
        mapper = MAPPERS.get(inbound.json["type"].text())
        return mapper(event, settings) if mapper else []

    @hub.hookimpl
    def can_pay(self, connection: hub.Connection) -> hub.Readiness:
        """With all three keys customers can pay."""
        return hub.Readiness(missing=missing_for_payment(cast(Settings, connection.settings)))

    @hub.hookimpl
    def checkout(self, request: hub.Checkout, connection: hub.Connection) -> hub.Redirect | hub.CheckoutOver:
        """A session of Stripe Checkout."""
        return open_session(request, connection)

    @hub.hookimpl
    def lookback(self, connection: hub.Connection) -> hub.Lookback:
        """With the secret key events of 30 days can be listed."""
        return lookback_of(cast(Settings, connection.settings))

    @hub.hookimpl
    def list_since(self, query: hub.BackfillQuery, connection: hub.Connection) -> hub.BackfillPage:
        """Events of the declared types."""
        return list_events(query, cast(Settings, connection.settings), tuple(manifest.events))


plugin = Stripe()
