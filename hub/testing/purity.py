"""Watches a call: does it read a clock, the environment or a file, ask for chance, or open a socket?

An audit hook hears of sockets, files, databases and processes; a profiler of calls that have no audit event,
clocks above all. Both listen to the watching thread alone.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

CLOCKS = {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "localtime"}
CLOCK_METHODS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today"}
AUDITED = ("socket.", "subprocess.", "os.system", "os.putenv", "sqlite3.connect", "urllib.", "time.sleep")
ENVIRONMENT = type(os.environ).__getitem__.__code__

_local = threading.local()


class Seen:
    """What a watched call did that it must not do, each once: what, and in which line."""

    def __init__(self, package: Path) -> None:
        self._package = str(package)
        self.acts: dict[str, str] = {}

    def note(self, what: str, frame: FrameType | None) -> None:
        """Keep it, with the plugin's own line if there is one."""
        own = frame
        while own is not None and not own.f_code.co_filename.startswith(self._package):
            own = own.f_back
        at = own or frame
        line = f"{Path(at.f_code.co_filename).name}:{at.f_lineno}" if at else "unknown"
        self.acts.setdefault(what, line)


@contextmanager
def watched(package: Path) -> Iterator[Seen]:
    """What happens in this thread meanwhile; ``package`` is where the plugin's own lines are."""
    _hook()
    seen = Seen(package)
    before = sys.getprofile()
    _local.seen = seen
    sys.setprofile(_profile(seen))
    try:
        yield seen
    finally:
        sys.setprofile(before)
        _local.seen = None


def _profile(seen: Seen) -> Callable[[FrameType, str, Any], None]:
    def listen(frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call":
            if what := _forbidden(called):
                seen.note(what, frame)
        elif event == "call" and frame.f_code is ENVIRONMENT:
            seen.note("reads the environment", frame)

    return listen


def _forbidden(called: Any) -> str | None:
    name = getattr(called, "__qualname__", "")
    module = getattr(called, "__module__", None)
    if (module == "time" and name in CLOCKS) or name in CLOCK_METHODS:
        return f"reads the clock ({name})"
    if name in {"urandom", "getrandom"} or name.startswith("Random."):
        return f"asks for chance ({name})"
    return None


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    seen: Seen | None = getattr(_local, "seen", None)
    if seen is None:
        return
    if event.startswith(AUDITED):
        seen.note(f"does {event}", sys._getframe(1))
    elif event == "open" and not str(arguments[0]).endswith((".py", ".pyc")):
        seen.note(f"opens the file {Path(str(arguments[0])).name}", sys._getframe(1))


_installed = threading.Event()


def _hook() -> None:
    """An audit hook stays as long as the process: it is set once, when it is first needed."""
    if not _installed.is_set():
        _installed.set()
        sys.addaudithook(_audit)
