"""The web UI as a Flask application of its own. Beside the door for senders, not in it: what sessions,
CSRF tokens and languages cost is paid by pages alone."""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask, current_app, g, request, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined

import hub.web.pages
from hub.contract.errors import ContractError
from hub.version import __version__
from hub.web import assets, errors, feed, formats, navigation, packing, plugged, texts, words
from hub.web.guarding import WHO, guarded
from hub.web.headers import protect
from hub.web.page import Page, Pages
from hub.web.plugged import Brought
from hub.web.rights import Right
from hub.web.rooms import Rooms
from hub.web.visit import current

SESSION_DAYS = 14
"""After so long without a visit one signs in again."""

UNGUARDED = frozenset({"static"})
"""Endpoints that are no pages: the same for everybody."""


def create_web(rooms: Rooms, *, groups: Iterable[Pages] | None = None) -> Flask:
    """The application that serves the pages, the hub's own and those of plugins. Raises ContractError for a
    route that declares no right."""
    brought = plugged.load(rooms.plugins)
    web = Flask("hub.web", static_folder=None)
    https = rooms.config.base_url.startswith("https://")
    _configure(web, rooms, https=https)
    csrf = CSRFProtect(web)
    limiter = Limiter(get_remote_address, app=web, storage_uri="memory://")
    texts.set_up(web, tuple(one.translations for one in brought.pages))
    formats.set_up(web)
    errors.set_up(web)
    _prepare_templates(web, brought)
    feed.set_up(web, rooms)
    web.add_url_rule("/static/<path:name>", endpoint="static", view_func=assets.serve)
    own = groups if groups is not None else found()
    declared = [page for group in (*own, *brought.groups()) for page in group]
    for page in declared:
        view = _limited(page, guarded(page, rooms, csrf), limiter)
        web.add_url_rule(page.rule, endpoint=page.endpoint, view_func=view, methods=[page.method])
    require_rights(web, declared)
    web.url_defaults(_same_tenant)
    web.after_request(lambda response: protect(response, https=https))
    web.after_request(packing.pack)
    return web


def found() -> Iterator[Pages]:
    """The groups of pages in ``hub/web/pages``: each module's ``pages``."""
    for module in pkgutil.iter_modules(hub.web.pages.__path__):
        yield importlib.import_module(f"{hub.web.pages.__name__}.{module.name}").pages


def require_rights(web: Flask, declared: Iterable[Page]) -> None:
    """Every route says what right it needs. Raises ContractError for one that does not."""
    known = {page.endpoint for page in declared} | UNGUARDED
    open_ones = sorted({rule.endpoint for rule in web.url_map.iter_rules()} - known)
    if open_ones:
        raise ContractError(f"pages without a declared right: {', '.join(open_ones)}")


class Sessions(SecureCookieSessionInterface):
    """Sessions go on while somebody opens pages. What pages ask for in the background leaves the cookie
    alone: an answer that comes late would bring back a session that ended in the meantime."""

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Whether this answer carries the cookie."""
        opened = request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
        return session.modified or (opened and super().should_set_cookie(app, session))


def _configure(web: Flask, rooms: Rooms, *, https: bool) -> None:
    keys = [_session_key(key) for key in rooms.config.secret_keys()]
    web.session_interface = Sessions()
    web.config.update(
        SECRET_KEY=keys[0],
        SECRET_KEY_FALLBACKS=keys[1:],
        SESSION_COOKIE_NAME="__Host-hub" if https else "hub",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=SESSION_DAYS),
        MAX_CONTENT_LENGTH=rooms.config.body_limit,
        WTF_CSRF_CHECK_DEFAULT=False,  # checked by the guard, once it is known who asks
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: pages stay open all day
    )


def _session_key(key: str) -> str:
    """A key for cookies that tells nothing about the key for stored secrets."""
    kdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"hub sessions")
    return kdf.derive(key.encode()).hex()


def _prepare_templates(web: Flask, brought: Brought) -> None:
    web.extensions[plugged.EXTENSION] = brought
    web.config[words.PLUGIN_ACTIONS] = brought.actions()
    web.config[words.PLUGIN_VALUES] = brought.values()
    web.jinja_loader = ChoiceLoader([FileSystemLoader(assets.WEB / "templates"), brought.loader()])
    entries = navigation.ENTRIES + brought.entries()
    web.jinja_env.undefined = StrictUndefined
    web.jinja_env.trim_blocks = web.jinja_env.lstrip_blocks = True
    web.jinja_env.globals.update(
        asset=assets.asset, icon=assets.icon, Right=Right, languages=texts.LANGUAGES, version=__version__
    )

    @web.context_processor
    def about_the_visit() -> dict[str, Any]:
        visit = current()
        return {
            "visit": visit,
            "entries": list(navigation.visible(visit, entries)) if visit and visit.around else [],
            "personal": list(navigation.visible(visit, navigation.PERSONAL))
            if visit and visit.somebody
            else [],
            "language": texts.language(),
        }


def _limited(page: Page, view: Callable[..., Any], limiter: Limiter) -> Callable[..., Any]:
    """The view with its limit, by address and by whoever is named: in the form, in the session's first step,
    and as who signed in. Each counts for itself, so that nobody can add a name to be counted as somebody
    else. Only attempts that failed are counted."""
    view.__name__ = view.__qualname__ = page.endpoint
    if page.limit is None:
        return view
    for key in (get_remote_address, _by_form, _by_first_step, _by_session):
        view = limiter.limit(page.limit, key_func=key, deduct_when=lambda answer: answer.status_code != 303)(
            view
        )
    return view


def _by_form() -> str:
    return f"named:{request.form.get('email', '').strip().lower() or get_remote_address()}"


def _by_first_step() -> str:
    return f"first step:{session.get('pending') or get_remote_address()}"


def _by_session() -> str:
    return f"signed in:{session.get(WHO) or get_remote_address()}"


def _same_tenant(endpoint: str, values: dict[str, Any]) -> None:
    """Links of a tenant's pages stay with that tenant."""
    visit = g.get("visit")
    if visit is None or visit.around is None or "tenant" in values:
        return
    if current_app.url_map.is_endpoint_expecting(endpoint, "tenant"):
        values["tenant"] = visit.around.tenant.slug
