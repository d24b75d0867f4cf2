"""No address that a tenant types leads into the operator's network, however it is written and whatever a name
server answers: looked at where connections are made, in the interpreter itself."""

import ast
import ipaddress
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hub_notifications.exchanging import exchange
from hub_notifications.smtp import Server, _connected

import hub
from hub.app import create_worker
from hub.contract.backfill import BackfillError
from hub.pipeline.fetching import GuardedWeb
from hub.support.transport import Guard, TargetRefusedError, check_url

from ..conftest import SettableClock

ROOT = Path(__file__).parents[2]
PUBLIC = "93.184.216.34"

INSIDE = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "00000177.0.0.1",
    "127.000.000.001",
    "0",
    "0.0.0.0",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "127.0.0.1.",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "１２７.０.０.１",
    "%31%32%37.0.0.1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "100.64.0.1",
    "100.100.100.200",
    "192.0.0.192",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:169.254.169.254]",
    "[::ffff:0:127.0.0.1]",
    "[::127.0.0.1]",
    "[::a9fe:a9fe]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b:1::a00:1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "[fe80::1]",
    "[fe80::1%25lo]",
    "[fd00:ec2::254]",
    "[fec0::1]",
    "[ff02::1]",
    "inside.example",
    "mixed.example",
]
"""Hosts that are this machine, its network, the cloud's metadata, or nobody's."""

NAMES = {
    "inside.example": ["10.0.0.7"],
    "mixed.example": [PUBLIC, "127.0.0.1"],
    "public.example": [PUBLIC],
}


@dataclass
class Resolver:
    """A name server at the edge, and every connection that is tried. None is made."""

    tried: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    rebinding: Iterator[list[str]] = field(default_factory=lambda: iter(()))
    watching: bool = False
    usual: Callable[..., Any] = socket.getaddrinfo

    def look_up(self, host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        """As the system does, for the names of the test too."""
        name = host.decode() if isinstance(host, bytes) else str(host)
        self.asked.append(name)
        if name == "rebind.example":
            found = next(self.rebinding)
        elif name in NAMES:
            found = NAMES[name]
        else:
            return self.usual(host, port, *rest, **more)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Told by the interpreter before each connection: note it, and end it there."""
        if self.watching and event == "socket.connect" and isinstance(arguments[1], tuple):
            self.tried.append(str(arguments[1][0]))
            raise ConnectionRefusedError("the test lets nobody out")


RESOLVER = Resolver()
sys.addaudithook(RESOLVER.hear)  # for good: an audit hook cannot be taken away, so it is told when to listen


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Iterator[Resolver]:
    """The resolver, listening."""
    monkeypatch.setattr(socket, "getaddrinfo", RESOLVER.look_up)
    RESOLVER.tried.clear()
    RESOLVER.asked.clear()
    RESOLVER.watching = True
    yield RESOLVER
    RESOLVER.watching = False


def lent(site: Any) -> hub.Host:
    host: hub.Host = site.rooms.host
    return host


def post(site: Any, host: str) -> None:
    """As endpoints and push services are reached."""
    exchange(lent(site), f"http://{host}:8080/x", b"{}", {})


def fetch(site: Any, host: str) -> None:
    """As shops are asked for what is missing."""
    GuardedWeb(Guard(site.rooms.config.allowed_targets), SettableClock(site.clock.now)).get(
        f"https://{host}/x"
    )


def mail(site: Any, host: str) -> None:
    """As a tenant's own mail server is reached."""
    name = host.strip("[]").replace("%25", "%")
    guard = Guard(site.rooms.config.allowed_targets)
    _connected(Server(host=name, port=25, security="none", user="", password="", guard=guard))


WAYS = (post, fetch, mail)
REFUSED = (hub.DeliveryError, BackfillError, TargetRefusedError, OSError, ValueError)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_nothing_inside_is_reached_in_any_spelling(site: Any, outside: Resolver, way: Any) -> None:
    for host in INSIDE:
        with pytest.raises(REFUSED):
            way(site, host)
        assert outside.tried == [], host


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_the_connection_goes_to_the_address_that_was_checked(site: Any, outside: Resolver, way: Any) -> None:
    """A name that is public when it is checked and internal when it is connected to gains nothing: it is
    looked up once."""
    outside.rebinding = iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]])
    with pytest.raises(REFUSED):
        way(site, "rebind.example")
    assert outside.tried == [PUBLIC]
    assert outside.asked.count("rebind.example") == 1
    with pytest.raises(REFUSED):
        way(site, "rebind.example")
    assert outside.tried == [PUBLIC]


