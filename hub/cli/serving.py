"""The web server, waitress, made to withstand crowds: when it has as many connections as it holds, those that
have kept it waiting for longest give way, and a request has to be whole before long."""

import logging
import resource
import socket
import threading
import time
from typing import Any, cast

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer

from hub.cli.parsing import Parser
from hub.cli.sockets import Sockets

CONNECTIONS = 1000
"""How many a process holds at a time."""

SPARE = 50
"""So many places are kept free for those who come."""

PATIENCE = 60
"""Seconds from a request's first byte to its last."""

FILES = 4096
"""Open files that a process asks for: connections, and those to the database."""

HEADER_BYTES = 64 * 1024
"""All headers of a request together."""

LOOK_SECONDS = 1.0
"""How often at least it is looked whether a connection has been silent for too long."""


class Channel(HTTPChannel):
    """A connection that knows since when it keeps the server waiting."""

    server: "Server"
    _fileno: int
    parser_class = Parser
    begun = 0.0
    stuck = False
    """Whether a thread that answers could not send all by itself."""

    def received(self, data: bytes) -> bool:
        """Some bytes came; the first of a request begin it."""
        if self.request is None:
            self.begun = time.time()
        return bool(super().received(data))

    def service(self) -> None:
        """Answer a request, in a thread of its own."""
        self.server.serving.channel = self
        self.stuck = self.total_outbufs_len > 0
        super().service()

    def writable(self) -> bool:
        """Whether there is something to send that no thread is sending just now: to wait for that would be
        to turn in a circle until the thread is done."""
        return bool(super().writable()) and (self.stuck or not self.requests)

    @property
    def waits(self) -> bool:
        """Whether nothing is being done for it."""
        return not (self.requests or self.total_outbufs_len or self.will_close)

    @property
    def since(self) -> float:
        """Since when a request is on its way, or when the last one ended."""
        return float(self.last_activity) if self.request is None else self.begun


class Server(TcpWSGIServer):
    """Never full of those who do not send, and not slowed down by those who are silent."""

    _fileno: int
    channel_class = Channel
    patience: float = PATIENCE

    def __init__(self, app: Any, **options: Any) -> None:
        self.sockets = Sockets()
        self.serving = threading.local()
        super().__init__(app, map=self.sockets, **options)

    def run(self) -> None:
        """Serve until SystemExit or KeyboardInterrupt is raised in this thread."""
        try:
            while True:
                self.sockets.changed(self._fileno)
                self.sockets.wait(LOOK_SECONDS)
        except (SystemExit, KeyboardInterrupt):
            self.task_dispatcher.shutdown()

    def pull_trigger(self) -> None:
        """The thread that calls this has answered, or cannot send all of its answer by itself. Who waits for
        the sockets is woken unless it waits for what this connection needs now."""
        channel: Channel = self.serving.channel
        channel.stuck = channel.stuck or bool(channel.total_outbufs_len or channel.will_close)
        if not self.sockets.is_waited_for(channel._fileno, channel):
            self.sockets.changed(channel._fileno)
            super().pull_trigger()

    def readable(self) -> bool:
        """Make room, then look whether anybody may come."""
        if len(self.sockets) > self.adj.connection_limit - SPARE:
            self._make_room()
        return bool(super().readable())

    def maintenance(self, now: int) -> None:
        """Close connections on which nothing happens, or a request is on its way for too long."""
        super().maintenance(now)
        for channel in self._channels():
            if channel.waits and channel.request is not None and now - channel.begun > self.patience:
                channel.will_close = True
            if channel.will_close:
                self.sockets.changed(channel._fileno)

    def _channels(self) -> list[Channel]:
        return list(cast(dict[int, Channel], self.active_channels).values())

    def _make_room(self) -> None:
        waiting = sorted((one for one in self._channels() if one.waits), key=lambda one: one.since)
        for channel in waiting[: 2 * SPARE]:
            channel.will_close = True
            self.sockets.changed(channel._fileno)


def make_server(
    app: Any,
    listening: socket.socket,
    *,
    threads: int,
    body_limit: int,
    behind_proxy: bool = False,
    patience: float = PATIENCE,
    cleanup_interval: int = 10,
) -> Server:
    """The server on a socket that listens already.

    It refuses a huge body itself, far above the hub's own limit, which is logged. What a proxy says of a
    sender (``X-Forwarded-…``) reaches the application only where there is one.
    """
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # else it warns of each request that waits
    sockinfo = (listening.family, listening.type, listening.proto, listening.getsockname())
    adjustments = Adjustments(
        sockets=[listening],
        threads=threads,
        connection_limit=CONNECTIONS,
        cleanup_interval=cleanup_interval,
        channel_request_lookahead=1,
        max_request_header_size=HEADER_BYTES,
        max_request_body_size=max(16 * 1024 * 1024, 2 * body_limit),
        clear_untrusted_proxy_headers=not behind_proxy,
        ident="hub",
    )
    server = Server(app, _sock=listening, adj=adjustments, sockinfo=sockinfo, bind_socket=False)
    server.patience = patience
    return server


def raise_file_limit() -> None:
    """Let this process have the files that it needs, if the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
