"""How both yardsticks are served: by waitress, with the parameters of ``hub serve``, by one process or by
several on one socket.
"""

import argparse
import os
import signal
import socket
import sys
from collections.abc import Callable

import waitress
from flask import Flask

BACKLOG = 1024


def serve(make_app: Callable[[str, str], Flask]) -> None:
    """Serve until SIGTERM. ``make_app`` gets the database's address and the secret; it is called once before
    there are further processes, so that the tables are there, and then in each of them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args()
    url, secret = os.environ["YARDSTICK_DATABASE_URL"], os.environ["YARDSTICK_SECRET"]
    app = make_app(url, secret)
    listening = socket.create_server(("127.0.0.1", options.port), backlog=BACKLOG)
    if options.processes == 1:
        _serve(app, listening)
        return
    children = [_fork(make_app, url, secret, listening) for _ in range(options.processes)]
    signal.signal(signal.SIGTERM, lambda *_: _end(children))
    os.waitpid(children[0], 0)  # one that ends is a failure, unless all were told to
    _end(children)


def _serve(app: Flask, listening: socket.socket) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    waitress.serve(app, sockets=[listening], threads=64, connection_limit=1000, channel_request_lookahead=1)


def _fork(make_app: Callable[[str, str], Flask], url: str, secret: str, listening: socket.socket) -> int:
    """A process of its own, with connections to the database of its own. Gives its id."""
    child = os.fork()
    if child == 0:
        _serve(make_app(url, secret), listening)
        os._exit(0)
    return child


def _end(children: list[int]) -> None:
    for child in children:
        os.kill(child, signal.SIGTERM)
    sys.exit(0)
