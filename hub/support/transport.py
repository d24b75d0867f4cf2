"""A way out of the machine that cannot be turned against its own network.

An address is checked after its name was looked up, at the moment of connecting, and the connection
goes to exactly that address: a name that answers differently the second time gains nothing.
Redirects are not followed, proxies and credentials of the environment are not used, cookies are not
kept. ``requests-hardened`` was tried: it looks at the first address of a name only, and can permit
loopback but no network.
"""

import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from hub.support.watching import watch

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Sequence[str]]

CLOSED = tuple(
    map(
        ip_network,
        (
            "100.64.0.0/10",  # carrier-grade NAT; clouds keep metadata there too
            "192.0.0.0/24",  # protocol assignments, Oracle's metadata among them
            "192.88.99.0/24",  # 6to4 relays
            "::/96",  # IPv4-compatible: another spelling of an IPv4 address, given up
            "::ffff:0:0:0/96",  # IPv4-translated (SIIT): one more
            "64:ff9b::/96",  # NAT64: an IPv4 address of any kind behind it
            "64:ff9b:1::/48",
            "2001::/23",  # Teredo and other protocol assignments
            "2002::/16",  # 6to4: an IPv4 address of any kind inside
            "3fff::/20",
            "5f00::/16",
            "fec0::/10",  # site-local, given up but still routed
        ),
    )
)
"""Networks that are closed although ``ipaddress`` may call them global, in some Python versions."""


class TargetRefusedError(Exception):
    """The address may not be connected to; the message says why. No OSError: on its way through
    urllib3 and smtplib it would be taken for a fault of the network."""


def look_up(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, by the system's resolver. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def plain(address: Address) -> Address:
    """The IPv4 address that an IPv6 address is only another spelling of."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


@dataclass(frozen=True)
class Guard:
    """Decides where a connection may go: to public addresses, and to the ``allowed`` networks."""

    allowed: tuple[Network, ...] = ()
    resolve: Resolve = look_up

    def permits(self, address: Address) -> bool:
        """Whether a connection may go to the address."""
        address = plain(address)
        if any(address in network for network in self.allowed):
            return True
        return address.is_global and not address.is_multicast and not any(address in net for net in CLOSED)

    def addresses(self, host: str, port: int) -> list[str]:
        """The host's addresses. Raises TargetRefusedError if only one of them is not permitted, and
        OSError if the host is not known."""
        found = [ip_address(text.partition("%")[0]) for text in self.resolve(host, port)]
        refused = [str(address) for address in found if not self.permits(address)]
        if refused or not found:
            raise TargetRefusedError(
                f"{host} is {', '.join(dict.fromkeys(refused)) or 'nowhere'}, and requests to that network "
                "are not allowed (HUB_ALLOWED_TARGETS)"
            )
        return [str(plain(address)) for address in dict.fromkeys(found)]

    def connect(self, host: str, port: int, timeout: float | None) -> socket.socket:
        """A connection to the first of the host's addresses that answers. Raises
        TargetRefusedError or OSError."""
        failed: OSError | None = None
        for address in self.addresses(host, port):
            try:
                return socket.create_connection((address, port), timeout)
            except OSError as error:
                failed = error
        raise failed or OSError("no address")


def check_url(url: str) -> str:
    """The URL, if it may be an endpoint's. Raises ValueError with a sentence that says why not."""
    if any(character.isspace() or ord(character) < 33 for character in url) or "\\" in url:
        raise ValueError("the address must not hold blanks or backslashes")
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        raise ValueError("the address has no valid port") from None
    if parts.scheme not in ("https", "http"):
        raise ValueError("the address must begin with https:// or http://")
    if not parts.hostname or port == 0:
        raise ValueError("the address names no host")
    if parts.username is not None or parts.password is not None:
        raise ValueError("the address must not hold a user or password; use the signature")
    if parts.fragment:
        raise ValueError("the address must not have a fragment (#)")
    return url


class Transport(HTTPAdapter):
    """Requests go only where the guard permits. Not to be shared between threads.

    An adapter without a session: what a session adds, redirects, cookies, and the proxies and
    passwords of the environment, is just what must not be. It also costs as much as the request.
    """

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self._guard)

    def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        timeout: tuple[float, float],
        verify: bool | str = True,
    ) -> requests.Response:
        """Send it; the answer's body is still to be read. Raises TargetRefusedError, and requests'
        own errors.

        ``requests`` would prepare cookies, passwords and forms too, which takes a tenth of a delivery.
        """
        request = requests.PreparedRequest()
        request.method, request.url, request.body = "POST", _written(url), body
        request.headers = CaseInsensitiveDict({**headers, "Content-Length": str(len(body))})
        return self.send(request, stream=True, timeout=timeout, verify=verify)

    def get(
        self, url: str, params: Mapping[str, str], headers: Mapping[str, str], *, timeout: tuple[float, float]
    ) -> requests.Response:
        """Ask for it; the answer's body is still to be read. Raises as ``post`` does."""
        request = requests.PreparedRequest()
        request.prepare_method("GET")
        request.prepare_url(url, params)
        request.headers = CaseInsensitiveDict(headers)
        return self.send(request, stream=True, timeout=timeout)


LONGEST_WAIT = 24 * 3600
"""The longest ``Retry-After`` that is respected, in seconds."""


def retry_after(text: str | None, now: datetime) -> int | None:
    """The seconds to wait that an answer's ``Retry-After`` asks for: a number, or a date."""
    if text is None:
        return None
    if text.strip().isascii() and text.strip().isdigit():
        return min(int(text.strip()[:9]), LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    seconds = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    return min(max(int(seconds.total_seconds()), 0), LONGEST_WAIT)


@lru_cache(maxsize=1000)
def _written(url: str) -> str | None:
    """The URL as it goes over the wire. Raises requests' own errors."""
    return requests.Request("POST", url).prepare().url


def _pools(guard: Guard) -> dict[str, type[HTTPConnectionPool]]:
    """Connection pools whose connections ask the guard. The host's name stays what it was, for the
    ``Host`` header and the certificate."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _connected(guard, self)

        def getresponse(self) -> Any:
            watch.use(self.sock)
            return super().getresponse()

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _connected(guard, self)

        def getresponse(self) -> Any:
            watch.use(self.sock)
            return super().getresponse()

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _connected(guard: Guard, connection: HTTPConnection) -> socket.socket:
    """As urllib3 connects, and with its errors. Its private ``_dns_host`` is the name to look up,
    without the brackets of IPv6."""
    host = str(connection._dns_host).strip("[]")
    timeout = connection.timeout if isinstance(connection.timeout, int | float) else None
    try:
        made = guard.connect(host, connection.port, timeout)
    except socket.gaierror as error:
        raise NameResolutionError(host, connection, error) from error
    except TimeoutError as error:
        raise ConnectTimeoutError(connection, f"connecting to {host} took too long") from error
    except OSError as error:
        raise NewConnectionError(connection, f"no connection to {host}: {error}") from error
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made
