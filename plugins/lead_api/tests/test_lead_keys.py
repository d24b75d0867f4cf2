"""Whose key it is, and whether it is one."""

from dataclasses import replace

import pytest
from hub_lead_api import plugin
from hypothesis import given, settings
from hypothesis import strategies as st

import hub

KEY = "crm_7_9c41f0aa5be24d1c83e7"


def located(inbound):
    return plugin.locate(inbound)


def test_key_names_its_tenant(lead_request):
    assert located(lead_request(headers={"x-api-key": KEY})) == hub.Address(tenant_number=7)


def test_key_may_stand_in_the_address(lead_request):
    assert located(lead_request(query={"key": KEY})).tenant_number == 7


def test_header_counts_before_the_address(lead_request):
    assert located(lead_request(headers={"X-API-KEY": KEY}, query={"key": "crm_8_x"})).tenant_number == 7


@pytest.mark.parametrize("headers", [{}, {"X-API-KEY": ""}, {"X-API-KEY": "  "}, {"Authorization": KEY}])
def test_missing_key_is_401(lead_request, headers):
    with pytest.raises(hub.AuthenticationError) as caught:
        located(lead_request(headers=headers))
    assert (caught.value.status, caught.value.code) == (401, "missing_key")


@pytest.mark.parametrize(
    "key",
    [
        "crm",
        "crm__x",
        "crm_7",
        "crm_7_",
        "crm_0_x",
        "crm_-7_x",
        "crm_07_x",
        "crm_7.0_x",
        "crm_٧_x",
        "crm_7_x\ny",
        "CRM_7_x",
        "crm_7_9c***cd83**",
        "crm_" + "9" * 5000 + "_x",
        "crm_7_" + "x" * 5000,
        f"{KEY}, {KEY}",
        "\x00",
        "🔑",
    ],
)
def test_ill_formed_key_is_403(lead_request, key):
    for inbound in (lead_request(headers={"X-API-KEY": key}), lead_request(query={"key": key})):
        with pytest.raises(hub.ForbiddenError) as caught:
            located(inbound)
        assert (caught.value.status, caught.value.code) == (403, "malformed_key")


def test_key_of_the_tenant_is_accepted_and_another_is_not(lead_request, lead_connection):
    scheme = plugin.manifest.scheme
    connection = replace(lead_connection, credentials=(hub.schemes.hash_key(KEY),))
    scheme.verify(lead_request(headers={"X-API-KEY": KEY}), connection)
    with pytest.raises(hub.ForbiddenError) as caught:
        scheme.verify(lead_request(headers={"X-API-KEY": KEY[:-1]}), connection)
    assert caught.value.status == 403


def test_without_idempotency_key_nothing_is_a_repetition(lead_request):
    assert plugin.manifest.event_key(lead_request()) is None
    assert plugin.manifest.event_key(lead_request(headers={"Idempotency-Key": " "})) is None
    assert plugin.manifest.event_key(lead_request(headers={"idempotency-key": "a-1"})) == "a-1"
    assert plugin.manifest.repeated_key_other_body == "refuse"


@settings(max_examples=300, deadline=None)
@given(key=st.text(max_size=30) | st.from_regex(r"crm_[0-9]{1,30}_[a-f0-9]{1,9}"), in_query=st.booleans())
def test_every_key_is_read_or_refused(key, in_query, lead_request):
    where = {"query": {"key": key}} if in_query else {"headers": {"X-API-KEY": key}}
    try:
        found = located(lead_request(**where))
    except hub.AuthenticationError:
        return
    assert 0 < found.tenant_number < 10**9
