"""``python -m bench.profile``: sends sales through the hub's WSGI application in this process,
without a server, under cProfile, and prints where the time goes.
"""

import argparse
import cProfile
import os
import pstats
import tempfile
import time
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

from werkzeug.test import EnvironBuilder, run_wsgi_app

from bench import payloads
from bench.databases import databases
from bench.effects import connect_effects
from bench.places import Place, set_up_hub

WARM_UP = 50


def main() -> None:
    """Set a hub up in a temporary folder and profile it."""
    parser = argparse.ArgumentParser(prog="python -m bench.profile", description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--effects", action="store_true", help="with commissions and notifications")
    parser.add_argument("--sort", choices=("tottime", "cumulative"), default="tottime")
    parser.add_argument("--top", type=int, default=40, help="how many functions are printed")
    parser.add_argument("--output", type=Path, help="keep the profile for another viewer")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with databases(options.database, folder) as made:
            hub = set_up_hub(Place(made, folder, print), "profile")
            if options.effects:
                connect_effects(hub)
            os.environ.update(hub.environment)
            with open(os.devnull, "w") as nowhere, redirect_stderr(nowhere):  # the log lines
                profile = _profile(options.requests, hub.secret)
    if options.output:
        profile.dump_stats(options.output)
    pstats.Stats(profile).strip_dirs().sort_stats(options.sort).print_stats(options.top)


def _profile(count: int, secret: str) -> cProfile.Profile:
    from hub.app import EXTENSION, create_app  # it reads the environment
    from hub.cli.logs import set_up_logs

    set_up_logs("info", "json")  # as `hub serve` does: the lines cost time, too
    app = create_app()
    environs = [_environ(request) for request in payloads.prepare(count + WARM_UP, 80, secret)]
    for environ in environs[:WARM_UP]:
        _call(app, environ)
    profile, started = cProfile.Profile(), time.process_time()
    with profile:
        for environ in environs[WARM_UP:]:
            _call(app, environ)
    print(f"{(time.process_time() - started) / count * 1000:.3f} ms of CPU per request, under the profiler")
    app.extensions[EXTENSION].database.close()
    return profile


def _environ(request: payloads.Prepared) -> dict[str, Any]:
    builder = EnvironBuilder(
        path=request.path, method="POST", headers=list(request.headers.items()), data=request.body
    )
    return builder.get_environ()


def _call(app: Any, environ: dict[str, Any]) -> None:
    body, status, _ = run_wsgi_app(app, environ, buffered=True)
    if not status.startswith("2"):
        raise SystemExit(f"the hub answered {status}: {b''.join(body).decode(errors='replace')}")


if __name__ == "__main__":
    main()
