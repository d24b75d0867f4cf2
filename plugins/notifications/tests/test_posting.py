"""Outgoing webhooks: signed so that others can verify it, and what their answers mean."""

import contextlib
import json
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import svix
from hub_notifications import endpoints, exchanging, queries, webhooks
from standardwebhooks import Webhook, WebhookVerificationError

import hub
from hub.records import notifications
from hub.support import watching

BODY = {"type": "order.placed", "timestamp": "2026-06-01T12:00:00Z", "data": {"total": "149.90", "ü": "ß"}}


@pytest.fixture(autouse=True)
def _nothing_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "MOMENT_SECONDS", 0)


@pytest.fixture
def endpoint(office: Any, receiver: Any) -> Any:
    """The receiver as the tenant's endpoint: its id, and the secret it was given."""
    with office.database.write() as unit:
        return endpoints.create(
            unit,
            office.vault,
            tenant_id=office.tenant_id,
            url=receiver.url,
            events=["*"],
            now=office.clock(),
        )


def stored(office: Any, endpoint_id: UUID) -> Any:
    with office.database.read() as unit:
        return queries.endpoint(unit, office.tenant_id, endpoint_id)


def secrets_now(office: Any, endpoint_id: UUID) -> list[str]:
    found = endpoints.directory(office.database).find(office.host, office.tenant_id, endpoint_id)
    assert found is not None
    return found.secrets_at(office.clock())


def told(office: Any) -> list[tuple[str, str, str]]:
    """Member, kind and text of all notifications."""
    with office.database.read() as unit:
        rows = notifications.of_tenant(unit, office.tenant_id, email=None, unread=True, limit=100)
    return [(row["member"], row["title"], row["text"]) for row in rows]


def test_a_delivery_arrives_signed(office: Any, receiver: Any, endpoint: Any) -> None:
    office.clock.now = datetime.now(UTC)  # the libraries look at the real clock
    delivery = office.delivery("webhook", endpoint[0], BODY)

    sent = office.send(delivery)

    assert (sent.status, sent.answer) == (200, "ok")
    ((path, headers, body),) = receiver.requests
    assert path == "/hook"
    assert headers["webhook-id"] == str(delivery.id)
    assert headers["webhook-timestamp"] == str(int(office.clock.now.timestamp()))
    assert headers["content-type"] == "application/json"
    assert "cookie" not in headers
    assert Webhook(endpoint[1]).verify(body, headers) == BODY
    svix.Webhook(endpoint[1]).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(endpoints.new_secret()).verify(body, headers)
    with pytest.raises(svix.WebhookVerificationError):
        svix.Webhook(endpoint[1]).verify(body + b" ", headers)


def test_another_attempt_has_the_same_id_and_body_and_a_time_of_its_own(
    office: Any, receiver: Any, endpoint: Any
) -> None:
    delivery = office.delivery("webhook", endpoint[0], BODY)
    office.send(delivery)
    office.clock.advance(minutes=5)
    office.send(delivery)

    (_, first, body), (_, second, body_again) = receiver.requests
    assert body == body_again
    assert first["webhook-id"] == second["webhook-id"]
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 300
    assert first["webhook-signature"] != second["webhook-signature"]
    assert receiver.connections == 1


def test_while_a_secret_is_rotated_both_verify(office: Any, receiver: Any, endpoint: Any) -> None:
    office.clock.now = datetime.now(UTC)
    endpoint_id, old = endpoint

    def rotated(hours: float) -> str:
        with office.database.write() as unit:
            return endpoints.rotate(
                unit,
                office.vault,
                tenant_id=office.tenant_id,
                endpoint_id=endpoint_id,
                overlap=timedelta(hours=hours),
                now=office.clock(),
            )

    new = rotated(24)
    office.send(office.delivery("webhook", endpoint_id, BODY))
    _, headers, body = receiver.requests[-1]
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in (old, new):
        assert Webhook(secret).verify(body, headers) == BODY
        svix.Webhook(secret).verify(body, headers)

    office.clock.advance(hours=24)
    assert secrets_now(office, endpoint_id) == [new]
    newest = rotated(0)
    assert secrets_now(office, endpoint_id) == [newest]
    assert newest not in stored(office, endpoint_id)["secrets"]


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_a_success(office: Any, receiver: Any, endpoint: Any, status: int) -> None:
    receiver.answers(status, b"")
    assert office.send(office.delivery("webhook", endpoint[0], BODY)).status == status


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 500, 502])
def test_anything_else_is_a_failure_to_be_tried_again(
    office: Any, receiver: Any, endpoint: Any, status: int
) -> None:
    receiver.answers(status, b"no\x00 way", Location=f"{receiver.url}/elsewhere")

    error = office.fail(office.delivery("webhook", endpoint[0], BODY))

    assert (error.status, error.answer, error.final, error.retry_after) == (
        status,
        "no\ufffd way",
        False,
        None,
    )
    assert len(receiver.requests) == 1
    assert stored(office, endpoint[0])["failures"] == 1


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        ("Mon, 01 Jun 2026 12:10:00 GMT", 600),
        ("Mon, 01 Jun 2026 11:00:00 GMT", 0),
        ("99999999999", 24 * 3600),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_handed_on(
    office: Any, receiver: Any, endpoint: Any, status: int, text: str, seconds: int | None
) -> None:
    receiver.answers(status, Retry_After=text)
    assert office.fail(office.delivery("webhook", endpoint[0], BODY)).retry_after == seconds


