"""The lead API: orders and enquiries from a company's own website, shop or contact form."""

from collections.abc import Sequence

import hub
from hub_lead_api import forms
from hub_lead_api.answers import answer, wrong_key
from hub_lead_api.keys import tenant_number
from hub_lead_api.manifest import api_key, form_key, manifest
from hub_lead_api.mapper import MAPPERS
from hub_lead_api.settings import Settings


class LeadApi(hub.Plugin):
    """Hook implementations; the mapping itself is in ``mapper.py``."""

    manifest = manifest

    @hub.hookimpl
    def locate(self, inbound: hub.Inbound) -> hub.Address:
        """The key names its tenant; whether it is one of the tenant's keys is the scheme's question."""
        key = api_key.presented(inbound) or form_key.presented(inbound)
        return hub.Address(tenant_number=tenant_number(key))

    @hub.hookimpl
    def translate(self, inbound: hub.Inbound, connection: hub.Connection) -> hub.Inbound:
        """Forms and other names of the fields, where the connection's settings allow them."""
        made = hub.translating.in_schema(inbound, connection)
        if made is inbound or not inbound.is_form:
            return made
        return hub.translating.as_json(made, made.json.rest(forms.KEY_FIELD, forms.REDIRECT_FIELD))

    @hub.hookimpl
    def parse(self, inbound: hub.Inbound, connection: hub.Connection) -> Sequence[hub.Fact]:
        """One mapper per type, of what is no spam."""
        payload = inbound.json
        event = payload["type"].choice(*MAPPERS)
        if isinstance(settings := connection.settings, Settings):
            payload = forms.trapped(payload, inbound.received_at, settings)
        return MAPPERS[event](payload, inbound.received_at, connection.tenant)

    @hub.hookimpl
    def respond(self, inbound: hub.Inbound, outcome: hub.Outcome) -> hub.Reply:
        """The answers of the document, success and errors, as JSON; a visitor's browser is sent on."""
        settings = outcome.connection.settings if outcome.connection else None
        onward = forms.redirect(inbound, outcome, settings) if isinstance(settings, Settings) else None
        if outcome.reason == "missing_key" and form_key.presented(inbound):
            return wrong_key()
        return onward or answer(outcome)


plugin = LeadApi()
