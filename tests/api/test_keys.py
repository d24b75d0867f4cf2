"""Who is let in to the API, and how often."""

from datetime import timedelta
from typing import Any

import pytest

from hub.records import access
from tests.api.conftest import Caller, MakeCaller, problem


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine: no answer here depends on which it is."""
    return sqlite_url


def test_without_a_key_nothing_is_told(site: Any) -> None:
    answer = site.app.test_client().get("/rest/v1/customers")

    assert problem(answer) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="hub"'


@pytest.mark.parametrize("authorization", ["hub_x", "Basic aHViOmh1Yg==", "Bearer", "Bearer ", "Bearer é"])
def test_what_is_no_key_is_refused(site: Any, authorization: str) -> None:
    headers = {"Authorization": authorization}

    assert problem(site.app.test_client().get("/rest/v1/customers", headers=headers))[0] == 401


def test_a_key_of_nobody_and_a_key_with_a_slip_are_refused(site: Any, caller: Caller) -> None:
    slip = "B" if caller.key[20] == "A" else "A"
    other = access.new_key()
    changed = caller.key[:20] + slip + caller.key[21:]
    half = access.MARK + caller.key[4:16] + other[16:-6]
    forged = half + access._check_sum(half)

    for key in (other, changed, forged, caller.key[:-1], caller.key + "A"):
        answer = Caller(site, key).get("/customers")
        assert problem(answer) == (401, "unauthenticated")
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="hub", error="invalid_token"'


def test_a_key_ends_when_it_expires_or_is_revoked(site: Any, make_caller: MakeCaller) -> None:
    short = make_caller(expires_at=site.clock() + timedelta(hours=1))
    revoked = make_caller()
    assert short.get("/customers").status_code == revoked.get("/customers").status_code == 200

    site.clock.advance(hours=1)
    with site.rooms.database.write() as unit:
        (key,) = (key for key in access.of_tenant(unit, site.tenant_id()) if key["expires_at"] is None)
        assert access.revoke(unit, site.tenant_id(), key["id"], site.clock())
        assert not access.revoke(unit, site.tenant_id(), key["id"], site.clock())

    assert "expired" in short.get("/customers").get_json()["detail"]
    assert "revoked" in revoked.get("/customers").get_json()["detail"]


def test_a_key_may_do_what_its_scopes_say_alone(make_caller: MakeCaller) -> None:
    answer = make_caller("read:events").get("/customers")

    assert problem(answer) == (403, "insufficient-scope")
    assert 'error="insufficient_scope", scope="read:records"' in answer.headers["WWW-Authenticate"]


def test_the_last_use_is_noted_now_and_then(site: Any, caller: Caller) -> None:
    def last_used() -> Any:
        with site.rooms.database.read() as unit:
            (key,) = access.of_tenant(unit, site.tenant_id())
        return key["last_used_at"]

    assert last_used() is None
    caller.get("/customers")
    first = last_used()
    site.clock.advance(minutes=9)
    caller.get("/customers")
    assert first == last_used()
    site.clock.advance(minutes=1)
    caller.get("/customers")
    assert last_used() == site.clock()


def test_too_many_requests_are_answered_429_with_the_time_to_wait(
    make_hub: Any,
) -> None:
    site = make_hub(api_rate_limit=3)
    caller = Caller(site, _issue(site))
    other = Caller(site, _issue(site))
    left = [caller.get("/customers").headers["RateLimit-Remaining"] for _ in range(3)]
    answer = caller.get("/customers")

    assert left == ["2", "1", "0"]
    assert problem(answer) == (429, "rate-limited")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert answer.headers["RateLimit-Reset"] == answer.headers["Retry-After"]
    assert other.get("/customers").status_code == 200


def test_whoever_guesses_keys_has_to_wait(site: Any) -> None:
    answers = [Caller(site, access.new_key()).get("/customers").status_code for _ in range(61)]

    assert answers == [401] * 60 + [429]


def _issue(site: Any) -> str:
    with site.rooms.database.write() as unit:
        issued = access.issue(unit, site.tenant_id(), name="Test", scopes=("read:records",), now=site.clock())
    return issued.key
