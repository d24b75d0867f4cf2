"""A process keeps to one core, and leaves it to others who want it more."""

import os
import sys
from pathlib import Path

import pytest

from hub.cli import cores
from hub.cli.cores import Keeper, Reading, choose, first_core, others, read

STAT = """cpu  300 0 100 1600 40 0 10 2 0 0
cpu0 100 10 50 800 20 1 4 5 0 0
cpu1 200 0 50 800 20 0 6 2 0 0
intr 12345 0
"""


def test_it_reads_how_busy_each_core_was(tmp_path: Path) -> None:
    (tmp_path / "stat").write_text(STAT)
    tick = os.sysconf("SC_CLK_TCK")
    found = read(tmp_path)
    assert found.busy == {0: 170 / tick, 1: 258 / tick}
    assert found.own > 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc/stat")
def test_it_reads_this_machine_s() -> None:
    assert set(os.sched_getaffinity(0)) <= read().busy.keys()


def test_what_this_process_does_itself_counts_for_nobody_else() -> None:
    before = Reading(at=10.0, busy={0: 5.0, 1: 7.0}, own=1.0)
    after = Reading(at=12.0, busy={0: 6.5, 1: 8.0}, own=2.5)
    assert others(before, after, 0) == {0: 0.0, 1: 0.5}
    assert others(before, after, 1) == {0: 0.75, 1: 0.0}


@pytest.mark.parametrize(
    ("taken", "best"),
    [
        ({0: 0.0, 1: 0.0, 2: 0.0}, 1),  # nobody wants it
        ({0: 0.0, 1: 0.3, 2: 0.0}, 1),  # somebody wants a little
        ({0: 0.4, 1: 0.9, 2: 0.1}, 2),  # the freest one
        ({0: 0.5, 1: 0.9, 2: 0.5}, 1),  # none that is so much better
        ({0: 0.9, 1: 0.9, 2: 0.9}, 1),  # all are taken
    ],
)
def test_it_moves_only_if_that_helps(taken: dict[int, float], best: int) -> None:
    assert choose(1, taken) == best


def test_it_goes_where_nobody_is_and_only_where_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "LOOK", 0)
    readings = [
        Reading(at=0.0, busy={0: 0.0, 1: 0.0, 2: 0.0}, own=0.0),
        Reading(at=0.5, busy={0: 0.5, 1: 0.0, 2: 0.0}, own=0.01),  # it has nothing to do
        Reading(at=0.0, busy={0: 0.0, 1: 0.0, 2: 0.0}, own=0.0),
        Reading(at=1.0, busy={0: 0.9, 1: 0.2, 2: 0.0}, own=0.3),  # others take 0.6 of the first
        Reading(at=5.0, busy={0: 3.0, 1: 3.0, 2: 3.0}, own=3.0),
        Reading(at=6.0, busy={0: 3.9, 1: 3.9, 2: 3.9}, own=3.9),  # it has the second for itself
    ]
    moves: list[int] = []
    keeper = Keeper(0, [0, 1], lambda: readings.pop(0), moves.append)
    keeper.turn()
    assert (keeper.core, moves) == (0, [])
    keeper.turn()
    assert (keeper.core, moves) == (1, [1])  # the third is freer, but not its own to use
    keeper.turn()
    assert (keeper.core, moves) == (1, [1])


def test_processes_of_one_parent_start_on_different_cores() -> None:
    assert sorted(first_core([2, 3, 5], parent=4711, number=number) for number in range(3)) == [2, 3, 5]
    assert first_core([2, 3, 5], parent=4711, number=3) == first_core([2, 3, 5], parent=4711, number=0)
    assert {first_core([2, 3], parent=parent, number=0) for parent in range(10)} == {2, 3}
