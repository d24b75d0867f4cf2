import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

GOOD = Path(__file__).parent / "good"


@pytest.fixture
def good(tmp_path: Path) -> Iterator[Path]:
    """The folder of a plugin without a fault, to plant one in it."""
    yield shutil.copytree(GOOD, tmp_path / "planted", ignore=shutil.ignore_patterns("__pycache__"))
    for name in [name for name in sys.modules if name.partition(".")[0] == "hub_planted"]:
        del sys.modules[name]


@pytest.fixture
def plant(good: Path) -> Callable[..., Path]:
    """Changes a file of the plugin: ``plant("README.md", "## Remove", "## Away")``. Without an old text the
    file is written anew; ``None`` takes it away."""

    def change(file: str, old: str, new: str | None) -> Path:
        path = good / file
        if new is None:
            path.unlink()
        elif old:
            text = path.read_text("utf-8")
            assert old in text, f"{file} holds no {old!r}"
            path.write_text(text.replace(old, new), "utf-8")
        else:
            path.write_text(new, "utf-8")
        return good

    return change
