"""The demonstration's scenes: what counts as arrived, and what is caught."""

import sys
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from hub.cli.demo.catchers import Post
from hub.cli.demo.scenes import Watch, view
from hub.cli.main import hub
from hub.contract.schemes import Outgoing, StandardWebhooks
from hub.registry.demonstrating import Scene

SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

SCENE = Scene(
    title="Who gets what",
    run="shares list",
    columns={"who": "partner.code", "amount": "amount"},
    promises=[{"who": "P-001", "amount": "16.72"}],
)


def row(code: str, amount: str) -> dict[str, Any]:
    return {"partner": {"code": code}, "amount": amount}


def test_a_promise_is_kept_by_exactly_one_row() -> None:
    kept, missing, twice = (
        view(SCENE, [row("P-001", "16.72"), row("P-002", "8.36")]),
        view(SCENE, [row("P-001", "16.71"), {"partner": None}]),
        view(SCENE, [row("P-001", "16.72"), row("P-001", "16.72")]),
    )

    assert [kept.holds, missing.holds, twice.holds] == [True, False, False]
    assert [kept.others, missing.others, twice.others] == [1, 2, 0]


def test_a_scene_is_shown_as_it_was_when_it_last_held() -> None:
    answers = [
        [],
        [row("P-001", "16.72")],
        [row("P-001", "16.72"), row("P-002", "8.36")],
        [row("P-001", "0.00")],
    ]
    commands: Any = SimpleNamespace(ask=lambda _line: answers.pop(0))
    nothing: Any = None
    watch = Watch(nothing, commands, nothing, [SCENE])

    held = []
    while answers:
        watch.look()
        held.append((watch.views[0].holds, watch.views[0].others))

    assert held == [(False, 0), (True, 0), (True, 1), (True, 1)]


@pytest.mark.parametrize("given", [{}, {"run": "shares list", "caught": "mail"}])
def test_a_scene_has_one_kind_of_rows(given: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="either run or caught"):
        Scene(title="Nothing", columns={}, promises=[], **given)


def test_a_caught_request_says_whether_its_signature_holds() -> None:
    signed = StandardWebhooks().sign(Outgoing(body=b'{"type": "sale"}'), SECRET, datetime.now(UTC))
    post = Post("/hook", signed.headers, signed.body)
    tampered = Post("/hook", signed.headers, b'{"type": "gift"}')

    assert (post.row(SECRET)["type"], post.row(SECRET)["signature"]) == ("sale", "verified")
    assert tampered.row(SECRET)["signature"] == "No matching signature found"
    assert Post("/hook", {}, b"{}").row(SECRET)["signature"] == "Missing required headers"


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("playing", "catchers"):
        monkeypatch.delitem(sys.modules, f"hub.cli.demo.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "aiosmtpd.controller", None)

    result = CliRunner().invoke(hub, ["demo"])

    assert result.exit_code == 1
    assert "needs aiosmtpd: pip install 'integration-hub[demo]'" in result.stderr
