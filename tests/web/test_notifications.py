"""Notifications: what a member is told, and how soon every open page knows."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any

import pytest

from hub.app import create_app, end_streams
from hub.records import notifications
from hub.records.notifications import Audience, Mailbox
from hub.web import feed
from hub.web.feed import EXTENSION, Feed

STREAM = "/t/musterfirma/notifications/stream"


@pytest.fixture
def office(make_office: Callable[..., Any]) -> Any:
    """An office whose tenant has notifications switched on."""
    office = make_office()
    for tenant in ("musterfirma", "nachbar"):
        office.site.connect("notifications", tenant=tenant)
    return office


def mailbox(office: Any, who: str = "staff") -> Mailbox:
    return Mailbox(office.site.tenant_id(), office.person(f"{who}@example.com").id)


def waiting(office: Any, who: str = "staff") -> Any:
    with office.site.rooms.database.read() as unit:
        return notifications.listed(unit, mailbox(office, who))


def test_a_member_reads_what_happened(office: Any) -> None:
    office.order()
    staff = office.browser("staff")
    page = staff.get("/notifications").text

    assert "Neue Bestellung!" in page
    assert "Eine Web-Bestellung über 149,90 € ist eingegangen." in page.replace("\xa0", " ")
    assert "1 ungelesene Benachrichtigung" in page
    assert "1 ungelesene Benachrichtigung" in staff.get("/").text


def test_to_open_one_leads_to_the_record_and_marks_it(office: Any) -> None:
    office.order()
    (row,) = waiting(office)
    staff = office.browser("staff")
    answer = staff.post(f"/notifications/{row['id']}/open")

    assert answer.location == f"/t/musterfirma/orders/{office.site.record('orders')['id']}"
    assert waiting(office)[0]["read_at"] == office.site.clock()
    assert waiting(office, "owner")[0]["read_at"] is None


def test_one_and_all_are_marked(office: Any) -> None:
    for _ in range(3):
        office.order()
    staff = office.browser("staff")
    staff.post(f"/notifications/{waiting(office)[0]['id']}/read")
    assert [bool(row["read_at"]) for row in waiting(office)] == [True, False, False]
    assert staff.get("/notifications?show=unread").text.count("notice-unread") == 2

    assert staff.post("/notifications/read").status_code == 303
    assert all(row["read_at"] for row in waiting(office))
    assert "3 Benachrichtigungen" not in staff.get("/notifications").text
    assert "Alles gelesen" in staff.get("/notifications?show=unread").text
    assert [row["read_at"] for row in waiting(office, "owner")] == [None] * 3


def test_nobody_reads_or_marks_what_is_told_to_somebody_else(office: Any) -> None:
    office.order()
    (mine,) = waiting(office, "owner")
    staff = office.browser("staff")
    for action in ("open", "read"):
        assert staff.post(f"/notifications/{mine['id']}/{action}").status_code == 404
    neighbour = office.browser("neighbour", "nachbar")

    assert neighbour.post(f"/notifications/{mine['id']}/open").status_code == 404
    assert "Noch keine Benachrichtigungen" in neighbour.get("/notifications").text
    assert waiting(office, "owner")[0]["read_at"] is None


@pytest.mark.parametrize(
    ("meant", "told"),
    [
        ({}, {"owner", "admin", "staff"}),
        ({"role": "owner"}, {"owner"}),
        ({"member": "staff"}, {"staff"}),
        ({"member": "neighbour"}, set()),
    ],
)
def test_an_audience_is_told_and_nobody_else(office: Any, meant: dict[str, str], told: set[str]) -> None:
    office.order()
    (row,) = waiting(office)
    known = {who: office.person(f"{who}@example.com").id for who in ("owner", "admin", "staff", "neighbour")}
    member = known[meant["member"]] if "member" in meant else None
    audience = Audience(tenant_id=row["tenant_id"], role=meant.get("role"), member_id=member)
    with office.site.rooms.database.write() as unit:
        said = {name: row[name] for name in notifications.TOLD if name != "tenant_id"}
        first = notifications.tell(unit, audience, **said)
        ids = notifications.told(unit, row["record_id"], first)

    assert set(ids) == {known[who] for who in told}
    assert len(set(ids.values())) == len(told)
    assert all(first < its_id and its_id.version == 7 for its_id in ids.values())


def test_a_long_list_has_pages(office: Any) -> None:
    office.order()
    (row,) = waiting(office)
    with office.site.rooms.database.write() as unit:
        for number in range(120):
            told = {name: row[name] for name in notifications.TOLD if name != "tenant_id"}
            audience = Audience(tenant_id=row["tenant_id"], member_id=row["member_id"])
            notifications.tell(unit, audience, **told | {"title": f"Nummer {number}"})
    staff = office.browser("staff")
    first = staff.get("/notifications").text
    older = staff.get(f"/notifications?before={waiting(office)[24]['id']}").text

    assert "Nummer 119" in first
    assert "Nummer 94" not in first
    assert "Nummer 94" in older
    assert "Nummer 95" not in older
    assert "99+" in first


def test_news_are_told_once(office: Any) -> None:
    staff = office.browser("staff")
    office.order()
    (row,) = waiting(office)
    answer = staff.get("/notifications/news?after=00000000-0000-7000-8000-000000000000").get_json()

    assert answer["unread"] == 1
    assert [notice["id"] for notice in answer["notices"]] == [str(row["id"])]
    assert staff.get(f"/notifications/news?after={row['id']}").get_json() == {"unread": 1, "notices": []}
    assert staff.get("/notifications/news?after=nonsense").get_json() == {"unread": 1, "notices": []}


def test_when_all_places_are_taken_the_page_asks_instead(office: Any) -> None:
    staff = office.browser("staff")
    kept: Feed = office.web.extensions[EXTENSION]
    streams = [kept.open(mailbox(office)) for _ in range(office.site.rooms.config.threads // 4)]

    assert staff.get("/notifications/stream").status_code == 204
    for stream in streams:
        assert stream is not None
        stream.close()
    assert kept.open(mailbox(office)) is not None
    end_streams(office.site.app)


class Listener:
    """Somebody's browser, with a stream open."""

    def __init__(self, port: int, cookie: str, **headers: str) -> None:
        self.heard: list[tuple[float, str]] = []
        self.status = 0
        self._connection = HTTPConnection("127.0.0.1", port, timeout=20)
        self._connection.request("GET", STREAM, headers={"Cookie": cookie, **headers})
        self._answer = self._connection.getresponse()
        self.status = self._answer.status
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self) -> None:
        try:
            while line := self._answer.readline():
                self.heard.append((time.monotonic(), line.decode().strip()))
        except (OSError, ValueError, AttributeError):
            pass  # the test closed it

    def saw(self, text: str, within: float = 5) -> float | None:
        """When it heard that, by the monotonic clock."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            for at, line in self.heard:
                if text in line:
                    return at
            time.sleep(0.02)
        return None

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def listen(office: Any) -> Iterator[Callable[..., Any]]:
    cookie = "hub=" + office.browser("staff").client.get_cookie("hub").value
    opened: list[Listener] = []

    def make(port: int, **headers: str) -> Listener:
        opened.append(Listener(port, cookie, **headers))
        return opened[-1]

    yield make
    for listener in opened:
        listener.close()


@pytest.fixture
def serving(office: Any, listening: Callable[..., Any]) -> Callable[..., Any]:
    """Serves an application of the office's database until the test ends."""

    @contextmanager
    def serve(app: Any) -> Iterator[int]:
        with listening(app) as port:
            try:
                yield port
            finally:
                end_streams(app)

    return serve


