"""Guesses at what is secret: limited where it can be guessed at all, too long to be guessed elsewhere, and
nothing that is answered helps."""

import math
import re
import string
from collections.abc import Callable
from typing import Any

import pyotp
import pytest

from hub.records import factors, invoices, people, tenants

PASSWORD = "ein gutes Passwort"


def from_address(office: Any, number: int) -> Any:
    """A browser somewhere else in the world."""
    visitor = office.visitor()
    visitor.client.environ_base["REMOTE_ADDR"] = f"203.0.113.{number}"
    return visitor


@pytest.fixture
def secured(office: Any) -> Any:
    """An office whose owner has a second factor."""
    owner = office.browser("owner")
    page = owner.get("/account/second-factor", whole=True)
    key = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)[1].replace(" ", "")  # type: ignore[index]
    owner.post("/account/second-factor", whole=True, code=pyotp.TOTP(key).at(office.site.clock()))
    office.site.clock.advance(minutes=5)
    return office


def test_one_address_tries_few_accounts(office: Any) -> None:
    visitor = office.visitor()
    guesses = [
        visitor.sign_in(f"somebody-{number}@example.com", "falsch").status_code for number in range(11)
    ]

    assert guesses == [422] * 10 + [429]
    assert from_address(office, 1).sign_in("staff@example.com").status_code == 303


def test_many_addresses_try_one_account(office: Any) -> None:
    guesses = [
        from_address(office, number).sign_in("owner@example.com", "x").status_code for number in range(11)
    ]

    assert guesses == [422] * 10 + [429]


def test_what_a_sender_says_of_its_address_changes_nothing(office: Any) -> None:
    visitor = office.visitor()
    guesses = []
    for number in range(11):
        visitor.client.environ_base["HTTP_X_FORWARDED_FOR"] = f"198.51.100.{number}"
        guesses.append(visitor.sign_in(f"somebody-{number}@example.com", "falsch").status_code)

    assert guesses[-1] == 429


@pytest.mark.parametrize(
    "more", [{}, {"email": "somebody-{}@example.com"}], ids=["alone", "with another name"]
)
def test_codes_of_an_account_are_limited_over_all_sessions_and_addresses(secured: Any, more: Any) -> None:
    guesses = []
    for number in range(11):
        visitor = from_address(secured, number)
        visitor.sign_in("owner@example.com")
        visitor.get("/sign-in/code", whole=True)
        named = {name: text.format(number) for name, text in more.items()}
        guesses.append(visitor.post("/sign-in/code", whole=True, code="000000", **named).status_code)

    assert guesses == [422] * 10 + [429]


def test_who_signed_in_does_not_guess_for_somebody_else(office: Any) -> None:
    """A session of one's own must not be what guesses at another account are counted for."""
    guesses = []
    for number in range(11):
        visitor = from_address(office, number)
        visitor.sign_in("staff@example.com")
        visitor.get("/account", whole=True)
        guesses.append(
            visitor.post("/sign-in", whole=True, email="owner@example.com", password="x").status_code
        )

    assert guesses == [422] * 10 + [429]


@pytest.mark.parametrize(
    "more", [{}, {"email": "somebody-{}@example.com"}], ids=["alone", "with another name"]
)
def test_a_stolen_session_does_not_guess_the_password(office: Any, more: Any) -> None:
    owner = office.browser("owner")
    owner.get("/account", whole=True)
    guesses = []
    for number in range(11):
        owner.client.environ_base["REMOTE_ADDR"] = f"203.0.113.{number}"
        named = {name: text.format(number) for name, text in more.items()}
        fields = {"present": "falsch", "password": "noch ein gutes", "again": "noch ein gutes"}
        guesses.append(owner.post("/account/password", whole=True, **fields, **named).status_code)

    assert guesses == [422] * 10 + [429]


def test_links_for_passwords_are_limited_and_so_are_those_who_ask_for_them(
    make_office: Callable[..., Any],
) -> None:
    office = make_office(smtp_host="127.0.0.1", smtp_from="crm@example.com")
    visitor = office.visitor()
    asked = [
        visitor.post("/password/forgotten", whole=True, email="nobody@example.com").status_code
        for _ in range(6)
    ]
    fields = {"password": "noch ein gutes", "again": "noch ein gutes"}
    tried = [
        visitor.post(f"/password/set/{number}", whole=True, **fields).status_code for number in range(21)
    ]

    assert asked == [200] * 5 + [429]
    assert tried == [404] * 20 + [429]


def bits(text: str) -> float:
    """How much there is to guess, if every character is drawn from its kind."""
    hexadecimal = set(text) <= set("0123456789abcdef")
    kinds = 16 if hexadecimal else len(string.ascii_letters + string.digits + "-_")
    return len(text) * math.log2(kinds)


def test_what_is_not_limited_is_too_long_to_be_guessed(office: Any) -> None:
    now = office.site.clock()
    with office.site.rooms.database.write() as unit:
        tenant_id = office.site.tenant_id()
        keys = [
            tenants.issue_key(unit, tenant_id=tenant_id, tenant_number=1, now=now).key.split("_")[2]
            for _ in range(50)
        ]
        member = people.by_email(unit, "owner@example.com")
        assert member is not None
        links = [people.issue_token(unit, member.id, people.RESET, now) for _ in range(50)]
        stamps = [people.renew_stamp(unit, member.id) for _ in range(50)]
        factors.begin(unit, member.id, "sealed", now)
        codes = [code.replace("-", "") for code in factors.renew_codes(unit, member.id)]
    invoice_links = [invoices.new_token() for _ in range(50)]

    assert min(map(bits, keys)) >= 160
    assert min(map(bits, links)) >= 256
    assert min(map(bits, invoice_links)) >= 192
    assert min(map(bits, stamps)) >= 128
    assert min(map(bits, codes)) >= 64  # and ten guesses in five minutes
    for made in (keys, links, invoice_links, stamps, codes):
        assert len(set(made)) == len(made)


def test_a_wrong_key_and_one_of_nobody_are_answered_alike(office: Any) -> None:
    site = office.site
    right = site.keys["musterfirma"]
    lead = {"type": "ticket", "email": "a@b.de", "message": "Hallo"}
    wrong = ["crm_1_" + "0" * 40, right[:-1], "crm_999_" + "0" * 40, "crm_999999999_x"]
    told = []
    for key in wrong:
        raw = key.encode().decode("latin-1")
        answer = site.send(lead, plugin="lead", secret=None, headers={"X-API-KEY": raw}, path="/api/v1/lead")
        told.append((answer.status_code, answer.get_json(), sorted(dict(answer.headers))))

    assert [status for status, _, _ in told] == [403] * len(wrong)
    assert len({str(body) for _, body, _ in told}) == 1


def test_a_draft_and_an_invoice_that_is_not_there_are_answered_alike(office: Any) -> None:
    visitor = office.visitor()
    office.order()
    owner = office.browser("owner")
    owner.get("/orders")
    order = office.site.record("orders")
    answer = owner.post(f"/invoices/from-order/{order['id']}")
    draft = office.site.record("invoices")
    assert answer.status_code == 303
    pages = [
        visitor.get(f"/i/{token}{part}", whole=True)
        for part in ("", "/paper", "/done")
        for token in (draft["token"] or "nothing", "x" * 32, "%00", "..%2f..", "ü")
    ]

    assert {page.status_code for page in pages} == {404}
    assert (
        len({re.sub(r'value="[^"]+"|hx-headers=\'[^\']+\'|next=[^"]*', "", page.text) for page in pages}) <= 3
    )
