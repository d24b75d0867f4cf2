"""Whatever is sent, a request is either read or refused: nothing else is ever raised."""

import json

from hub_lead_api import plugin
from hypothesis import given, settings
from hypothesis import strategies as st

import hub
from hub.contract.describing import describe
from hub.registry.fixtures import fixtures_of
from hub.support import jsontext

SAMPLES = [json.loads(fixture.body) for fixture in fixtures_of(plugin).values()]

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["1e999999999", "-0", "\x00", "\ud800", "a@\u202e.de", "9" * 300, 10**400, "order"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@st.composite
def mutated(draw):
    """A sample with some fields replaced, dropped or added, perhaps cut or with a byte put in."""
    sample = dict(draw(st.sampled_from(SAMPLES)))
    for name in draw(
        st.lists(st.sampled_from(["type", "email", "subject", "message", "total", "x"]), max_size=3)
    ):
        if draw(st.booleans()):
            sample[name] = draw(VALUES)
        else:
            sample.pop(name, None)
    body = json.dumps(sample, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")
    cut = draw(st.none() | st.integers(0, len(body)))
    return body if cut is None else body[:cut] + draw(st.binary(max_size=2)) + body[cut:]


def attempt(action):
    """What the action gives, or the refusal it raises; anything else that it raises fails the test."""
    try:
        return action()
    except hub.RequestError as error:
        return error


@settings(max_examples=300, deadline=None)
@given(body=mutated() | st.binary(max_size=60))
def test_every_body_is_read_or_refused(body, lead_request, lead_connection):
    inbound = lead_request(body)
    found = attempt(lambda: plugin.parse(inbound, lead_connection))
    if isinstance(found, hub.RequestError):
        assert found.status == 400
        assert found.message
    else:
        assert plugin.manifest.event_type(inbound) in plugin.manifest.events
        jsontext.encode([describe(fact) for fact in found])
        jsontext.encode(found[0].extra)


@settings(max_examples=300, deadline=None)
@given(key=st.text(max_size=30) | st.from_regex(r"crm_[0-9]{1,30}_[a-f0-9]{1,9}"), in_query=st.booleans())
def test_every_key_is_read_or_refused(key, in_query, lead_request):
    where = {"query": {"key": key}} if in_query else {"headers": {"X-API-KEY": key}}
    found = attempt(lambda: plugin.locate(lead_request(**where)))
    if isinstance(found, hub.RequestError):
        assert found.status in (401, 403)
    else:
        assert 0 < found.tenant_number < 10**9
