"""What was sent to an endpoint: each attempt with its answer, and sending again."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from hub.records import deliveries
from hub.records.database import Row, Unit
from hub.support import jsontext
from hub.web import columns, links
from hub.web.page import Pages
from hub.web.rights import Right
from hub.web.visit import Visit
from hub_notifications import browsing, queries
from hub_notifications.exchanging import COMMON
from hub_notifications.pages import words

pages = Pages("webhook_endpoints", plugin="notifications")

SPANS = {"1": timedelta(hours=1), "24": timedelta(hours=24), "168": timedelta(days=7)}
"""How far back everything can be sent again, by the hours that the form names."""


@pages.get("/deliveries/<uuid:delivery_id>", needs=Right.ADMIN)
def sending(visit: Visit, delivery_id: UUID) -> ResponseReturnValue:
    """One delivery: what it says, each attempt, and what it is about."""
    with visit.read() as unit:
        row = _found(unit, visit, delivery_id)
        attempts = deliveries.attempts_of(unit, delivery_id)
        endpoint = queries.endpoint(unit, visit.tenant_id, UUID(row["target"]))
    return render_template(
        "notifications/webhook_endpoints/sending.html",
        delivery=row,
        endpoint=endpoint,
        attempts=attempts,
        body=msgspec.json.format(jsontext.encode(dict(row["content"])), indent=2).decode(),
        headers=_headers(row),
        record=links.to_origin(row["record_kind"], row["record_id"]) if row["record_id"] else None,
        words=words,
        kind_name=columns.kind,
    )


@pages.post("/deliveries/<uuid:delivery_id>/again", needs=Right.ADMIN)
def again(visit: Visit, delivery_id: UUID) -> ResponseReturnValue:
    """Send it again, under the id that it has."""
    with visit.write() as unit:
        row = _found(unit, visit, delivery_id)
        endpoint_id = UUID(row["target"])
        if refusal := _refusal(unit, visit, endpoint_id):
            flash(refusal, "error")
        else:
            _send_again(unit, visit, endpoint_id, [delivery_id])
    return redirect(url_for("notifications.webhook_endpoints.sending", delivery_id=delivery_id), 303)


@pages.post("/endpoints/<uuid:endpoint_id>/again", needs=Right.ADMIN)
def again_many(visit: Visit, endpoint_id: UUID) -> ResponseReturnValue:
    """Send everything again that was given up, or all that was made in the last hours."""
    span = SPANS.get(request.form.get("hours", ""))
    with visit.write() as unit:
        if queries.endpoint(unit, visit.tenant_id, endpoint_id) is None:
            abort(404)
        if refusal := _refusal(unit, visit, endpoint_id):
            flash(refusal, "error")
        else:
            chosen = (
                browsing.some_ids(unit, visit.tenant_id, endpoint_id, since=visit.now - span)
                if span
                else browsing.some_ids(unit, visit.tenant_id, endpoint_id, state="dead")
            )
            _send_again(unit, visit, endpoint_id, chosen)
    return redirect(url_for("notifications.webhook_endpoints.show", endpoint_id=endpoint_id), 303)


def _found(unit: Unit, visit: Visit, delivery_id: UUID) -> Row:
    return browsing.delivery(unit, visit.tenant_id, delivery_id) or abort(404)


def _refusal(unit: Unit, visit: Visit, endpoint_id: UUID) -> str | None:
    """Why nothing can be sent there now."""
    endpoint = queries.endpoint(unit, visit.tenant_id, endpoint_id)
    if endpoint is None:
        return str(_("Der Webhook ist gelöscht. Dorthin kann nichts mehr gesendet werden."))
    return None if endpoint["enabled"] else str(_("Schalten Sie den Webhook zuerst ein."))


def _send_again(unit: Unit, visit: Visit, endpoint_id: UUID, chosen: Sequence[UUID]) -> None:
    number = browsing.send_again(unit, chosen, visit.now)
    if not number:
        flash(_("Es gibt nichts, was erneut gesendet werden könnte."), "info")
        return
    visit.note(
        unit,
        "notifications.sent_again",
        kind="webhook_endpoint",
        object_id=endpoint_id,
        after={"deliveries": number, **({"delivery": str(chosen[0])} if len(chosen) == 1 else {})},
    )
    flash(
        ngettext(
            "%(num)d Zustellung wird erneut gesendet.", "%(num)d Zustellungen werden erneut gesendet.", number
        ),
        "success",
    )


def _headers(row: Row) -> Mapping[str, Any]:
    """The request's headers. Time and signature are those of each attempt, and not kept."""
    return {
        "Content-Type": "application/json",
        **COMMON,
        "webhook-id": row["id"],
        "webhook-timestamp": _("Zeitpunkt des Versuchs, in Sekunden seit 1970"),
        "webhook-signature": _("v1,… (für jeden Versuch neu berechnet)"),
    }
