"""docs/writing-an-adapter.md is executed, from top to bottom, in a folder and an environment of its own.

A block's info string says what becomes of it: ``sh run`` is run, ``sh serve`` is run beside the others
and ended with them, ``<language> file=<path>`` is written into that file, and ``output`` must be in what
the block before it printed, with ``…`` for anything. There are no others.
"""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "docs" / "writing-an-adapter.md"

BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
FILE = re.compile(r"\w+ file=(\S+)")
SECONDS = 300
OURS = ("hub_", "integration_hub", "__editable__")
"""What the installed packages of this repository are called. The tutorial's reader has none of them."""


@dataclass(frozen=True)
class Block:
    """A block of the page, by its number."""

    number: int
    tag: str
    text: str

    def script(self, port: int) -> str:
        """What a shell does with it; what it prints goes into the file ``<number>.out``."""
        text = self.text.replace("127.0.0.1:8080", f"127.0.0.1:{port}")
        out = f'"$OUT/{self.number}.out"'
        if self.tag == "sh run":
            return f"{{\n{text}}} >{out} 2>&1\n"
        if self.tag == "sh serve":  # it says its address once it listens
            listening = f"""timeout 120 grep -q -m1 '"url"' <(tail -n +1 -f --pid=$! {out})"""
            return f": >{out}\n{text.strip()} --port {port} >>{out} 2>&1 &\n{listening}\n"
        if found := FILE.fullmatch(self.tag):
            path = shlex.quote(found[1])
            return f"mkdir -p \"$(dirname {path})\"\ncat >{path} <<'END-OF-BLOCK'\n{text}END-OF-BLOCK\n"
        assert self.tag == "output", f"block {self.number} is neither run nor written: {self.tag!r}"
        return ""


def blocks() -> list[Block]:
    found = BLOCK.findall(TUTORIAL.read_text("utf-8"))
    return [Block(number, tag, text) for number, (tag, text) in enumerate(found)]


def promised(text: str) -> Iterator[re.Pattern[str]]:
    """A pattern for each line of an ``output`` block; spaces may be of any width."""
    for line in text.splitlines():
        parts = [r"\s+".join(map(re.escape, part.split())) for part in line.split("…")]
        yield re.compile(r"[^\n]*".join(parts))


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """A folder with the hub's wheel, as it would be published."""
    source = tmp_path / "source"
    shutil.copytree(ROOT / "hub", source / "hub", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE", "pytest_hub.py"):
        shutil.copy(ROOT / name, source)
    wheel = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-build-isolation",
        "--no-deps",
        "--no-index",
    ]
    subprocess.run([*wheel, "-w", tmp_path / "packages", source], check=True, timeout=SECONDS)
    return tmp_path / "packages"


@pytest.fixture
def libraries(tmp_path: Path) -> Path:
    """A folder with the libraries that are installed here, and none of our own packages."""
    folder = tmp_path / "libraries"
    folder.mkdir()
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if not path.name.startswith(OURS) and path.suffix != ".pth":
            (folder / path.name).symlink_to(path)
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def require_programs() -> None:
    """Skip where a program is missing; CI has them all."""
    missing = [name for name in ("bash", "curl", "openssl", "perl") if shutil.which(name) is None]
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"CI needs {', '.join(missing)} for the tutorial")
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed: the tutorial is not executed")


def test_the_tutorial_leads_to_a_record(tmp_path: Path, packages: Path, libraries: Path) -> None:
    require_programs()
    home, out, port = tmp_path / "home", tmp_path / "out", free_port()
    home.mkdir()
    out.mkdir()
    told = blocks()
    lines = ["set -euo pipefail", "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT"]
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "OUT": str(out),
        "HUB_BASE_URL": f"http://127.0.0.1:{port}",
        # Without a network: the hub comes as its wheel, what it needs is there already.
        "PYTHONPATH": str(libraries),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(packages),
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip reads it as the option's opposite
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }

    ran = subprocess.run(
        ["bash", "-c", "\n".join([*lines, *(block.script(port) for block in told)])],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )

    printed = {int(path.stem): path.read_text("utf-8") for path in out.iterdir()}
    last = max(printed, default=0)
    assert ran.returncode == 0, f"{told[last].text}\n{printed.get(last)}\n{ran.stderr}"
    for block in told:
        if block.tag == "output":
            for pattern in promised(block.text):
                assert pattern.search(printed[block.number - 1]), printed[block.number - 1]


def test_its_mapper_has_less_than_40_lines() -> None:
    (mapper,) = (block.text for block in blocks() if block.tag.endswith("mapper.py"))

    assert len(mapper.splitlines()) < 40
