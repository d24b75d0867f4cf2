"""A server process for the tests of concurrency: prints its port, and serves until its standard
input ends. Its settings come from the environment."""

import sys
import threading

from waitress.server import create_server

from hub.app import create_app

app = create_app()
server = create_server(app, host="127.0.0.1", port=0, threads=16, asyncore_loop_timeout=0.05)
threading.Thread(target=server.run, daemon=True).start()
print(server.effective_port, flush=True)  # noqa: T201 - the tests read it
sys.stdin.read()
