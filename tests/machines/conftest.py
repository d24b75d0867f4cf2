"""What tests of whole installations share."""

import importlib.util
import logging
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import structlog

HERE = Path(__file__).parent


def load(path: Path) -> ModuleType:
    """A module of the tests, by its file."""
    known = sys.modules.get(f"machines_{path.stem}")
    if known is not None:
        return known
    spec = importlib.util.spec_from_file_location(f"machines_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def load_module() -> Callable[[str], ModuleType]:
    """A module beside this file, by its name without ``.py``."""
    return lambda name: load((HERE / f"{name}.py").resolve())


@pytest.fixture(scope="session")
def driving() -> ModuleType:
    """``driving.py``."""
    return load(HERE / "driving.py")


@pytest.fixture
def receiver() -> Iterator[Any]:
    """Takes webhooks."""
    with load(HERE.parent / "deliveries" / "receiving.py").receiving() as found:
        yield found


@pytest.fixture
def house(driving: ModuleType, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Makes installations: ``house(url)``; what runs in them is ended with the test."""
    made: list[Any] = []

    def make(url: str, **environment: str) -> Any:
        settings = {
            "HUB_DATABASE_URL": url,
            "HUB_VAR_DIR": str(tmp_path / "var"),
            "HUB_ALLOWED_TARGETS": "127.0.0.0/8",
            "HUB_WORKER_LEASE": "3",
            **environment,
        }
        made.append(driving.House(settings))
        return made[-1]

    yield make
    for one in made:
        one.end(signal.SIGKILL)


@pytest.fixture
def serving(listening: Any) -> Callable[[Any], Any]:
    """Serves an installation in this process: ``with serving(house) as address:``."""

    @contextmanager
    def serve(one: Any) -> Iterator[tuple[str, int]]:
        app = one.app()
        try:
            with listening(app) as port:
                yield "127.0.0.1", port
        finally:
            app.extensions["hub"].database.close()

    return serve


@pytest.fixture(autouse=True)
def _usual_logs(driving: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Commands in this process leave the logs alone; the real set-up keeps its standard error for good. And
    servers in this process write none into what a command prints."""
    monkeypatch.setattr(driving.COMMANDS, "set_up_logs", lambda *_: None)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.fixture
def free_port() -> Callable[[], tuple[str, int]]:
    """An address on which nothing listens."""

    def find() -> tuple[str, int]:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return "127.0.0.1", probe.getsockname()[1]

    return find
