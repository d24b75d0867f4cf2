"""What a scenario is given and what it gives back: where it happens, its dice, and its account."""

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.crashes import books
from tests.faults.crashes.databases import Database
from tests.faults.crashes.office import Office, office
from tests.faults.crashes.traffic import UnderWay, plan

STORIES = 16
"""Stories in a batch of traffic."""

BATCH_SECONDS = 90.0
SETTLE_SECONDS = 60.0


@dataclass(frozen=True)
class Account:
    """How a scenario went. ``faults`` is empty, or says what is wrong."""

    scenario: str
    database: str
    seed: int
    rounds: int = 0
    kills: int = 0
    sent: int = 0
    accepted: int = 0
    lost: int = 0
    doubled: int = 0
    halved: int = 0
    remark: str = ""
    faults: str = ""

    @property
    def command(self) -> str:
        """What repeats it."""
        options = f"--seed {self.seed} --database {self.database} --scenario {self.scenario}"
        return f"make faults FAULTS_ARGS='{options}'"


@dataclass
class Trial:
    """One scenario on one database. The seed decides all that ``dice`` and ``batch`` give."""

    scenario: str
    database: Database
    seed: int
    deadline: float
    dice: random.Random = field(init=False)
    batches: int = 0

    def __post_init__(self) -> None:
        self.dice = random.Random(self._name)

    @property
    def _name(self) -> str:
        return f"{self.seed}/{self.scenario}/{self.database.kind}"

    @contextmanager
    def office(self, **options: Any) -> Iterator[Office]:
        """A hub of its own on an empty database."""
        with (
            tempfile.TemporaryDirectory() as folder,
            self.database.empty(Path(folder)) as url,
            office(url, Path(folder), **options) as made,
        ):
            yield made

    def begin(self, made: Office, stories: int = STORIES) -> UnderWay:
        """Let the senders begin with the next batch."""
        self.batches += 1
        return made.senders.begin(plan(self._name, f"b{self.batches}", stories))

    def wait(self, made: Office, under_way: UnderWay) -> None:
        """Wait until a batch is sent."""
        made.await_that(lambda: under_way.done, "end of the batch", self.left(BATCH_SECONDS))

    def left(self, most: float) -> float:
        """Seconds, so many at most, before all has to be over. Raises TimeoutError if it is."""
        seconds = self.deadline - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("the time that all scenarios have together is over")
        return min(most, seconds)

    def settle(self, made: Office) -> None:
        """Wait until nothing is left to be done."""
        made.await_that(lambda: books.open_work(made.database_url) == 0, "rest", self.left(SETTLE_SECONDS))

    def account(self, made: Office, *, rounds: int, kills: int, remark: str = "") -> Account:
        """The books, with the hub at rest."""
        senders = made.senders
        faults = books.check(made.database_url, senders.sent, senders.answers, made.receiver.requests)
        return Account(
            self.scenario,
            self.database.kind,
            self.seed,
            rounds=rounds,
            kills=kills,
            sent=len(senders.sent),
            accepted=len({answer.message for answer in senders.answers if answer.accepted}),
            lost=len(faults.lost),
            doubled=len(faults.doubled),
            halved=len(faults.halved),
            remark=remark,
            faults=str(faults),
        )

    def failed(self, error: Exception) -> Account:
        """For one that could not even come to its end."""
        return Account(
            self.scenario, self.database.kind, self.seed, faults=f"{type(error).__name__}: {error}"
        )


Scenario = Callable[[Trial], Account]
