"""Which application a request is for: told by the first part of its path."""

from collections.abc import Iterable
from typing import Any

from flask import Flask

from hub.contract.errors import ContractError

Wsgi = Any

DOOR = "hub_door"
"""Under this name an application beside it finds the one that senders knock at."""


def fork(app: Flask, web: Flask) -> Wsgi:
    """A WSGI application that hands the paths of ``web`` (the UI, the API) to it and everything else to
    ``app``. Raises ContractError if a path could be either's."""
    mine = _first_parts(web)
    if both := mine & _first_parts(app):
        raise ContractError(
            f"routes of plugins stand in the way of the hub's own: /{', /'.join(sorted(both))}"
        )
    doors, pages = app.wsgi_app, web.wsgi_app
    web.extensions[DOOR] = doors

    def choose(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        part = path.split("/", 2)[1] if path.startswith("/") else path
        return pages(environ, start_response) if part in mine else doors(environ, start_response)

    return choose


def _first_parts(app: Flask) -> set[str]:
    return {rule.rule.split("/", 2)[1] for rule in app.url_map.iter_rules()}