def test_410_switches_the_endpoint_off_and_tells_the_owners(
    office: Any, receiver: Any, endpoint: Any
) -> None:
    office.add_member("chefin@example.com", "owner")
    office.add_member("staff@example.com")
    receiver.answers(410)

    error = office.fail(office.delivery("webhook", endpoint[0], BODY))

    assert (error.status, error.final) == (410, True)
    row = stored(office, endpoint[0])
    assert (row["enabled"], row["disabled_reason"]) == (False, "answered 410 Gone")
    text = f"{receiver.url} hat mit 410 geantwortet und bekommt keine Ereignisse mehr."
    assert told(office) == [("chefin@example.com", "Webhook abgeschaltet", text)]

    again = office.fail(office.delivery("webhook", endpoint[0], BODY))
    assert again.final
    assert len(receiver.requests) == 1
    assert len(told(office)) == 1


def test_an_endpoint_that_only_fails_for_days_is_switched_off(
    office: Any, receiver: Any, endpoint: Any
) -> None:
    office.add_member("chefin@example.com", "owner")
    receiver.answers(500)
    for _ in range(endpoints.MIN_FAILURES):
        assert not office.fail(office.delivery("webhook", endpoint[0], BODY)).final
        office.clock.advance(hours=1)
    office.clock.advance(days=4, hours=11, minutes=59)
    assert not office.fail(office.delivery("webhook", endpoint[0], BODY)).final
    office.clock.advance(minutes=1)

    assert office.fail(office.delivery("webhook", endpoint[0], BODY)).final
    assert stored(office, endpoint[0])["disabled_reason"] == "only failed for 5 days"
    ((_, _, text),) = told(office)
    assert text.startswith(f"{receiver.url} ist seit 01.06.2026, 14:00:00 nicht erreichbar")

    with office.database.write() as unit:
        endpoints.switch(unit, office.tenant_id, endpoint[0], on=True, now=office.clock())
    assert not office.fail(office.delivery("webhook", endpoint[0], BODY)).final
    assert stored(office, endpoint[0])["failures"] == 1


def test_few_failures_do_not_switch_off_however_long_ago(office: Any, receiver: Any, endpoint: Any) -> None:
    receiver.answers(500)
    for _ in range(endpoints.MIN_FAILURES - 1):
        assert not office.fail(office.delivery("webhook", endpoint[0], BODY)).final
        office.clock.advance(days=2)
    assert stored(office, endpoint[0])["enabled"]


def test_a_success_forgets_the_failures(office: Any, receiver: Any, endpoint: Any) -> None:
    receiver.answers(500)
    for _ in range(20):
        office.fail(office.delivery("webhook", endpoint[0], BODY))
    office.clock.advance(days=4)
    receiver.answers(200)
    office.send(office.delivery("webhook", endpoint[0], BODY))
    receiver.answers(500)
    office.clock.advance(days=4)

    assert not office.fail(office.delivery("webhook", endpoint[0], BODY)).final
    row = stored(office, endpoint[0])
    assert (row["enabled"], row["failures"], row["failing_since"]) == (True, 1, office.clock())


def test_an_endpoint_of_another_tenant_is_not_there(office: Any, receiver: Any, endpoint: Any) -> None:
    for delivery in (
        office.delivery("webhook", endpoint[0], BODY, tenant_id=uuid4()),
        office.delivery("webhook", uuid4(), BODY),
    ):
        assert office.fail(delivery).final
    assert receiver.requests == []


def test_an_endpoint_is_remembered_for_a_moment(
    office: Any, receiver: Any, endpoint: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "MOMENT_SECONDS", 60)
    office.send(office.delivery("webhook", endpoint[0], BODY))
    with office.database.write() as unit:
        endpoints.switch(unit, office.tenant_id, endpoint[0], on=False, now=office.clock())
    office.send(office.delivery("webhook", endpoint[0], BODY))
    assert office.fail(office.delivery("webhook", endpoint[0], BODY, tenant_id=uuid4())).final
    receiver.answers(500)
    office.fail(office.delivery("webhook", endpoint[0], BODY))

    # A failure is a reason to look again.
    assert "off" in office.fail(office.delivery("webhook", endpoint[0], BODY)).message
    assert len(receiver.requests) == 3