def test_a_page_hears_within_two_seconds_on_any_process(
    office: Any, listen: Callable[..., Any], serving: Callable[..., Any]
) -> None:
    other = create_app(office.site.rooms.config, plugins=office.site.rooms.plugins, clock=office.site.clock)
    with serving(office.site.app) as here, serving(other) as there:
        listeners = [listen(here), listen(there)]
        assert all(listener.saw("data: 0") for listener in listeners)
        at = time.monotonic()
        office.order()
        for listener in listeners:
            heard = listener.saw("Neue Bestellung!")
            assert heard is not None
            assert heard - at < 2
            assert listener.saw("data: 1")
        at = time.monotonic()
        office.browser("staff").post("/notifications/read")
        for listener in listeners:
            zeros = [at_zero for at_zero, line in listener.heard if line == "data: 0" and at_zero > at]
            until = time.monotonic() + 2
            while not zeros and time.monotonic() < until:
                time.sleep(0.05)
                zeros = [at_zero for at_zero, line in listener.heard if line == "data: 0" and at_zero > at]
            assert zeros
        assert all(sum("Neue Bestellung!" in line for _, line in one.heard) == 1 for one in listeners)
    other.extensions["hub"].database.close()


def test_a_stream_goes_on_where_it_was_cut(
    office: Any, listen: Callable[..., Any], serving: Callable[..., Any]
) -> None:
    with serving(office.site.app) as port:
        first = listen(port)
        assert first.saw("data: 0")
        office.order(subject="Eins")
        assert first.saw("Neue Bestellung!")
        (known,) = waiting(office)
        first.close()
        office.order(subject="Zwei")
        again = listen(port, **{"Last-Event-ID": str(known["id"])})
        assert again.saw(f"id: {waiting(office)[0]['id']}")
        time.sleep(feed.PERIOD * 2)

        told = [line for _, line in again.heard if line.startswith("id: ")]
        assert told == [f"id: {waiting(office)[0]['id']}"]


def test_what_an_earlier_id_commits_later_is_told_too(
    office: Any, listen: Callable[..., Any], serving: Callable[..., Any]
) -> None:
    office.order()
    (row,) = waiting(office)
    early = feed.now_id()
    with serving(office.site.app) as port:
        listener = listen(port)
        office.order()
        assert listener.saw("Neue Bestellung!")
        with office.site.rooms.database.write() as unit:
            unit.insert(notifications.NOTIFICATIONS, dict(row) | {"id": early, "title": "Verspätet"})
        assert listener.saw("Verspätet")


def test_who_left_makes_room(office: Any, listen: Callable[..., Any], serving: Callable[..., Any]) -> None:
    kept: Feed = office.web.extensions[EXTENSION]
    with serving(office.site.app) as port:
        listener = listen(port)
        assert listener.saw("data: 0")
        assert len(kept._streams) == 1
        listener._answer.close()
        listener.close()
        until = time.monotonic() + 5
        while kept._streams and time.monotonic() < until:
            time.sleep(0.05)
        assert not kept._streams


def test_strangers_and_neighbours_hear_nothing(office: Any) -> None:
    assert office.browser("neighbour").get("/notifications/stream").status_code == 404
    assert office.visitor().get("/notifications/stream").status_code == 303


def test_the_stream_is_not_kept_back_on_the_way(
    office: Any, listen: Callable[..., Any], serving: Callable[..., Any]
) -> None:
    with serving(office.site.app) as port:
        headers = dict(listen(port)._answer.getheaders())

    assert headers["Content-Type"].startswith("text/event-stream")
    assert headers["X-Accel-Buffering"] == "no"
    assert headers["Cache-Control"] == "no-store"
