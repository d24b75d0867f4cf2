"""How an operation of the API is declared. Its function is all there is to say: the annotation of ``asked``
is the form of its parameters, that of ``given`` the form of its body, what it returns the form of its answer,
its docstring the explanation. Requests are checked against them, and the document is made of them."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints
from uuid import UUID

from flask import Response

from hub.api.shapes import Asked, Given, Shape

ViewT = TypeVar("ViewT", bound=Callable[..., Any])


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One declared operation. ``path`` stands behind the base, with Flask's converters. ``repeatable`` ones
    take an idempotency key. Without ``answer`` a success has no body; ``media_type`` names one that is not
    JSON."""

    resource: str
    name: str
    method: str
    path: str
    scope: str
    status: int
    repeatable: bool
    media_type: str
    view: Callable[..., Any]
    asked: type[Asked] | None
    given: type[Given] | None
    answer: type[Shape] | None

    @property
    def summary(self) -> str:
        """The first line of the explanation."""
        return self._explanation[0].rstrip(".")

    @property
    def description(self) -> str:
        """The whole explanation."""
        return "\n".join(self._explanation)

    @property
    def path_values(self) -> tuple[str, ...]:
        """The names in the path, in its order."""
        known = {"call", "asked", "given"}
        return tuple(name for name in inspect.signature(self.view).parameters if name not in known)

    @property
    def _explanation(self) -> list[str]:
        return (inspect.getdoc(self.view) or "").splitlines()


class Resource:
    """A group of operations on one kind of thing. A module of ``hub/api/resources`` calls its ``resource``,
    and is found by that."""

    def __init__(self, name: str, description: str) -> None:
        self.name = name
        self.description = description
        self._declared: list[Operation] = []

    def get(self, path: str, *, scope: str, media_type: str = "application/json") -> Callable[[ViewT], ViewT]:
        """Declare what is read."""
        return self._declare("GET", path, scope, media_type=media_type)

    def post(
        self, path: str, *, scope: str, status: int = 200, repeatable: bool = True
    ) -> Callable[[ViewT], ViewT]:
        """Declare what makes or does something. It takes an idempotency key, unless doing it twice does no
        harm by itself."""
        return self._declare("POST", path, scope, status=status, repeatable=repeatable)

    def patch(self, path: str, *, scope: str) -> Callable[[ViewT], ViewT]:
        """Declare what changes the members that are given, and leaves the others."""
        return self._declare("PATCH", path, scope)

    def delete(self, path: str, *, scope: str) -> Callable[[ViewT], ViewT]:
        """Declare what removes something; the answer has no body."""
        return self._declare("DELETE", path, scope, status=204)

    def __iter__(self) -> Iterator[Operation]:
        return iter(self._declared)

    def _declare(
        self,
        method: str,
        path: str,
        scope: str,
        *,
        status: int = 200,
        repeatable: bool = False,
        media_type: str = "application/json",
    ) -> Callable[[ViewT], ViewT]:
        def declare(view: ViewT) -> ViewT:
            hints = get_type_hints(view)
            answer = hints.get("return")
            self._declared.append(
                Operation(
                    resource=self.name,
                    name=view.__name__,
                    method=method,
                    path=path,
                    scope=scope,
                    status=status,
                    repeatable=repeatable,
                    media_type=media_type,
                    view=view,
                    asked=hints.get("asked"),
                    given=hints.get("given"),
                    answer=answer if inspect.isclass(answer) and issubclass(answer, Shape) else None,
                )
            )
            return view

        return declare


Answer = Shape | Response | None
"""What an operation returns: a form, a response of its own (a stream), or nothing."""

PathValue = UUID | str
