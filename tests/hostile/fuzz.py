"""The coverage-guided fuzzer (atheris) on every target: ``make fuzz``, or for one target
``python -m tests.hostile.fuzz --seconds 300 source-stripe``.

What it finds is left in ``var/fuzz/found``; mended, it goes to ``tests/hostile/corpus/<target>/`` and every
``make test`` tries it from then on.
"""

import argparse
import copy
import random
import re
import subprocess
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from hashlib import sha256
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import atheris

SOURCES = ["hub.contract", "hub.support", "hub.pipeline.judging"]
"""What is watched for new paths, beside the plugins."""

PLUGINS = [one.value.partition(":")[0] for one in entry_points(group="hub.plugins")]

with atheris.instrument_imports(include=[*SOURCES, *PLUGINS]) if "--alone" in sys.argv else nullcontext():
    from hub.testing.mutating import JUNK, places, tree_of
    from hub.testing.mutating import written as json_of

    from .targets import Target, targets

FOLDER = Path(__file__).parents[2] / "var" / "fuzz"
CORPUS = Path(__file__).parent / "corpus"
LIMITS = ("-max_len=8192", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1", "-verbosity=0")
EXECUTED = re.compile(r"stat::number_of_executed_units: (\d+)")
COVERED = re.compile(r"cov: (\d+)")


def main() -> int:
    """Fuzz each target for its share of the time; fails if anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=600, help="for all targets together")
    parser.add_argument("--alone", action="store_true", help="in this process; used by itself")
    parser.add_argument("targets", nargs="*", help="names, or beginnings of names")
    asked = parser.parse_args()
    wanted = tuple(asked.targets) or ("",)
    chosen = [target for name, target in targets().items() if name.startswith(wanted)]
    if asked.alone:
        (one,) = [target for target in chosen if target.name == asked.targets[0]]
        fuzz(one, asked.seconds)
    share = max(asked.seconds // max(len(chosen), 1), 1)
    print(f"{len(chosen)} targets, {share} s each")
    found = sum([report(target, share) for target in chosen])
    print(f"{found} findings" + (f", in {FOLDER / 'found'}" if found else ""))
    return 1 if found else 0


def report(target: Target, share: int) -> int:
    """Run it in a process of its own and print a line; how many findings there were."""
    command = [sys.executable, "-m", "tests.hostile.fuzz", "--alone", "--seconds", str(share), target.name]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    executed = EXECUTED.search(done.stderr)
    if done.returncode == 0 and executed:
        print(f"{target.name:32} {int(executed[1]):>9} executions", flush=True)
        return 0
    print(f"{target.name:32} FOUND:\n{done.stdout[-3000:]}{done.stderr[-3000:]}", flush=True)
    return 1


def fuzz(target: Target, seconds: int) -> None:
    """Hand the process over to the fuzzer; it ends it."""
    seeds, grown, found = (FOLDER / part / target.name for part in ("seeds", "grown", "found"))
    for folder in (seeds, grown, found):
        folder.mkdir(parents=True, exist_ok=True)
    for seed in target.seeds:
        (seeds / sha256(seed).hexdigest()[:16]).write_bytes(seed)
    known = [str(folder) for folder in (CORPUS / target.name,) if folder.is_dir()]
    options = [*LIMITS, f"-max_total_time={seconds}", f"-artifact_prefix={found}/"]
    atheris.Setup([sys.argv[0], *options, str(grown), str(seeds), *known], target.run, custom_mutator=mutated)
    atheris.Fuzz()


def mutated(data: bytes, most: int, seed: int) -> bytes:
    """Other bytes, or every second time another value somewhere in the JSON that stands in the body."""
    chance = random.Random(seed)
    head, gap, body = data.partition(b"\n\n")
    tree = tree_of(body if gap else data) if chance.random() < 0.5 else None
    if tree is None or not (inside := places(tree)):
        made: bytes = atheris.Mutate(data, most)
        return made
    changed = json_of(_changed(tree, inside, chance))
    return (head + gap + changed if gap else changed)[:most]


def _changed(tree: Any, inside: Sequence[tuple[Any, ...]], chance: random.Random) -> Any:
    *above, last = chance.choice(inside)
    owner = tree
    for key in above:
        owner = owner[key]
    value, how = owner[last], chance.randrange(4)
    if how == 0:
        del owner[last]
    elif how == 1 or not isinstance(value, str):
        owner[last] = copy.deepcopy(chance.choice(JUNK))
    elif how == 2:
        *around, name = chance.choice(inside)
        owner[last] = copy.deepcopy(_at(tree, (*around, name)))
    else:
        owner[last] = atheris.Mutate(value.encode("utf-8", "replace"), 200).decode("utf-8", "replace")
    return tree


def _at(tree: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        tree = tree[key]
    return tree


if __name__ == "__main__":
    sys.exit(main())