def test_nobody_there_is_a_failure(office: Any, receiver: Any, endpoint: Any) -> None:
    with office.database.write() as unit:
        queries.change_endpoint(unit, endpoint[0], url="http://127.0.0.1:9/hook")
    error = office.fail(office.delivery("webhook", endpoint[0], BODY))
    assert "refused" in error.message.lower()
    assert not error.final


def test_a_private_address_is_refused_unless_the_operator_allows_it(
    office: Any, receiver: Any, endpoint: Any
) -> None:
    office.configure(allowed_targets="")
    error = office.fail(office.delivery("webhook", endpoint[0], BODY))
    assert "HUB_ALLOWED_TARGETS" in error.message
    assert receiver.requests == []


def test_of_a_huge_answer_only_the_beginning_is_read(office: Any, receiver: Any, endpoint: Any) -> None:
    cut = threading.Event()

    def flood(handler: Any) -> None:
        handler.wfile.write(
            b"HTTP/1.1 %d Any\r\nLocation: /there\r\nContent-Length: 999999999\r\n\r\n" % status
        )
        try:
            while True:
                handler.wfile.write(b"x" * 100_000)
        except OSError:
            cut.set()
            raise

    receiver.answer = flood
    for status in (200, 302, 500):  # noqa: B007 - the server answers with it
        cut.clear()
        with contextlib.suppress(hub.DeliveryError):
            sent = office.send(office.delivery("webhook", endpoint[0], BODY))
            assert len(sent.answer) == exchanging.ANSWER_SHOWN
        assert cut.wait(5)


def test_an_answer_that_drips_is_cut_off(
    office: Any, receiver: Any, endpoint: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchanging, "TOTAL_SECONDS", 0.3)
    monkeypatch.setattr(watching, "PERIOD", 0.05)

    def drip(handler: Any) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(200):
            handler.wfile.write(b"X-%d: y\r\n" % number)
            time.sleep(0.05)

    receiver.answer = drip
    started = time.monotonic()
    error = office.fail(office.delivery("webhook", endpoint[0], BODY))
    assert error.message == "no answer in time"
    assert time.monotonic() - started < 3


def test_cookies_and_proxies_are_not_used(
    office: Any, receiver: Any, endpoint: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    receiver.answers(200, Set_Cookie="a=b; Path=/")
    office.send(office.delivery("webhook", endpoint[0], BODY))
    office.send(office.delivery("webhook", endpoint[0], BODY))
    assert all("cookie" not in headers for _, headers, _ in receiver.requests)


@pytest.mark.parametrize(
    ("pattern", "event", "expected"),
    [
        ("*", "order.placed", True),
        ("order.*", "order.placed", True),
        ("order.*", "transaction.created", False),
        ("order.placed", "order.placed", True),
        ("order.placed", "order.changed", False),
        ("order", "order.placed", False),
    ],
)
def test_patterns(pattern: str, event: str, expected: bool) -> None:
    assert webhooks.matches([pattern], event) is expected


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "//example.com/",
        "https://",
        "https://user:pw@example.com/",
        "https://user@example.com/",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://example.com/#top",
        "https://exa mple.com/",
        "https://example.com\\@evil.example/",
        "https://example.com/\r\nX: y",
    ],
)
def test_an_address_that_is_none_is_refused(office: Any, url: str) -> None:
    with office.database.write() as unit, pytest.raises(endpoints.EndpointError, match="address"):
        endpoints.create(
            unit, office.vault, tenant_id=office.tenant_id, url=url, events=["*"], now=office.clock()
        )


def test_a_pattern_that_means_no_event_is_refused(office: Any) -> None:
    with office.database.write() as unit, pytest.raises(endpoints.EndpointError, match=r"order\.placed"):
        endpoints.create(
            unit,
            office.vault,
            tenant_id=office.tenant_id,
            url="https://example.com/",
            events=["orders.*"],
            now=office.clock(),
        )


def test_event_names() -> None:
    assert "order.placed" in webhooks.EVENTS
    assert "transaction.refunded" in webhooks.EVENTS
    assert "privacy.requested" in webhooks.EVENTS
    assert json.dumps(webhooks.body("hub.test", datetime(2026, 6, 1, 12, tzinfo=UTC), {})) == (
        '{"type": "hub.test", "timestamp": "2026-06-01T12:00:00Z", "data": {}}'
    )
