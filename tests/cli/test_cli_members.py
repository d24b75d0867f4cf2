"""``hub member``: people, and the links with which they set their passwords."""

from typing import Any

import pytest

from hub.app import create_hub
from hub.records import audit, people, tenants
from hub.support import passwords

PASSWORD = "ein gutes Passwort"


def test_somebody_new_gets_a_link_that_sets_a_password_once(firm: Any) -> None:
    shown = firm.json("member", "add", "musterfirma", "Anna@Example.com", "--role", "owner")
    base, _, token = shown["link"].rpartition("/")
    rooms = create_hub(firm.config())
    with rooms.database.write() as unit:
        person = people.redeem(unit, token, passwords.hash_password(PASSWORD), rooms.clock())
        again = people.redeem(unit, token, passwords.hash_password("x" * 12), rooms.clock())
        stored = people.password_hash(unit, person.id) if person else None
    rooms.database.close()

    assert base == "http://127.0.0.1:8080/password/set"
    assert person is not None
    assert again is None
    assert passwords.fits(PASSWORD, stored)


def test_a_password_can_be_given_and_then_there_is_no_link(firm: Any) -> None:
    words = ("member", "add", "musterfirma", "anna@example.com", "--password-stdin")
    result = firm.run(*words, stdin=f"{PASSWORD}\n".encode())

    assert result.exit_code == 0, result.stderr
    assert "/password/set/" not in result.stdout
    assert PASSWORD not in result.stdout + result.stderr


def test_a_password_that_is_too_short_is_refused(firm: Any) -> None:
    words = ("member", "add", "musterfirma", "anna@example.com", "--password-stdin")
    result = firm.run(*words, stdin=b"kurz\n")

    assert result.exit_code == 1
    assert "at least 10 characters" in result.stderr
    assert firm.json("member", "list", "musterfirma") == []


def test_a_further_link_replaces_the_first(firm: Any) -> None:
    first = firm.json("member", "add", "musterfirma", "anna@example.com")["link"]
    second = firm.json("member", "link", "anna@example.com")["link"]
    rooms = create_hub(firm.config())
    with rooms.database.read() as unit:
        owners = [
            people.token_owner(unit, link.rpartition("/")[2], rooms.clock()) for link in (first, second)
        ]
        row = tenants.tenant_by_slug(unit, "musterfirma")
        noted = audit.entries(unit, row["id"]) if row else []
    rooms.database.close()

    assert [person.email if person else None for person in owners] == [None, "anna@example.com"]
    assert [(entry["who"], entry["action"]) for entry in noted] == [("command line", "member.invited")]


@pytest.mark.parametrize("words", [("link", "nobody@example.com"), ("add", "musterfirma", "no address")])
def test_faults_are_said_plainly(firm: Any, words: tuple[str, ...]) -> None:
    assert firm.refused("member", *words).startswith("Error: ")
