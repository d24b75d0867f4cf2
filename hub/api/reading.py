"""What a request asks and gives, read into the forms that its operation declares."""

from typing import TypeVar

from flask import request
from pydantic import BaseModel, ValidationError

from hub.api.problems import Problem
from hub.api.shapes import Asked, Given
from hub.support import jsontext
from hub.support.jsontext import JsonError

FormT = TypeVar("FormT", bound=BaseModel)


def asked_of(form: type[Asked] | None) -> Asked | None:
    """The parameters. Raises Problem; parameters where none are known are refused too."""
    if twice := sorted({name for name, texts in request.args.lists() if len(texts) > 1}):
        raise Problem("malformed", f"Given twice: {', '.join(twice)}.")
    read = _read(form or Asked, dict(request.args), "malformed", "parameter")
    return read if form else None


def body() -> bytes:
    """The raw body. Raises werkzeug's RequestEntityTooLarge."""
    return request.get_data(cache=False)


def given_in(raw: bytes, form: type[Given] | None) -> Given | None:
    """The body's members. Raises Problem. An empty body counts as an empty object, which is all that an
    operation without a form takes."""
    value: object = {}
    if raw:
        if request.mimetype != "application/json":
            raise Problem("unsupported-media-type", "Send Content-Type: application/json.")
        try:
            value = jsontext.decode(raw)
        except JsonError as error:
            raise Problem("malformed", str(error)) from None
    if not isinstance(value, dict):
        raise Problem("malformed", "The body must be a JSON object.")
    read = _read(form or Given, value, "invalid", "pointer")
    return read if form else None


def _read(form: type[FormT], values: dict[str, object], kind: str, place: str) -> FormT:
    try:
        return form.model_validate(values)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False, include_context=False)
    errors = [{place: _where(fault["loc"], place), "detail": fault["msg"]} for fault in faults]
    told = "; ".join(f"{one[place]}: {one['detail']}" for one in errors)
    raise Problem(kind, f"{told}.", errors=errors) from None


def _where(location: tuple[int | str, ...], place: str) -> str:
    if place == "parameter":
        return str(location[0]) if location else ""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in location)
