"""How an operation of the API is declared. Its function is all there is to say: the annotation of ``asked``
is the form of its parameters, that of ``given`` the form of its body, what it returns the form of its answer,
its docstring the explanation. Requests are checked against them, and the document is made of them."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

from hub.api.shapes import Asked, Given, Shape

ViewT = TypeVar("ViewT", bound=Callable[..., Any])


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One declared operation. ``path`` stands behind the base, with Flask's converters. ``repeatable`` ones
    take an idempotency key. Without ``answer`` a success has no body; ``media_type`` names one that is not
    JSON. ``plugin`` is whose operation it is, if not the hub's own."""

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
    plugin: str | None = None

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
    and is found by that. Those of a ``plugin`` have its slug before the path."""

    def __init__(self, name: str, description: str, *, plugin: str | None = None) -> None:
        self.name = name
        self.description = description
        self.plugin = plugin
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
                    path=f"/{self.plugin}{path}" if self.plugin else path,
                    scope=scope,
                    status=status,
                    repeatable=repeatable,
                    media_type=media_type,
                    view=view,
                    asked=hints.get("asked"),
                    given=hints.get("given"),
                    answer=answer if inspect.isclass(answer) and issubclass(answer, Shape) else None,
                    plugin=self.plugin,
                )
            )
            return view

        return declare
