"""Providers that send forms, sign in the form or not at all, and want the word OK: over HTTP, from their own
bodies and from the samples of their sources."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from hub.records import events
from hub.registry.fixtures import fixtures_of

PAYLOADS = Path(__file__).parents[3] / "shared" / "payloads"
FORM = "application/x-www-form-urlencoded"
TENANT = "musterfirma"
EARLY = ("on_refund", "on_chargeback", "payment.refunded")
SALES = ("on_payment", "payment.made", "payment.successful")


@pytest.fixture
def site(make_app: Callable[..., Any], sqlite_url: str) -> Any:
    """A hub with the tenant, on SQLite."""
    site = make_app(sqlite_url)
    site.add_tenant(TENANT)
    return site


@pytest.fixture
def tell(site: Any) -> Callable[..., Any]:
    """Sends samples of a source, signed; gives the outcomes."""

    def tell(plugin: str, *names: str) -> list[str]:
        samples = fixtures_of(site.rooms.plugins.installed[plugin].plugin)
        for name in names:
            sample = samples[name]
            answer = site.send(sample.body, plugin=plugin, headers=dict(sample.headers))
            assert answer.status_code in (200, 202), answer.text
        return [event["outcome"] for event in reversed(site.events())]

    return tell


def files(provider: str) -> list[Any]:
    """The provider's own bodies; one skipped test where there are none."""
    found = sorted(path for path in (PAYLOADS / provider).glob("*") if "vectors" not in path.name)
    missing = pytest.mark.skip(reason=f"there are no sample bodies of {provider} beside the project")
    return [pytest.param(provider, path, id=f"{provider}-{path.stem}") for path in found] or [
        pytest.param(provider, None, marks=missing)
    ]


def sent_by(path: Path) -> tuple[bytes, str]:
    """A file's body as it was on the wire, and its content type."""
    if path.suffix == ".txt":
        return path.read_bytes().strip(), FORM
    fields = json.loads(path.read_bytes())
    if "sha_sign" in fields:
        return urlencode(fields).encode(), FORM
    return path.read_bytes(), "application/json"


@pytest.mark.parametrize(("provider", "path"), [*files("digistore24"), *files("copecart"), *files("ablefy")])
def test_a_real_body_is_taken(site: Any, provider: str, path: Path) -> None:
    body, content_type = sent_by(path)

    answers = [site.send(body, plugin=provider, headers={"Content-Type": content_type}) for _ in range(2)]

    assert [answer.status_code for answer in answers] in ([200, 200], [202, 200])
    if provider != "ablefy":
        assert {answer.get_data() for answer in answers} == {b"OK"}
    repeated, first = site.events()
    sale = first["event_type"] in SALES
    early = first["event_type"] in EARLY
    assert first["outcome"] == ("parked" if early else "processed" if sale else "ignored")
    assert repeated["outcome"] == "skipped"
    assert len(site.records("transactions")) == sale


def test_a_passphrase_that_the_sender_has_not_is_refused(site: Any) -> None:
    answer = site.send(
        b"event=on_payment", plugin="digistore24", secret="other", headers={"Content-Type": FORM}
    )

    assert (answer.status_code, answer.get_json()["code"]) == (401, "invalid_signature")
    assert site.events()[0]["reason"] == "invalid_signature"


def test_the_address_can_be_fetched_before_it_is_entered_at_the_provider(site: Any) -> None:
    visitor = site.app.test_client()
    theirs, nobodys = (
        visitor.get(f"/api/webhooks/{tenant}/digistore24{further}")
        for tenant, further in ((TENANT, ""), ("niemand", "/second"))
    )

    assert (theirs.status_code, theirs.text) == (nobodys.status_code, nobodys.text) == (200, "OK")
    assert dict(theirs.headers) == dict(nobodys.headers)
    assert visitor.get(f"/api/webhooks/{TENANT}/custom").status_code == 405
    assert site.events() == []


def test_a_token_of_the_address_is_not_in_the_log(site: Any) -> None:
    site.send(b"event=lesson.viewed", plugin="ablefy", headers={"Content-Type": FORM})

    (event,) = site.events()
    with site.rooms.database.read() as unit:
        kept = events.get(unit, event["id"])
    assert (event["outcome"], kept["query"]) == ("ignored", {"token": "***"})


STORIES: dict[str, dict[tuple[str, str], tuple[str, str]]] = {
    "digistore24": {
        ("on_payment__single", "on_refund__full"): ("refunded", "199.00"),
        ("on_payment__renewal", "on_refund__part-of-renewal"): ("partially_refunded", "9.00"),
        ("on_payment__first", "on_chargeback__first"): ("charged_back", "29.00"),
    },
    "copecart": {
        ("payment.made__single", "payment.refunded__full"): ("refunded", "199.00"),
        ("payment.made__renewal", "payment.refunded__part-of-renewal"): ("partially_refunded", "9.00"),
        ("payment.made__first", "payment.charged_back__first"): ("charged_back", "29.00"),
        ("payment.sale.succeeded__single", "payment.refund.created__part"): ("partially_refunded", "50.00"),
        ("payment.sale.succeeded__flat", "payment.dispute.lost__by-order"): ("charged_back", "49.00"),
        ("payment.sale.succeeded__renewal", "payment.chargeback.created__by-payment"): (
            "charged_back",
            "29.00",
        ),
    },
    "ablefy": {
        ("payment.successful__single", "refund.successful__full"): ("refunded", "199.00"),
        ("payment.successful__subscription", "refund.successful__part"): ("partially_refunded", "15.50"),
    },
}
"""A sale and what takes money back from it; in what state it leaves the sale, and with how much gone."""


@pytest.mark.parametrize("turned", [False, True], ids=["in-order", "early"])
@pytest.mark.parametrize("plugin", STORIES)
def test_a_sale_and_what_takes_it_back_meet_in_any_order(
    site: Any, tell: Callable[..., list[str]], plugin: str, turned: bool
) -> None:
    names = [name for story in STORIES[plugin] for name in (reversed(story) if turned else story)]

    outcomes = tell(plugin, *names)

    assert set(outcomes) == {"processed"}  # the early ones were parked, and were processed with their sales
    sales = reversed(site.records("transactions"))
    assert [(sale["status"], str(sale["refunded"])) for sale in sales] == [*STORIES[plugin].values()]


@pytest.mark.parametrize("order", [(0, 2, 1), (2, 1, 0)])
def test_a_refund_of_a_renewal_leaves_the_first_payment_alone(
    site: Any, tell: Callable[..., list[str]], order: Sequence[int]
) -> None:
    names = ("on_payment__first", "on_payment__renewal", "on_refund__part-of-renewal")

    tell("digistore24", *(names[number] for number in order))

    refunded = {sale["external_id"]: str(sale["refunded"]) for sale in site.records("transactions")}
    assert refunded == {"5100501": "0.00", "5208001": "9.00"}
