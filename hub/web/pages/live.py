"""Live: requests as they arrive at any server process, with what became of them step by step.

The page asks for news once a second while somebody looks at it. That holds no thread of the server, and
what is news stands in the database, whichever process wrote it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue

from hub.contract.outcome import OutcomeKind
from hub.records import tenants, timings
from hub.records.database import Row
from hub.support.ids import earliest_id
from hub.web import naming, words
from hub.web.page import Pages
from hub.web.remedies import remedy
from hub.web.rights import Right
from hub.web.steps import steps_of, total
from hub.web.visit import Visit

pages = Pages("events")

MOST = 50
"""So many requests the page shows; of more at once, the newest."""

OVERLAP = timedelta(seconds=15)
"""How far each look goes back: ids sort by when they were made, and what another process made earlier may
be committed later. Times of steps come a moment after their event, too."""

OUTCOMES = tuple(kind.value for kind in OutcomeKind)


@dataclass(frozen=True)
class Chosen:
    """Which requests the person wants to see."""

    connection: UUID | None = None
    outcome: str | None = None

    @property
    def filters(self) -> dict[str, Any]:
        """The same for an address."""
        return {"connection": self.connection, "outcome": self.outcome}


@pages.get("/events/live", needs=Right.STAFF)
def live(visit: Visit) -> ResponseReturnValue:
    """The newest requests, and a script that adds those that come."""
    chosen = _chosen()
    rows = _rows(visit, chosen)
    with visit.read() as unit:
        connections = tenants.connections_of(unit, visit.tenant_id)
    installed = visit.rooms.plugins.installed
    sources = [
        (row["id"], _name(visit, row))
        for row in connections
        if row["plugin"] not in installed or installed[row["plugin"]].manifest.is_source
    ]
    return render_template("events/live.html", chosen=chosen, sources=sources, **_shown(visit, rows))


@pages.get("/events/live/news", needs=Right.STAFF)
def live_news(visit: Visit) -> ResponseReturnValue:
    """What came since ``since``, and what changed of late; 204 if the page has all of it already."""
    recent = earliest_id(visit.now - OVERLAP)
    rows = _rows(visit, _chosen(), since=min(_as_id(request.args.get("since", "")) or recent, recent))
    mark = _mark(rows)
    if mark == request.args.get("mark"):
        return "", 204
    answer = make_response(render_template("events/arrivals.html", **_shown(visit, rows)))
    answer.headers["X-Mark"] = mark
    return answer


def _rows(visit: Visit, chosen: Chosen, since: UUID | None = None) -> Sequence[Row]:
    with visit.read() as unit:
        return timings.latest(
            unit,
            visit.tenant_id,
            since=since,
            connection_id=chosen.connection,
            outcome=chosen.outcome,
            limit=MOST,
        )


def _shown(visit: Visit, rows: Sequence[Row]) -> dict[str, Any]:
    return {
        "rows": rows,
        "steps_of": steps_of,
        "total": total,
        "title": lambda slug: naming.title(visit.rooms.plugins, slug),
        "remedy": remedy,
        "words": words,
        "mark_of": lambda row: _mark([row]),
    }


def _mark(rows: Sequence[Row]) -> str:
    """Changes when a page would show something else."""
    told = [(str(row["id"]), row["outcome"], *(row[step] for step in timings.STEPS)) for row in rows]
    return hashlib.blake2s(repr(told).encode(), digest_size=8).hexdigest()


def _chosen() -> Chosen:
    outcome = request.args.get("outcome")
    return Chosen(
        connection=_as_id(request.args.get("connection", "")),
        outcome=outcome if outcome in OUTCOMES else None,
    )


def _name(visit: Visit, row: Row) -> str:
    title = naming.title(visit.rooms.plugins, row["plugin"])
    return title if row["name"] == "default" else f"{title} · {row['name']}"


def _as_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
