"""A process kills itself at every numbered point, one after the other in an order that the seed
decides, while senders go on; then all processes together at instants that nobody chose.
"""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.faults.crashes.office import Office
from tests.faults.crashes.points import POINTS, Kill, Point, Process
from tests.faults.crashes.traffic import UnderWay
from tests.faults.crashes.trial import BATCH_SECONDS, Account, Trial

PATIENCE = 6
"""Batches of traffic after which a point must have been passed."""


def schedule(dice: random.Random, rounds: int, points: Sequence[Point] = POINTS) -> list[list[Kill]]:
    """For each round every point once, in any order, each at one of its passages."""
    return [
        [Kill(point, dice.randint(1, point.surely)) for point in dice.sample(points, len(points))]
        for _ in range(rounds)
    ]


@dataclass
class Lane:
    """The deaths of one process after the other. Where server and worker are two, both die at the same
    time now and then."""

    made: Office
    process: Process
    left: list[Kill]
    now: Kill | None = None
    batches: int = 0

    def go_on(self) -> None:
        """Start the next one that is to die, or one that stays."""
        self.now, self.batches = (self.left.pop(0) if self.left else None), 0
        self.made.start(self.process, self.now)

    def look(self) -> bool:
        """Start another one if it died. Gives whether it did. Raises AssertionError if that was not at
        its point."""
        program = self.made.programs[self.process]
        if program.process.is_alive():
            return False
        expected = self.now and f"{self.now.point.number}:{self.now.passage}"
        if expected is None or program.killed_at != expected:
            raise AssertionError(f"the {self.process} ended by itself, not at {self.now}\n{self.made.said()}")
        self.go_on()
        return True

    def batch_sent(self) -> None:
        """Traffic went by. Raises AssertionError if it was too much."""
        self.batches += 1
        if self.now and self.batches > PATIENCE:
            raise AssertionError(f"it did not die: {self.now}\n{self.made.said()}")


def at_points(trial: Trial, *, rounds: int = 2, points: Sequence[Point] = POINTS) -> Account:
    """SIGKILL at each point in each round."""
    kills = 0
    with trial.office() as made:
        for one_round in schedule(trial.dice, rounds, points):
            made.end_all()
            lanes = _lanes(made, one_round)
            while any(lane.now for lane in lanes):
                kills += _watch(trial, lanes, trial.begin(made))
            trial.settle(made)
        return trial.account(made, rounds=rounds, kills=kills)


def _lanes(made: Office, kills: Sequence[Kill]) -> list[Lane]:
    """One for each process, its first start made."""
    names: list[Process] = ["server"] if made.on_sqlite else ["server", "worker"]
    lanes = [
        Lane(made, name, [kill for kill in kills if made.process_of(kill.point.process) == name])
        for name in names
    ]
    for lane in lanes:
        lane.go_on()
    return lanes


def _watch(trial: Trial, lanes: Sequence[Lane], under_way: UnderWay) -> int:
    """See to the lanes until a batch is sent. Gives how many deaths there were."""
    deaths, until = 0, time.monotonic() + trial.left(BATCH_SECONDS)
    while not under_way.done:
        deaths += sum(lane.look() for lane in lanes)
        if time.monotonic() > until:
            raise TimeoutError(f"senders are still trying\n{lanes[0].made.said()}")
        time.sleep(0.02)
    for lane in lanes:
        lane.batch_sent()
    return deaths


def at_any_instant(trial: Trial, *, rounds: int = 6) -> Account:
    """SIGKILL to server and worker together, in the middle of a batch."""
    kills = 0
    with trial.office() as made:
        made.start_all()
        for _ in range(rounds):
            made.await_that(made.serves, "server", trial.left(60))
            answers = len(made.senders.answers) + trial.dice.randint(1, 30)
            under_way = trial.begin(made, 24)
            while not under_way.done and len(made.senders.answers) < answers:
                time.sleep(0.001)
            kills += len(made.programs)
            made.kill_all()
            made.start_all()
            trial.wait(made, under_way)
        trial.settle(made)
        return trial.account(made, rounds=rounds, kills=kills)
