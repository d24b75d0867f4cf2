"""How a page is declared: its path, the right it needs, and the function that makes it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec

from flask.typing import ResponseReturnValue

from hub.web.rights import Right
from hub.web.visit import Visit

P = ParamSpec("P")
View = Callable[Concatenate[Visit, P], ResponseReturnValue]

TENANT_PREFIX = "/t/<tenant>"
OPERATOR_PREFIX = "/operator"


@dataclass(frozen=True)
class Page:
    """One declared page."""

    endpoint: str
    rule: str
    method: str
    needs: Right
    limit: str | None
    view: Callable[..., ResponseReturnValue]
    plugin: str | None = None
    """Whose page it is, if not the hub's own."""


class Pages:
    """A group of pages that share a name: the module, the folder of templates, the first part of each
    endpoint. A module of ``hub/web/pages`` calls its group ``pages``, and is found by that.

    The pages of a ``plugin`` have its slug before the path and before the endpoint."""

    def __init__(self, name: str, *, plugin: str | None = None) -> None:
        self.name = name if plugin is None else f"{plugin}.{name}"
        self.plugin = plugin
        self._declared: list[Page] = []

    def get(self, path: str, *, needs: Right) -> Callable[[View[P]], View[P]]:
        """Declare a page to be looked at. A right within a tenant puts ``/t/<tenant>`` before the path,
        that of an operator ``/operator``."""
        return self._declare(path, "GET", needs)

    def post(self, path: str, *, needs: Right, limit: str | None = None) -> Callable[[View[P]], View[P]]:
        """Declare an action. It ends with a redirect, so that reloading does not repeat it. ``limit``,
        such as ``10 per minute``, bounds the attempts that do not end so: guesses at a secret."""
        return self._declare(path, "POST", needs, limit)

    def __iter__(self) -> Iterator[Page]:
        return iter(self._declared)

    def _declare(
        self, path: str, method: str, needs: Right, limit: str | None = None
    ) -> Callable[[View[P]], View[P]]:
        def declare(view: View[P]) -> View[P]:
            endpoint = f"{self.name}.{_name(view)}"
            rule = _prefix(needs) + (f"/{self.plugin}" if self.plugin else "") + path
            self._declared.append(Page(endpoint, rule, method, needs, limit, view, self.plugin))
            return view

        return declare


def _name(view: Any) -> str:
    name: str = view.__name__
    return name


def _prefix(needs: Right) -> str:
    if needs.of_tenant:
        return TENANT_PREFIX
    return OPERATOR_PREFIX if needs is Right.OPERATOR else ""
