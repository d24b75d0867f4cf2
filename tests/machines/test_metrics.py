"""``/metrics``: who may read it, what it says, and what it does not."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import ValidationError

from hub.config import Config
from hub.records import outbox

TOKEN = "a-token-for-prometheus"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def measured(make_app: Any, sqlite_url: str) -> Any:
    site = make_app(sqlite_url, metrics_token=TOKEN)
    site.add_tenant("musterfirma")
    return site


def figures(site: Any) -> dict[str, float]:
    """All samples by name and labels."""
    text = site.app.test_client().get("/metrics", headers=BEARER).text
    return dict(samples(text))


def samples(text: str) -> Iterator[tuple[str, float]]:
    for family in text_string_to_metric_families(text):
        for one in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(one.labels.items()))
            yield f"{one.name}{{{labels}}}" if labels else one.name, one.value


def test_nobody_reads_it_unless_a_token_is_set(site: Any) -> None:
    assert site.app.test_client().get("/metrics").status_code == 404


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"bearer {TOKEN}", f"Bearer {TOKEN}ä"]
)
def test_who_has_no_token_is_refused(measured: Any, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = measured.app.test_client().get("/metrics", headers=headers)

    assert answer.status_code == 401
    assert "hub_" not in answer.text


def test_it_says_what_came_and_what_is_open(measured: Any, sale: Any) -> None:
    measured.send(sale("t-1"))
    measured.send(sale("t-1"))
    measured.send(sale("t-2"), secret="wrong")
    tenant_id = measured.tenant_id()
    with measured.rooms.database.write() as unit:
        for channel in ("webhook", "webhook", "email"):
            outbox.enqueue(
                unit, tenant_id=tenant_id, channel=channel, target="x", content={}, at=measured.clock()
            )
    measured.clock.advance(minutes=5)

    found = figures(measured)
    assert found["hub_events_total{outcome=processed,plugin=custom}"] == 1
    assert found["hub_events_total{outcome=skipped,plugin=custom}"] == 1
    assert found["hub_events_total{outcome=rejected,plugin=custom}"] == 1
    assert found["hub_event_duration_seconds_count{plugin=custom}"] == 3
    assert found["hub_deliveries{channel=webhook,state=waiting}"] == 2
    assert found["hub_deliveries{channel=email,state=dead}"] == 0
    assert found["hub_oldest_due_seconds"] == pytest.approx(timedelta(minutes=5).total_seconds())
    assert found["hub_open_events{outcome=rejected}"] == 1
    assert found["hub_database_up"] == 1
    assert not any(name.startswith("hub_worker_last_seen") for name in found)


def test_a_worker_shows_itself(measured: Any, house: Any) -> None:
    house(measured.rooms.config.database_url, HUB_SECRET_KEY="the-vault-key-of-the-tests").here(
        "worker", "--once"
    )

    assert figures(measured)["hub_worker_last_seen_timestamp_seconds"] > 0


def test_it_names_no_tenant_and_nothing_of_theirs(measured: Any, sale: Any) -> None:
    measured.send(sale("t-1", customer={"email": "erika@example.com"}))
    text = measured.app.test_client().get("/metrics", headers=BEARER).text

    assert not re.search(r"musterfirma|erika|t-1|tenant", text)


def test_without_a_database_it_says_so(make_app: Any) -> None:
    site = make_app("postgresql+psycopg://hub@127.0.0.1:9/none", metrics_token=TOKEN)

    found = figures(site)
    assert found["hub_database_up"] == 0
    assert not any(name.startswith("hub_deliveries") for name in found)


def test_a_short_token_is_none() -> None:
    with pytest.raises(ValidationError, match="16"):
        Config(metrics_token="short")
