"""The API as a Flask application of its own: beside the door for senders and the web UI, without cookies and
without sessions. Whatever goes wrong under its base is told as a problem."""

import importlib
import pkgutil
import uuid
from collections.abc import Callable, Iterator
from functools import cache, partial
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

import hub.api.resources
from hub.api import openapi, plugged, reading, repeating
from hub.api.call import Call
from hub.api.letting_in import Door, require_scope
from hub.api.operation import Operation, Resource
from hub.api.problems import Problem
from hub.api.repeating import Told, UnderWay
from hub.api.rooms import Rooms
from hub.api.shapes import Shape
from hub.api.standing import BASE
from hub.records.access import Caller
from hub.records.database import DatabaseUnavailable
from hub.support import jsontext

log = structlog.get_logger()

DOCUMENT = "hub_api_document"
"""Under this name the application keeps what describes it, made when it is first asked for."""

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


def create_api(rooms: Rooms) -> Flask:
    """The application that serves ``/rest/v1``; ``extensions[DOCUMENT]`` describes it."""
    api = Flask("hub.api", static_folder=None)
    api.config["MAX_CONTENT_LENGTH"] = rooms.config.body_limit
    api.url_map.merge_slashes = False
    resources = [*found(), *plugged.load(rooms.plugins)]
    described = api.extensions[DOCUMENT] = cache(partial(openapi.document, resources, rooms.config.base_url))
    api.add_url_rule(
        f"{BASE}/openapi.json",
        endpoint="openapi",
        view_func=lambda: _matched(Response(jsontext.encode(described()), content_type="application/json")),
        provide_automatic_options=False,
    )
    door, under_way = Door(rooms), UnderWay()
    for resource in resources:
        for operation in resource:
            api.add_url_rule(
                BASE + operation.path,
                endpoint=operation.name,
                view_func=_view(operation, rooms, door, under_way),
                methods=[operation.method],
                provide_automatic_options=False,
            )
    _tell_problems(api, rooms.config.base_url)
    api.after_request(_protected)
    return api


def found() -> Iterator[Resource]:
    """The resources in ``hub/api/resources``, in the order of their names."""
    for module in pkgutil.iter_modules(hub.api.resources.__path__):
        yield importlib.import_module(f"{hub.api.resources.__name__}.{module.name}").resource


def _view(operation: Operation, rooms: Rooms, door: Door, under_way: UnderWay) -> Callable[..., Response]:
    """The operation for Flask."""

    def serve(**path_values: Any) -> Response:
        caller, standing = door.enter()
        try:
            require_scope(caller, operation.scope)
            call = Call(rooms=rooms, caller=caller, transactions=rooms.database.for_tenant(caller.tenant_id))
            plugged.require(call, operation)
            response = _answer(operation, call, under_way, path_values)
        except Problem as problem:
            response = problem.response(rooms.config.base_url)
        if standing is not None:
            response.headers.update(standing.headers)
        _log(operation, caller, response)
        return response

    return serve


def _log(operation: Operation, caller: Caller, response: Response) -> None:
    log.info(
        "api_request",
        operation=operation.name,
        tenant=caller.tenant.slug,
        access_key=str(caller.key_id),
        status=response.status_code,
    )


def _answer(operation: Operation, call: Call, under_way: UnderWay, path_values: dict[str, Any]) -> Response:
    raw = reading.body()
    asked = reading.asked_of(operation.asked)
    given = reading.given_in(raw, operation.given)
    values = dict(path_values)
    values |= {"asked": asked} if operation.asked else {}
    values |= {"given": given} if operation.given else {}

    def run(call: Call) -> Any:
        return operation.view(call, **values)

    repeated = repeating.asked_with(call, raw) if operation.repeatable else None
    if repeated is not None:
        answer, again = repeating.once(
            under_way, call, repeated, operation.status, lambda joined: _told(run(joined))
        )
        return _response(answer.body, answer.status, repeating.REPLAYED if again else {})
    result = run(call)
    if isinstance(result, Response):
        return result
    return _response(_told(result), operation.status)


def _told(result: Shape | None) -> Told:
    return None if result is None else result.model_dump()


def _response(told: Told, status: int, headers: dict[str, str] | None = None) -> Response:
    if told is None:
        return Response(status=HTTPStatus.NO_CONTENT, headers=headers)
    content = Response(jsontext.encode(told), status, headers, content_type="application/json")
    if further := told.get("next"):
        content.headers["Link"] = f'<{further}>; rel="next"'
    return _matched(content) if request.method in ("GET", "HEAD") else content


def _matched(response: Response) -> Response:
    """With an entity tag; 304 without a body if the caller has just that already."""
    response.add_etag()
    response.make_conditional(request)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _protected(response: Response) -> Response:
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _tell_problems(api: Flask, base_url: str) -> None:
    def refused(problem: Problem) -> Response:
        return problem.response(base_url)

    def by_framework(error: HTTPException) -> Response:
        return _as_problem(error, api.config["MAX_CONTENT_LENGTH"]).response(base_url)

    def unavailable(_error: DatabaseUnavailable) -> Response:
        log.exception("api_without_database")
        told = "The database does not answer; repeat the request in some seconds."
        return Problem("unavailable", told, headers={"Retry-After": "5"}).response(base_url)

    def unexpected(_error: Exception) -> Response:
        instance = uuid.uuid4().urn
        log.exception("api_failed", instance=instance)
        told = "The failure was recorded; tell the operator the instance."
        return Problem("internal", told, instance=instance).response(base_url)

    api.register_error_handler(Problem, refused)
    api.register_error_handler(HTTPException, by_framework)
    api.register_error_handler(DatabaseUnavailable, unavailable)
    api.register_error_handler(Exception, unexpected)


def _as_problem(error: HTTPException, limit: int) -> Problem:
    """What the framework refused."""
    match error.code:
        case 404:
            return Problem("not-found", f"There is no {request.path}; {BASE}/openapi.json lists all paths.")
        case 405:
            allowed = dict(error.get_headers()).get("Allow", "")
            return Problem("method-not-allowed", f"This path takes {allowed}.", headers={"Allow": allowed})
        case 413:
            return Problem("too-large", f"The body is larger than {limit} bytes.")
        case _:
            return Problem("malformed", error.description or "The request cannot be read.")
