"""One received HTTP request, whole and unchanged, and the connection it was sent to."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from hub.contract.forms import MEDIA_TYPE as FORM
from hub.contract.forms import read_form
from hub.contract.multipart import MEDIA_TYPE as MULTIPART
from hub.contract.multipart import read_multipart
from hub.contract.reading import Payload, read_json
from hub.contract.settings import Settings

FORMS = (FORM, MULTIPART)


class Headers(Mapping[str, str]):
    """HTTP headers; names in any case. A header that came twice holds both values, comma between."""

    __slots__ = ("_pairs",)

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._pairs: dict[str, tuple[str, str]] = {}
        for name, value in pairs:
            known = self._pairs.get(name.lower())
            self._pairs[name.lower()] = (name, f"{known[1]}, {value}" if known else value)

    def __getitem__(self, name: str) -> str:
        return self._pairs[name.lower()][1]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._pairs.values())

    def __len__(self) -> int:
        return len(self._pairs)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._pairs

    def __repr__(self) -> str:
        return f"Headers({', '.join(self)})"


@dataclass(frozen=True, kw_only=True)
class Inbound:
    """A request as it arrived. ``body`` are the very bytes that a signature covers.

    ``route`` is the manifest's route that matched, ``path_values`` what its ``<names>`` held.
    ``received_at`` is aware, in UTC; ``url`` is the address as the sender saw it.
    """

    received_at: datetime
    body: bytes = field(repr=False)
    headers: Headers = field(default_factory=Headers)
    method: str = "POST"
    route: str = ""
    path: str = ""
    path_values: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    url: str = field(default="", repr=False)
    remote_addr: str | None = None
    fetched: bool = False
    """The hub itself fetched it over the provider's authenticated API; nobody sent it."""

    @property
    def content_type(self) -> str:
        """The media type without parameters, lower case; empty if none was given."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    @cached_property
    def json(self) -> Payload:
        """The body as JSON, to be read field by field; decoded once.

        Raises PayloadError if the body is not one unambiguous JSON value (see ``read_json``).
        """
        return read_json(self.body)

    @cached_property
    def form(self) -> Payload:
        """The body as a form, to be read field by field; decoded once.

        Raises PayloadError if the body is not one unambiguous form (see ``hub.read_form``), or holds files.
        """
        if self.content_type == MULTIPART:
            return read_multipart(self.body, self.headers["Content-Type"])
        return read_form(self.body)

    @property
    def is_form(self) -> bool:
        """Whether the body is declared to be a form, of either kind."""
        return self.content_type in FORMS

    @property
    def payload(self) -> Payload:
        """The body as what its ``Content-Type`` says it is: ``form``, or else ``json``."""
        return self.form if self.is_form else self.json


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """The company that a request is for."""

    slug: str
    number: int
    name: str
    locale: str = "de"
    currency: str = "EUR"
    timezone: str = "Europe/Berlin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A plugin switched on for a tenant. ``settings`` is the plugin's own model, validated.

    ``credentials`` are SHA-256 hashes of the tenant's active API keys, for schemes that ask for
    those instead of ``settings.secrets``.
    """

    tenant: Tenant
    plugin: str
    name: str
    settings: Settings = field(repr=False)
    credentials: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """To whom a request says it is sent; nothing is trusted before it is authenticated.

    One of ``tenant`` (slug), ``tenant_number`` and ``references`` is enough: ids of sales of
    which the hub knows whose they are.
    """

    tenant: str | None = None
    tenant_number: int | None = None
    references: tuple[str, ...] = ()
    connection: str = "default"
