"""The dashboard: today's figures, and two weeks of arriving events."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import render_template
from flask.typing import ResponseReturnValue

from hub.records import figures, orders
from hub.support import jsontext
from hub.web import words
from hub.web.formats import day
from hub.web.page import Pages
from hub.web.rights import Right
from hub.web.visit import Visit

pages = Pages("dashboard")

DAYS = 14
LATEST = 5
SERIES = ("processed", "skipped", "ignored", "parked", "rejected", "failed")


@pages.get("/", needs=Right.STAFF)
def show(visit: Visit) -> ResponseReturnValue:
    """Today, and the days before."""
    days = beginnings(visit.now, visit.zone, DAYS)
    with visit.read() as unit:
        today = figures.orders_since(unit, visit.tenant_id, days[-2])
        counted = figures.outcomes_by_day(unit, visit.tenant_id, days)
        shown: dict[str, Any] = {
            "orders_today": sum(row["number"] for row in today),
            "revenue": [row for row in today if row["currency"]],
            "open_tickets": figures.open_tickets(unit, visit.tenant_id),
            "failed_events": figures.failed_events(unit, visit.tenant_id),
            "latest": orders.inbox(unit, visit.tenant_id, limit=LATEST),
        }
    labels = [day(at) for at in days[:-1]]
    return render_template(
        "dashboard/show.html",
        chart=_chart(labels, counted),
        table=list(zip(labels, counted, strict=True)),
        series=[(name, words.OUTCOME[name]) for name in SERIES],
        any_events=any(counted),
        words=words,
        **shown,
    )


def beginnings(now: datetime, zone: ZoneInfo, days: int) -> list[datetime]:
    """The beginnings of so many days in that zone, today's last, and the end of today."""
    today = now.astimezone(zone).date()
    dates = [today - timedelta(days=days - 1 - number) for number in range(days + 1)]
    return [datetime.combine(date, time(), zone) for date in dates]


def _chart(labels: list[str], counted: list[dict[str, int]]) -> str:
    """What static/chart.js draws."""
    series = [
        {
            "label": str(words.OUTCOME[name].text),
            "name": name,
            "values": [counts.get(name, 0) for counts in counted],
        }
        for name in SERIES
    ]
    return jsontext.encode_text({"labels": labels, "series": series})
