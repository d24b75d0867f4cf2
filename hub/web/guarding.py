"""The one place where a request is let in or not: every page is wrapped in it."""

from collections.abc import Callable
from typing import Any

from flask import abort, g, make_response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect

from hub.records import people
from hub.records.people import Person
from hub.web.page import Page
from hub.web.rights import Right
from hub.web.rooms import Rooms
from hub.web.visit import Visit

WHO = "who"
"""Key of the session: the stamp of the person who signed in."""

LAST = "tenant"
"""Key of the session: the tenant that was visited last."""


def guarded(page: Page, rooms: Rooms, csrf: CSRFProtect) -> Callable[..., ResponseReturnValue]:
    """The page's view for Flask: it is called with a visit, if that has the right that the page needs.

    Nobody signed in: to the sign-in page. Somebody else's tenant: 404, as if there were none. A role
    that is too low: 403. A form without the token of this session: 400. A page of a plugin that the tenant
    never had: 404; an action of one that is off: 409."""

    def view(**values: Any) -> ResponseReturnValue:
        visit = _visit(rooms, page, values.pop("tenant", None))
        if visit is None:
            return to_sign_in()
        g.visit = visit
        if not visit.may(page.needs):
            abort(403 if visit.place or page.needs is not Right.OPERATOR else 404)
        csrf.protect()
        _require_plugin(visit, page)
        return page.view(visit, **values)

    return view


def _require_plugin(visit: Visit, page: Page) -> None:
    """What a plugin made stays readable while it is off."""
    if page.plugin is None:
        return
    if page.plugin not in visit.plugins:
        abort(404)
    if page.method != "GET" and visit.reads_only:
        abort(409)


def _visit(rooms: Rooms, page: Page, slug: str | None) -> Visit | None:
    """The visit, before its right is checked; ``None`` if somebody has to sign in first."""
    needs = page.needs
    stamp = session.get(WHO)
    if stamp is None:
        return Visit(rooms) if needs is Right.ANYBODY else None
    with rooms.database.for_all_tenants().read() as unit:
        person = people.by_stamp(unit, stamp)
        if person is None:
            session.clear()
            return Visit(rooms) if needs is Right.ANYBODY else None
        wanted = slug if slug is not None else session.get(LAST)
        around = people.place(unit, person, wanted) if wanted is not None else None
    if slug is None:
        of_operators = needs is Right.OPERATOR and person.operator
        return Visit(rooms, person, around=around, of_operators=of_operators)
    if around is None:
        g.visit = Visit(rooms, person)
        abort(404)
    if session.get(LAST) != slug:
        session[LAST] = slug
    return Visit(rooms, person, around, around, page.plugin)


def to_sign_in() -> ResponseReturnValue:
    """To the sign-in page, and from there back to where a GET wanted to go."""
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    target = url_for("sign_in.show", next=wanted)
    if "HX-Request" in request.headers:
        answer = make_response("", 401)
        answer.headers["HX-Redirect"] = url_for("sign_in.show")
        return answer
    return redirect(target, 303)


def signed_in(person: Person | None, stamp: str) -> None:
    """From now on the session is this person's: a fresh one, with nothing of before but the language."""
    locale = session.get("locale")
    session.clear()
    session.permanent = True
    session[WHO] = stamp
    if locale and (person is None or person.locale is None):
        session["locale"] = locale
