"""A signature that holds a time: neither too old nor from the future, judged by when it came."""

from collections.abc import Sequence
from typing import Any

import pytest

import hub
from hub.contract.locators import Json


class Timed(hub.Plugin):
    """A source whose signature holds a time."""

    manifest = hub.Manifest(
        slug="timed",
        title={"de": "Mit Zeit", "en": "Timed"},
        routes=("/api/webhooks/<tenant>/timed",),
        scheme=hub.schemes.TimestampedHmac(header="X-Timed"),
        settings=hub.SignedSettings,
        events={"ask": "Opens a ticket."},
        event_type=Json("type", required=True),
        event_key=Json("id"),
    )

    @hub.hookimpl
    def parse(self, inbound: hub.Inbound, connection: hub.Connection) -> Sequence[hub.Fact]:
        return [hub.TicketOpened(customer=hub.Person(email="a@b.de"), message="Hallo")]


BODY = b'{"type":"ask","id":"1"}'


@pytest.fixture
def timed(make_hub: Any) -> Any:
    return make_hub(plugins=[Timed()])


def sent_after(site: Any, seconds: float, secret: str = "ein-langes-geheimnis-0815") -> Any:
    """The answer to a request that arrives so long after it was signed."""
    signed = Timed.manifest.scheme.sign(hub.Outgoing(body=BODY), secret, site.clock())
    site.clock.advance(seconds=seconds)
    return site.send(BODY, plugin="timed", secret=None, headers=signed.headers)


@pytest.mark.parametrize("seconds", [0, 300, -300])
def test_a_fresh_request_is_taken(timed: Any, seconds: int) -> None:
    assert sent_after(timed, seconds).get_json()["status"] == "processed"


@pytest.mark.parametrize(("seconds", "code"), [(301, "stale_timestamp"), (-301, "future_timestamp")])
def test_an_old_or_early_request_is_refused_with_its_reason(timed: Any, seconds: int, code: str) -> None:
    answer = sent_after(timed, seconds)

    assert (answer.status_code, answer.get_json()["code"]) == (401, code)
    assert timed.event(answer)["reason"] == code
    assert timed.count() == 0


def test_a_rejected_request_is_verified_later_against_the_moment_it_came(timed: Any) -> None:
    answer = sent_after(timed, 10, secret="the right one")
    assert answer.get_json()["code"] == "invalid_signature"

    timed.change("timed", secret="the right one")
    timed.clock.advance(days=20)
    replay = timed.rooms.replayer.reverify(timed.event(answer)["id"])

    assert (replay.before, replay.after) == ("rejected", "processed")
    assert timed.event(answer)["verified"]
    assert len(timed.records("tickets")) == 1


def test_a_stale_request_stays_stale(timed: Any) -> None:
    answer = sent_after(timed, 301)
    timed.clock.advance(seconds=-301)
    replay = timed.rooms.replayer.reverify(timed.event(answer)["id"])

    assert (replay.after, replay.reason) == ("rejected", "stale_timestamp")
    assert timed.count() == 0
