"""Installation: how it is, what its operator should look at, and what operators did."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from flask import current_app, render_template
from flask.typing import ResponseReturnValue

from hub.deliveries import mailing
from hub.records import audit, backlog, census, health
from hub.registry.doctor import KINDS, LEVELS, Finding, Level, examine
from hub.web import columns, diagnoses, paging, words
from hub.web.diagnoses import Diagnosis, Place
from hub.web.pages.audit import changes
from hub.web.pages.operator.common import pages
from hub.web.plugged import EXTENSION, Brought
from hub.web.rights import Right
from hub.web.visit import Visit

MOST = 10
"""Findings of a kind that are listed."""

DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass(frozen=True)
class Diagnosed:
    """All findings of a kind."""

    diagnosis: Diagnosis
    places: list[Place]


@pages.get("", needs=Right.OPERATOR)
def show(visit: Visit) -> ResponseReturnValue:
    """How the installation is."""
    rooms = visit.rooms
    findings = [
        *examine(
            config=rooms.config,
            database=rooms.database,
            plugins=rooms.plugins,
            vault=rooms.vault,
            clock=rooms.clock,
        ),
        *_broken_pages(),
    ]
    with visit.read() as unit:
        undone = health.open_events(unit).values()
        lots = [*backlog.deliveries(unit), *backlog.effects(unit)]
        number = census.count(unit)
        workers = health.workers(unit, visit.now)
    return render_template(
        "operator/show.html",
        findings=_by_level(findings),
        levels=diagnoses.LEVELS,
        migrated=all(one.kind != "not_migrated" for one in findings),
        failed=sum(counts.get("failed", 0) for counts in undone),
        rejected=sum(counts.get("rejected", 0) for counts in undone),
        waiting=sum(lot.waiting + lot.claimed for lot in lots),
        tenants=number,
        workers=workers,
        database=DATABASES[rooms.database.url.get_backend_name()],
        config=rooms.config,
        sends_mail=mailing.possible(rooms.config),
        most=MOST,
    )


@pages.get("/log", needs=Right.OPERATOR)
def log(visit: Visit) -> ResponseReturnValue:
    """What was changed of the installation itself: what belongs to no tenant."""
    with visit.read() as unit:
        rows = audit.entries(unit, None, before=paging.cursor(), limit=paging.SIZE + 1)
    return render_template(
        "operator/log.html",
        shown=paging.shown(rows),
        words=words,
        kind=columns.kind,
        changes=changes,
        to_record=_nowhere,
    )


def _nowhere(_kind: str, _its_id: str) -> None:
    """What belongs to no tenant has no page."""


def _broken_pages() -> Iterator[Finding]:
    """Pages of plugins that could not be used; only the web UI knows them."""
    brought: Brought = current_app.extensions[EXTENSION]
    for slug, reason in brought.broken.items():
        yield Finding(kind="pages_broken", subject=slug, values={"reason": reason})


def _by_level(findings: list[Finding]) -> dict[Level, list[Diagnosed]]:
    """The worst first, and those of a kind together."""
    order = list(KINDS)
    found: dict[Level, list[Diagnosed]] = {level: [] for level in LEVELS}
    ordered = sorted(findings, key=lambda one: order.index(one.kind))
    for kind, same in groupby(ordered, key=lambda one: one.kind):
        diagnosed = Diagnosed(diagnoses.DIAGNOSES[kind], [diagnoses.place(one) for one in same])
        found[KINDS[kind]].append(diagnosed)
    return {level: diagnosed for level, diagnosed in found.items() if diagnosed}
