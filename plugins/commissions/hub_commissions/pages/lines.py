"""Provisionen: the lines of the ledger, and why each is as it is."""

from uuid import UUID

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from hub.web import paging
from hub.web.page import Pages
from hub.web.rights import Right
from hub.web.visit import Visit
from hub_commissions.pages import words
from hub_commissions.records import browsing

pages = Pages("lines", plugin="commissions")


@pages.get("/commissions", needs=Right.STAFF)
def index(visit: Visit) -> ResponseReturnValue:
    """The lines, newest first, by status and partner."""
    status = request.args.get("status") if request.args.get("status") in words.LINE_STATUS else None
    with visit.read() as unit:
        partner = browsing.partner(unit, visit.tenant_id, chosen) if (chosen := _partner()) else None
        rows = browsing.lines(
            unit,
            visit.tenant_id,
            status=status,
            partner_id=partner["id"] if partner else None,
            before=paging.cursor(),
            limit=paging.SIZE + 1,
        )
    return render_template(
        "commissions/lines/index.html",
        shown=paging.shown(rows),
        status=status,
        partner=partner,
        filters={"status": status, "partner": partner["id"] if partner else None},
        words=words,
    )


@pages.get("/commissions/<uuid:line_id>", needs=Right.STAFF)
def show(visit: Visit, line_id: UUID) -> ResponseReturnValue:
    """One line with its explanation, and the way back to the sale and the event."""
    with visit.read() as unit:
        line = browsing.line(unit, visit.tenant_id, line_id) or abort(404)
    return render_template("commissions/lines/show.html", line=line, words=words)


def _partner() -> UUID | None:
    try:
        return UUID(request.args["partner"])
    except (KeyError, ValueError):
        return None
