"""The same request twice: done once, answered twice."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.api.conftest import Caller, MakeCaller, problem

SHOP = {"plugin": "custom", "name": "shop"}


@pytest.fixture
def notified(site: Any) -> Any:
    """The company uses outgoing webhooks."""
    site.connect("notifications")
    return site


def test_a_repetition_gets_the_first_answer_secret_included(notified: Any, caller: Caller) -> None:
    given = {"url": "https://example.com/hooks"}
    first, again = (caller.post("/notifications/endpoints", given, key="k-1") for _ in range(2))
    other = caller.post("/notifications/endpoints", given, key="k-2")

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json() == again.get_json()
    assert first.get_json()["secret"].startswith("whsec_")
    assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (None, "true")
    assert other.get_json()["id"] != first.get_json()["id"]
    assert len(caller.all("/notifications/endpoints")) == 2
    assert "secret" not in caller.all("/notifications/endpoints")[0]


def test_a_key_stands_for_one_request(site: Any, caller: Caller, make_caller: MakeCaller) -> None:
    assert caller.post("/connections", SHOP, key="k-1").status_code == 201

    assert problem(caller.post("/connections", {**SHOP, "name": "b"}, key="k-1")) == (
        422,
        "idempotency-key-reused",
    )
    assert problem(make_caller().post("/connections", SHOP, key="k-1")) == (409, "conflict")
    for key in ("", "a b", "x" * 256, "ü"):
        answer = caller.ask("POST", "/connections", json=SHOP, headers={"Idempotency-Key": key})
        assert problem(answer) == (400, "malformed")


def test_a_refused_request_may_be_mended_under_its_key(site: Any, caller: Caller) -> None:
    assert problem(caller.post("/connections", {"plugin": "none"}, key="k-1")) == (422, "invalid")
    assert caller.post("/connections", SHOP, key="k-1").status_code == 201


def test_an_answer_is_kept_for_a_day(site: Any, caller: Caller) -> None:
    caller.post("/connections", SHOP, key="k-1")
    site.clock.advance(hours=23, minutes=59)
    assert caller.post("/connections", SHOP, key="k-1").status_code == 201
    site.clock.advance(minutes=1)
    assert problem(caller.post("/connections", SHOP, key="k-1")) == (409, "conflict")
    assert caller.post("/connections", {**SHOP, "name": "b"}, key="k-1").status_code == 201


def test_of_many_at_the_same_moment_one_is_done(site: Any, caller: Caller) -> None:
    start = threading.Barrier(8)

    def send(_: int) -> Any:
        start.wait()
        return caller.post("/connections", SHOP, key="k-1")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    made = [answer for answer in answers if answer.status_code == 201]
    refused = [problem(answer) for answer in answers if answer.status_code != 201]

    assert made
    assert len({answer.get_json()["id"] for answer in made}) == 1
    assert set(refused) <= {(409, "request-in-progress")}
    assert len([one for one in caller.all("/connections") if one["name"] == "shop"]) == 1
    assert caller.post("/connections", SHOP, key="k-1").get_json() == made[0].get_json()


def test_while_the_first_is_under_way_the_second_is_told_so(
    site: Any, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, go_on = threading.Event(), threading.Event()
    original: Callable[..., Any] = site.rooms.vault.seal

    def slowly(text: str) -> str:
        inside.set()
        assert go_on.wait(30)
        return str(original(text))

    monkeypatch.setattr(site.rooms.vault, "seal", slowly)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(caller.post, "/connections", SHOP, key="k-1")
        assert inside.wait(30)
        second = caller.post("/connections", SHOP, key="k-1")
        go_on.set()
        assert first.result().status_code == 201
    assert problem(second) == (409, "request-in-progress")
    assert second.headers["Retry-After"] == "1"
