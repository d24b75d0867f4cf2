"""Machines made of network namespaces: each with an address of its own on a bridge, and a PostgreSQL that
listens there. Needs root and Linux."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

NUMBER = os.getpid() % 200
NETWORK = f"10.77.{NUMBER}"
GATEWAY = f"{NETWORK}.1"
PORT = 8080


@dataclass(frozen=True)
class Machine:
    """A namespace, its address, and the end of its cable at the bridge."""

    name: str
    address: str
    cable: str

    @property
    def prefix(self) -> list[str]:
        """What runs a command there."""
        return ["ip", "netns", "exec", self.name]

    def pull_the_cable(self) -> None:
        run("ip", "link", "set", self.cable, "down")

    def plug_it_in(self) -> None:
        run("ip", "link", "set", self.cable, "up")


def run(*words: str) -> str:
    """Standard output of a program that must succeed."""
    ran = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    if ran.returncode:
        raise RuntimeError(f"{' '.join(words)}: {ran.stderr.strip()}")
    return ran.stdout


def objection() -> str | None:
    """Why there can be no machines here; ``None`` if there can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if missing := [name for name in ("ip", "runuser") if shutil.which(name) is None]:
        return f"{', '.join(missing)} is not installed"
    if _programs() is None:
        return "PostgreSQL is not installed"
    try:
        with machines("probe"):
            return None
    except RuntimeError as error:
        return f"network namespaces are not allowed here: {error}"


@contextmanager
def machines(*names: str) -> Iterator[list[Machine]]:
    """These machines on a bridge, until the end."""
    bridge = f"hubbr{NUMBER}"
    with ExitStack() as undo:
        run("ip", "link", "add", bridge, "type", "bridge")
        undo.callback(run, "ip", "link", "del", bridge)
        run("ip", "addr", "add", f"{GATEWAY}/24", "dev", bridge)
        run("ip", "link", "set", bridge, "up")
        yield [undo.enter_context(_machine(name, number, bridge)) for number, name in enumerate(names, 2)]


@contextmanager
def _machine(name: str, number: int, bridge: str) -> Iterator[Machine]:
    made = Machine(f"hub-{NUMBER}-{name}", f"{NETWORK}.{number}", f"hubv{NUMBER}-{number}")
    inside = ("ip", "-n", made.name)
    run("ip", "netns", "add", made.name)
    try:
        run("ip", "link", "add", made.cable, "type", "veth", "peer", "name", "eth0", "netns", made.name)
        run("ip", "link", "set", made.cable, "master", bridge)
        run(*inside, "addr", "add", f"{made.address}/24", "dev", "eth0")
        for link in ("lo", "eth0"):
            run(*inside, "link", "set", link, "up")
        made.plug_it_in()
        yield made
    finally:
        run("ip", "netns", "del", made.name)  # and with it the cable


@contextmanager
def postgresql(port: int = 5432) -> Iterator[str]:
    """The address of an empty database on a server that listens on the bridge."""
    found = _programs()
    assert found is not None
    initdb, control = found
    folder = Path(tempfile.mkdtemp(prefix="hub-machines-"))
    shutil.chown(folder, "postgres")
    data = folder / "data"
    as_owner = ("runuser", "-u", "postgres", "--", "env", "LC_ALL=C")
    options = (
        f"-c listen_addresses={GATEWAY} -c port={port} -c unix_socket_directories='' -c max_connections=200"
    )
    try:
        run(
            *as_owner,
            str(initdb),
            "-D",
            str(data),
            "--username=hub",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-locale",
        )
        with (data / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {NETWORK}.0/24 trust\n")
        log = str(folder / "log")
        subprocess.run(
            [*as_owner, str(control), "-D", str(data), "-w", "-l", log, "-o", options, "start"],
            check=True, timeout=60, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            yield f"postgresql+psycopg://hub@{GATEWAY}:{port}/postgres"
        finally:
            run(*as_owner, str(control), "-D", str(data), "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


def _programs() -> tuple[Path, Path] | None:
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder / "initdb", folder / "pg_ctl"
    return None
