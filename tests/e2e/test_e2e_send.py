"""``hub send``: every plugin's sample, signed as its provider does, over HTTP."""

from typing import Any

import pytest

SAMPLES = {
    "custom": ("transaction.created__full", "transactions"),
    "lead": ("order__shop", "orders"),
    "shopify": ("orders.paid__standard", "transactions"),
    "stripe": ("checkout.session.completed__card", "transactions"),
}
plugins = pytest.mark.parametrize("plugin", SAMPLES)


def send(firm: Any, plugin: str, *options: str) -> list[dict[str, Any]]:
    """The answers to a sample."""
    secret = ("--secret", firm.key) if plugin == "lead" else ()
    sample = SAMPLES[plugin][0]
    answers: list[dict[str, Any]] = firm.json(
        "send", plugin, sample, "--tenant", firm.slug, *secret, *options
    )
    return answers


@plugins
def test_a_sample_becomes_a_record(firm: Any, plugin: str) -> None:
    (answer,) = send(firm, plugin)

    assert answer["status"] == 200
    assert firm.outcomes() == ["processed"]
    assert len(firm.records(SAMPLES[plugin][1])) == 1
    assert firm.json("events", "show", answer["event_id"])["outcome"] == "processed"


@plugins
def test_a_duplicate_becomes_nothing_more(firm: Any, plugin: str) -> None:
    answers = send(firm, plugin, "--duplicate")

    assert [answer["status"] for answer in answers] == [200, 200]
    if plugin == "lead":  # without an Idempotency-Key every request is one of its own
        assert firm.outcomes() == ["processed", "processed"]
    else:
        assert firm.outcomes() == ["processed", "skipped"]
        assert len(firm.records(SAMPLES[plugin][1])) == 1


@plugins
def test_what_was_changed_after_signing_is_refused(firm: Any, plugin: str) -> None:
    (answer,) = send(firm, plugin, "--tamper")

    assert answer["status"] == (403 if plugin == "lead" else 401)
    assert firm.outcomes() == ["rejected"]
    assert firm.records(SAMPLES[plugin][1]) == []


@plugins
def test_what_was_signed_an_hour_ago_is_refused(firm: Any, plugin: str) -> None:
    if plugin == "stripe":
        (answer,) = send(firm, plugin, "--stale")
        assert (answer["status"], "stale_timestamp" in answer["body"]) == (401, True)
    else:
        refused = firm.hub("send", plugin, SAMPLES[plugin][0], "--tenant", firm.slug, "--stale")
        assert refused.exit_code == 1
        assert "nothing can be stale" in refused.stderr
    assert firm.records("transactions") == []


@plugins
def test_another_secret_is_refused(firm: Any, plugin: str) -> None:
    sample = SAMPLES[plugin][0]
    secret = firm.key[:-1] + "x"

    (answer,) = firm.json("send", plugin, sample, "--tenant", firm.slug, "--secret", secret)

    assert answer["status"] == (403 if plugin == "lead" else 401)
    assert firm.outcomes() == ["rejected"]


def test_a_key_is_not_stored_and_must_be_given(firm: Any) -> None:
    refused = firm.hub("send", "lead", "order__shop", "--tenant", firm.slug)

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "--secret" in refused.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("paypal", "x"), "no plugin 'paypal'"),
        (("custom", "gibt-es-nicht"), "transaction.created__full"),
        (("custom", "transaction.created"), "transaction.created__no-partner"),
        (("custom", "transaction.created__full", "--name", "zwei"), "custom/zwei"),
        (("custom", "transaction.created__full", "--url", "http://127.0.0.1:9"), "cannot reach"),
    ],
)
def test_what_cannot_be_sent(firm: Any, words: tuple[str, ...], said: str) -> None:
    refused = firm.hub("send", *words, "--tenant", firm.slug)

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert said in refused.stderr


def test_for_people_and_to_a_full_address(firm: Any) -> None:
    words = ("send", "custom", "transaction.created__full.json", "--tenant", firm.slug)
    sent = firm.hub(*words, "--url", firm.address())

    assert sent.stdout.startswith('200 {"status":"processed","eventId":"')