@pytest.mark.parametrize(
    "form", ["http://a@{}/", "http://a:b@{}/", "http://{}\\@public.example/", "http://{}#@p.e/"]
)
def test_an_address_with_a_user_or_a_trick_is_none(form: str) -> None:
    with pytest.raises(ValueError, match=r"the address must not"):
        check_url(form.format("127.0.0.1"))


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "gopher://x/", "ftp://x/", "http://", "//x/", "x", "http://x:0/"]
)
def test_only_the_web_is_asked(url: str) -> None:
    with pytest.raises(ValueError, match=r"the address"):
        check_url(url)


def test_an_endpoint_inside_is_refused_when_it_is_typed_and_when_it_is_used(
    office: Any, outside: Resolver
) -> None:
    """On the page, and through the worker for a name that the page cannot see through."""
    site = office.site
    site.connect("notifications")
    owner = office.browser("owner")
    owner.get("/notifications/endpoints")
    typed = [
        owner.post(
            "/notifications/endpoints", url=f"http://{host}/x", description="x", events="*"
        ).status_code
        for host in ("127.0.0.1", "[::1]", "169.254.169.254", "[::ffff:10.0.0.1]", "a@public.example", "10.1")
    ]
    names = [
        owner.post(
            "/notifications/endpoints", url=f"https://{host}/x", description="x", events="*"
        ).status_code
        for host in ("inside.example", "mixed.example")
    ]
    office.order()
    create_worker(site.rooms).run_due()

    assert typed[:5] == [422] * 5
    assert all(status < 400 for status in names)
    assert outside.tried == []
    assert {"inside.example", "mixed.example"} <= set(outside.asked)


def test_a_browser_that_names_an_inner_address_for_push_messages_reaches_nothing(office: Any) -> None:
    """The channel posts as endpoints are posted to; nothing else does."""
    text = (ROOT / "plugins/notifications/hub_notifications/pushing.py").read_text("utf-8")
    assert "exchange(" in text
    assert "requests" not in {name for name, _ in imported(ast.parse(text))}


OPENERS = {"socket", "smtplib", "requests", "urllib3", "http.client", "urllib.request", "ftplib", "stripe"}
OPEN = {
    "hub/cli/demo/catchers.py": "the demonstration, on this machine",
    "hub/cli/demo/commands.py": "the demonstration, on this machine",
    "hub/cli/demo/stage.py": "the demonstration, on this machine",
    "hub/cli/demo/samples.py": "the demonstration, on this machine",
    "hub/cli/send.py": "the sample sender, by whoever runs it",
    "hub/cli/serve.py": "listens",
    "hub/cli/serving.py": "listens",
    "hub/deliveries/mailing.py": "the installation's own mail server",
    "hub/deliveries/loop.py": "its own name",
    "hub/deliveries/periodic.py": "its own name",
    "hub/pipeline/fetching.py": "through the guard",
    "hub/support/transport.py": "the guard",
    "hub/support/watching.py": "ends what takes too long",
    "plugins/notifications/hub_notifications/exchanging.py": "through the guard",
    "plugins/notifications/hub_notifications/smtp.py": "through the guard, where a tenant named the server",
    "plugins/stripe/hub_stripe/paying.py": "Stripe's own address",
    "plugins/stripe/hub_stripe/listing.py": "Stripe's own address",
    "plugins/stripe/hub_stripe/scheme.py": "compares signatures",
}
"""The files that can open a connection, and where it goes."""


def imported(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """The modules that a file imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno


def test_connections_are_opened_in_these_files_alone() -> None:
    found = set()
    for path in [*(ROOT / "hub").rglob("*.py"), *ROOT.glob("plugins/*/hub_*/**/*.py")]:
        if not {"testing", "scaffold"} & set(path.parts):
            names = {name for name, _ in imported(ast.parse(path.read_text("utf-8")))}
            if names & OPENERS:
                found.add(str(path.relative_to(ROOT)))

    assert found - OPEN.keys() == set()


@pytest.mark.parametrize("network", ["::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "2002::/16", "2001::/32"])
def test_no_other_spelling_of_an_old_address_is_open(network: str) -> None:
    first = next(iter(ipaddress.ip_network(network).hosts()))
    assert not Guard().permits(first)
