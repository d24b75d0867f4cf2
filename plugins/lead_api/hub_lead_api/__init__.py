"""The lead API: orders and enquiries from a company's own website, shop or contact form."""

from collections.abc import Sequence

import hub
from hub_lead_api.answers import answer
from hub_lead_api.keys import tenant_number
from hub_lead_api.manifest import manifest, scheme
from hub_lead_api.mapper import MAPPERS


class LeadApi(hub.Plugin):
    """Hook implementations; the mapping itself is in ``mapper.py``."""

    manifest = manifest

    @hub.hookimpl
    def locate(self, inbound: hub.Inbound) -> hub.Address:
        """The key names its tenant; whether it is one of the tenant's keys is the scheme's question."""
        return hub.Address(tenant_number=tenant_number(scheme.presented(inbound)))

    @hub.hookimpl
    def parse(self, inbound: hub.Inbound, connection: hub.Connection) -> Sequence[hub.Fact]:
        """One mapper per type."""
        payload = inbound.json
        return MAPPERS[payload["type"].choice(*MAPPERS)](payload, inbound.received_at, connection.tenant)

    @hub.hookimpl
    def respond(self, inbound: hub.Inbound, outcome: hub.Outcome) -> hub.Reply:
        """The answers of the document, success and errors, as JSON."""
        return answer(outcome)


plugin = LeadApi()
