"""Live: requests appear as they arrive, with what became of them step by step."""

import re
from collections.abc import Callable
from typing import Any

STEP = re.compile(r'class="request-step is-(\w+)"')


def settled(office: Any) -> Any:
    office.site.rooms.pipeline.timings.settle()
    return office.browser("staff")


def verdicts(page: str) -> list[str]:
    return STEP.findall(page)


def test_each_request_shows_how_far_it_came(office: Any, sale: Callable[..., Any]) -> None:
    office.site.send(sale("t-1"))
    assert verdicts(settled(office).get("/events/live").text) == ["passed"] * 4

    office.site.send(sale("t-2"), secret="falsch")
    page = settled(office).get("/events/live").text
    assert verdicts(page)[:4] == ["refused", "unreached", "unreached", "unreached"]
    assert "Die Signatur passt nicht zum Inhalt" in page

    office.site.send(b"{")
    assert verdicts(settled(office).get("/events/live").text)[:2] == ["passed", "refused"]
    office.site.send(sale("t-1"))
    assert verdicts(settled(office).get("/events/live").text)[:4] == [
        "passed",
        "passed",
        "stopped",
        "unreached",
    ]


def test_what_is_refused_at_the_door_is_seen_too(make_office: Any, sale: Callable[..., Any]) -> None:
    office = make_office(body_limit=1000)
    office.site.send(sale("t-1", productName="x" * 1000))

    page = settled(office).get("/events/live").text

    assert verdicts(page)[0] == "refused"
    assert "Der Inhalt ist zu groß" in page


def test_only_news_is_sent(office: Any, sale: Callable[..., Any]) -> None:
    office.site.send(sale("t-1"))
    staff = settled(office)
    first = staff.get("/events/live/news")
    mark = first.headers["X-Mark"]

    assert "transaction.created" in first.text
    assert "<html" not in first.text
    assert staff.get(f"/events/live/news?mark={mark}").status_code == 204
    office.site.send(sale("t-2"))
    assert staff.get(f"/events/live/news?mark={mark}").status_code == 200


def test_requests_are_chosen_by_connection_and_outcome(office: Any, sale: Callable[..., Any]) -> None:
    office.site.send(sale("t-1"))
    office.site.send(sale("t-2"), secret="falsch")
    office.order()
    staff = settled(office)
    rejected = staff.get("/events/live?outcome=rejected").text
    custom = next(
        row["id"]
        for row in office.site.events(tenant_id=office.site.tenant_id())
        if row["plugin"] == "custom"
    )
    event = staff.get(f"/events/{custom}").text

    assert len(verdicts(rejected)) == 4
    assert "Schritte beim Eintreffen" in event
    assert staff.get("/events/live?connection=x&outcome=y").status_code == 200
    page = staff.get("/events/live").text
    (lead,) = re.findall(r'<option value="([0-9a-f-]{36})">API-Schnittstelle', page)
    assert len(verdicts(staff.get(f"/events/live?connection={lead}").text)) == 4


def test_another_tenants_requests_are_not_seen(office: Any, sale: Callable[..., Any]) -> None:
    office.site.send(sale("t-1"), tenant="nachbar")

    page = settled(office).get("/events/live").text

    assert "Noch nichts eingegangen" in page
    assert verdicts(page) == []


def test_what_another_process_took_is_seen(
    office: Any, make_app: Callable[..., Any], database_url: str, sale: Callable[..., Any]
) -> None:
    other = make_app(database_url)
    staff = office.browser("staff")
    assert verdicts(staff.get("/events/live").text) == []
    other.send(sale("t-1"))
    other.rooms.pipeline.timings.settle()

    news = staff.get("/events/live/news").text
    assert verdicts(news) == ["passed"] * 4
    assert "ms gesamt" in news
