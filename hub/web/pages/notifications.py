"""Benachrichtigungen: what a member is told, and the stream that tells it to open pages at once.

To have read something is nobody else's business: it is not noted in the audit log."""

from uuid import UUID

from flask import Response, abort, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from hub.records import notifications
from hub.records.notifications import Mailbox
from hub.web import links, paging
from hub.web.feed import EXTENSION, Feed, told
from hub.web.page import Pages
from hub.web.rights import Right
from hub.web.visit import Visit
from hub.web.words import Word

pages = Pages("notifications")

SELECTIONS = {"unread": Word(_l("Ungelesen"))}


@pages.get("/notifications", needs=Right.STAFF)
def index(visit: Visit) -> ResponseReturnValue:
    """The member's notifications, all or the unread ones."""
    only_unread = request.args.get("show") == "unread"
    mailbox = _mailbox(visit)
    with visit.read() as unit:
        rows = notifications.listed(
            unit, mailbox, unread=only_unread, before=paging.cursor(), limit=paging.SIZE + 1
        )
        (count,) = notifications.unread(unit, [mailbox])
    return render_template(
        "notifications/index.html",
        shown=paging.shown(rows),
        only_unread=only_unread,
        count=count,
        selections=SELECTIONS,
        to_record=links.to_record,
        filters={"show": "unread"} if only_unread else {},
    )


@pages.get("/notifications/<uuid:notification_id>", needs=Right.STAFF)
def show(visit: Visit, notification_id: UUID) -> ResponseReturnValue:
    """Where a notification of the desktop or of a telephone leads: the same by a plain link."""
    return follow(visit, notification_id)


@pages.post("/notifications/<uuid:notification_id>/open", needs=Right.STAFF)
def follow(visit: Visit, notification_id: UUID) -> ResponseReturnValue:
    """To what it is about; it is read thereby."""
    mailbox = _mailbox(visit)
    with visit.write() as unit:
        row = notifications.get(unit, mailbox, notification_id) or abort(404)
        notifications.read_one(unit, mailbox, notification_id, visit.now)
    target = links.to_record(row["record_kind"], row["record_id"])
    return redirect(target or url_for("notifications.index"), 303)


@pages.post("/notifications/<uuid:notification_id>/read", needs=Right.STAFF)
def read_one(visit: Visit, notification_id: UUID) -> ResponseReturnValue:
    """It is read."""
    mailbox = _mailbox(visit)
    with visit.write() as unit:
        if notifications.get(unit, mailbox, notification_id) is None:
            abort(404)
        notifications.read_one(unit, mailbox, notification_id, visit.now)
    return redirect(url_for("notifications.index", show=request.form.get("show") or None), 303)


@pages.post("/notifications/read", needs=Right.STAFF)
def read_all(visit: Visit) -> ResponseReturnValue:
    """All are read."""
    with visit.write() as unit:
        count = notifications.read_all(unit, _mailbox(visit), visit.now)
    if count:
        text = ngettext(
            "%(num)d Benachrichtigung ist jetzt gelesen.",
            "%(num)d Benachrichtigungen sind jetzt gelesen.",
            count,
        )
        flash(text, "success")
    return redirect(url_for("notifications.index"), 303)


@pages.get("/notifications/stream", needs=Right.STAFF)
def stream(visit: Visit) -> ResponseReturnValue:
    """New ones, as server-sent events. 204 tells the browser not to ask again: all places are taken, and
    the page asks for ``news`` instead."""
    feed: Feed = current_app.extensions[EXTENSION]
    opened = feed.open(_mailbox(visit), _last_seen())
    if opened is None:
        return "", 204
    gone = request.environ.get("waitress.client_disconnected", lambda: False)
    answer = Response(opened.lines(gone), content_type="text/event-stream; charset=utf-8")
    answer.headers["X-Accel-Buffering"] = "no"  # nginx would hold the lines back
    answer.call_on_close(opened.close)
    return answer


@pages.get("/notifications/news", needs=Right.STAFF)
def news(visit: Visit) -> ResponseReturnValue:
    """The same, asked for now and then."""
    mailbox, after = _mailbox(visit), _last_seen()
    with visit.read() as unit:
        rows = notifications.news(unit, [mailbox], after) if after else []
        (count,) = notifications.unread(unit, [mailbox])
    return jsonify(unread=count, notices=[told(row) for row in rows if row["id"] != after])


def _mailbox(visit: Visit) -> Mailbox:
    return Mailbox(visit.tenant_id, visit.person.id)


def _last_seen() -> UUID | None:
    """The id of the last one that the page knows: the browser names it when it comes back."""
    named = request.headers.get("Last-Event-ID") or request.args.get("after", "")
    try:
        return UUID(named)
    except ValueError:
        return None
