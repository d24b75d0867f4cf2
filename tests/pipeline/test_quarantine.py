"""Rejected requests are kept, but only so many and so long for each connection."""

from collections.abc import Callable
from typing import Any

Sale = Callable[..., dict[str, Any]]


def reject(site: Any, times: int, **options: Any) -> list[Any]:
    """Events that were rejected for their signature, oldest first."""
    answers = [site.send({"n": number}, secret="wrong", **options) for number in range(times)]
    return [answer.get_json()["eventId"] for answer in answers]


def kept(site: Any) -> list[str]:
    return [str(event["id"]) for event in reversed(site.events(outcome="rejected"))]


def test_only_the_newest_rejected_requests_are_kept(make_hub: Any, sale: Sale) -> None:
    site = make_hub(quarantine_events=5)
    site.send(sale())
    rejected = reject(site, 8)

    assert kept(site) == rejected[-5:]
    assert len(site.events(outcome="processed")) == 1


def test_each_connection_has_its_own_quarantine(make_hub: Any) -> None:
    site = make_hub(quarantine_events=3)
    site.connect("custom", name="zweitshop")
    site.add_tenant("nachbar")
    here, there, next_door = (
        reject(site, 3),
        reject(site, 5, connection="zweitshop"),
        reject(site, 4, tenant="nachbar"),
    )
    nowhere = reject(site, 5, tenant="niemand")

    assert kept(site) == [*here, *there[-3:], *next_door[-3:], *nowhere[-3:]]


def test_old_rejected_requests_go_when_the_next_one_comes(make_hub: Any, sale: Sale) -> None:
    site = make_hub(quarantine_days=30)
    site.send(sale())
    reject(site, 2)
    site.clock.advance(days=29)
    young = reject(site, 1)
    assert len(kept(site)) == 3

    site.clock.advance(days=2)
    newest = reject(site, 1)
    assert kept(site) == [*young, *newest]
    assert len(site.events(outcome="processed")) == 1
