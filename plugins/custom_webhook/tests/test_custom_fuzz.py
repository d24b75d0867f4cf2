"""Whatever is sent, a request is either read or refused: nothing else is ever raised."""

import copy
import json

from hub_custom_webhook import plugin
from hypothesis import given, settings
from hypothesis import strategies as st

import hub
from hub.contract.describing import describe
from hub.registry.fixtures import fixtures_of
from hub.support import jsontext

SAMPLES = [json.loads(fixture.body) for fixture in fixtures_of(plugin).values()]
FIELDS = sorted({name for sample in SAMPLES for name in sample})

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(
        ["1e999999999", "-0", "\x00", "\ud800", "0001-01-01T00:00:00+14:00", "9" * 300, 10**400]
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@st.composite
def mutated(draw):
    """A sample with some fields replaced, dropped or added, perhaps cut or with a byte put in."""
    sample = copy.deepcopy(draw(st.sampled_from(SAMPLES)))
    for name in draw(st.lists(st.sampled_from(FIELDS), max_size=3)):
        inside = draw(st.booleans()) and isinstance(sample.get("customer"), dict)
        target = sample["customer"] if inside else sample
        if draw(st.booleans()):
            target["email" if inside else name] = draw(VALUES)
        else:
            target.pop(name, None)
    body = json.dumps(sample, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")
    cut = draw(st.none() | st.integers(0, len(body)))
    return body if cut is None else body[:cut] + draw(st.binary(max_size=2)) + body[cut:]


def handle(inbound, connection):
    """What the hub asks of a source: the type, the key, and the facts of a type that is declared."""
    try:
        event = plugin.manifest.event_type(inbound)
        plugin.manifest.event_key(inbound)
        return plugin.parse(inbound, connection) if event in plugin.manifest.events else []
    except hub.RequestError as error:
        return error


@settings(max_examples=400, deadline=None)
@given(body=mutated() | st.binary(max_size=60))
def test_every_body_is_read_or_refused(body, custom_request, custom_connection):
    found = handle(custom_request(body), custom_connection)
    if isinstance(found, hub.RequestError):
        assert found.status == 400
        assert found.message
    else:
        jsontext.encode([describe(fact) for fact in found])
        assert all(jsontext.encode(fact.extra) for fact in found)
