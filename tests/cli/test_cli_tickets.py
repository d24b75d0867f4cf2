"""Tickets at the command line: read, answered, annotated, closed."""

from typing import Any

import pytest

TENANT = "musterfirma"
ASKED = {"type": "ticket", "email": "max@beispiel.de", "subject": "Frage", "message": "Was kostet das?"}


@pytest.fixture
def desk(firm: Any) -> Any:
    """The tenant receives leads."""
    firm.ok("connection", "create", TENANT, "lead")
    return firm


def ask(operator: Any, **fields: str) -> str:
    """An enquiry; gives the ticket's id."""
    key = operator.json("key", "create", TENANT)["key"]
    assert operator.post(ASKED | fields, plugin="lead", secret=key).status_code == 200
    newest: str = operator.json("ticket", "list", TENANT)[0]["id"]
    return newest


def test_tickets_are_listed_by_status(desk: Any) -> None:
    first, second = ask(desk), ask(desk)
    desk.ok("ticket", "close", TENANT, first)

    listed = desk.json("ticket", "list", TENANT)
    assert [(one["id"], one["status"]) for one in listed] == [(second, "open"), (first, "closed")]
    assert listed[0]["reference"] == second.replace("-", "")[-8:]
    assert [one["id"] for one in desk.json("ticket", "list", TENANT, "--status", "closed")] == [first]
    assert desk.json("ticket", "list", TENANT, "--limit", "1") == listed[:1]
    assert "max@beispiel.de" in desk.ok("ticket", "list", TENANT)
    assert "Usage:" in desk.refused("ticket", "list", TENANT, "--status", "lost")


def test_a_ticket_from_the_question_to_the_end(desk: Any) -> None:
    ticket = ask(desk)
    desk.ok("ticket", "note", TENANT, ticket, "--text", "Stammkunde")
    assert desk.json("ticket", "show", TENANT, ticket)["status"] == "open"

    answered = desk.json("ticket", "reply", TENANT, ticket, "--text", "  Fünf Euro.\nGrüße ")
    assert (answered["status"], answered["author"], answered["internal"]) == ("in_progress", "member", False)
    desk.ok("ticket", "reply", TENANT, ticket, "--text", "Netto.", "--close")

    shown = desk.json("ticket", "show", TENANT, ticket)
    assert shown["status"] == "closed"
    assert [(one["author"], one["internal"], one["body"]) for one in shown["messages"]] == [
        ("customer", False, "Was kostet das?"),
        ("member", True, "Stammkunde"),
        ("member", False, "Fünf Euro.\nGrüße"),
        ("member", False, "Netto."),
    ]
    assert "Stammkunde" in desk.ok("ticket", "show", TENANT, ticket)

    assert "closed already" in desk.refused("ticket", "close", TENANT, ticket)
    assert desk.json("ticket", "reopen", TENANT, ticket)["status"] == "open"
    assert "is open" in desk.refused("ticket", "reopen", TENANT, ticket)


def test_an_answer_takes_a_closed_ticket_up_again(desk: Any) -> None:
    ticket = ask(desk)
    desk.ok("ticket", "close", TENANT, ticket)
    assert desk.json("ticket", "reply", TENANT, ticket, "--text", "Doch noch.")["status"] == "in_progress"


def test_a_text_from_standard_input(desk: Any) -> None:
    ticket = ask(desk)
    answer = "Guten Tag,\r\nfünf Euro.\n"
    said = desk.run("ticket", "reply", TENANT, ticket, "--text", "-", stdin=answer.encode())
    assert said.exit_code == 0
    assert desk.json("ticket", "show", TENANT, ticket)["messages"][-1]["body"] == answer.strip()


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (b" \n", "empty"),
        (b"", "empty"),
        (b"f\xfcnf Euro", "UTF-8"),
        (b"a\0b", "UTF-8"),
        (b"x" * 100_001, "longer than 100000"),
    ],
    ids=["blank", "nothing", "latin-1", "nul", "long"],
)
@pytest.mark.parametrize("command", ["reply", "note"])
def test_a_text_that_is_none_changes_nothing(desk: Any, command: str, given: bytes, fault: str) -> None:
    ticket = ask(desk)
    said = desk.run("ticket", command, TENANT, ticket, "--text", "-", stdin=given)
    assert (said.exit_code, said.stdout) == (1, "")
    assert fault in said.stderr
    shown = desk.json("ticket", "show", TENANT, ticket)
    assert (shown["status"], len(shown["messages"])) == ("open", 1)


@pytest.mark.parametrize(
    "words",
    [("show",), ("reply", "--text", "Ja."), ("note", "--text", "Ja."), ("close",), ("reopen",)],
    ids=lambda words: words[0],
)
def test_a_neighbours_ticket_is_not_there(desk: Any, words: tuple[str, ...]) -> None:
    desk.ok("tenant", "create", "nachbar", "--name", "Nachbar")
    ticket = ask(desk)
    command, *options = words

    assert desk.json("ticket", "list", "nachbar") == []
    assert f"there is no ticket {ticket}" in desk.refused("ticket", command, "nachbar", ticket, *options)
    assert "not an id" in desk.refused("ticket", command, TENANT, "7", *options)
    assert "no tenant" in desk.refused("ticket", command, "niemand", ticket, *options)
    shown = desk.json("ticket", "show", TENANT, ticket)
    assert (shown["status"], len(shown["messages"])) == ("open", 1)
