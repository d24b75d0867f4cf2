"""PostgreSQL is stopped and started under load, and connections to it end in the middle of what they
carry. The hub's processes stay."""

import time
from collections.abc import Callable

import sqlalchemy as sa

from tests.faults.crashes.databases import Postgres
from tests.faults.crashes.office import Office
from tests.faults.crashes.proxy import proxy
from tests.faults.crashes.trial import Account, Trial

AWAY_SECONDS = 1.0

TIMES = 6
"""How often connections are ended while one batch is under way. Without an end nothing would ever get
through on a slow machine."""

TERMINATE = sa.text(
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND (:all OR state IN ('active', 'idle in transaction'))"
)


def stopped(trial: Trial, *, rounds: int = 3) -> Account:
    """The server is stopped at once, as by a loss of power, and comes back a moment later."""
    assert isinstance(trial.database, Postgres)
    with trial.office() as made:
        _begin(trial, made)
        for _ in range(rounds):
            under_way = trial.begin(made, 24)
            _await_answers(made, trial.dice.randint(1, 20))
            trial.database.halt()
            time.sleep(AWAY_SECONDS)
            trial.database.resume()
            trial.wait(made, under_way)
        trial.settle(made)
        made.require_alive()
        refused = sum(answer.status == 503 for answer in made.senders.answers)
        return trial.account(made, rounds=rounds, kills=rounds, remark=f"{refused} answers were 503")


def terminated(trial: Trial, *, rounds: int = 10) -> Account:
    """``pg_terminate_backend`` for whoever is in a transaction just now, and now and then for all."""
    with trial.office() as made:
        engine = sa.create_engine(made.database_url, poolclass=sa.NullPool)

        def end(number: int) -> int:
            with engine.connect() as connection:
                return connection.scalar(TERMINATE, {"all": number % 5 == 0}) or 0

        return _interrupted(trial, made, rounds, end)


def cut(trial: Trial, *, rounds: int = 10) -> Account:
    """Between the hub and the server stands a proxy that ends all connections at any byte: the hub cannot
    know whether a commit came through."""
    assert isinstance(trial.database, Postgres)
    with proxy(sa.make_url(trial.database.url).port or 5432) as way, trial.office() as made:
        direct = sa.make_url(made.database_url)
        made.environment["HUB_DATABASE_URL"] = direct.set(port=way.port).render_as_string(hide_password=False)
        return _interrupted(trial, made, rounds, lambda _number: way.cut())


def _interrupted(trial: Trial, made: Office, rounds: int, end: Callable[[int], int]) -> Account:
    """Call ``end``, which gives how many connections it ended, some times in each batch."""
    _begin(trial, made)
    ended = 0
    for _ in range(rounds):
        under_way = trial.begin(made, 12)
        for number in range(TIMES):
            time.sleep(trial.dice.uniform(0.02, 0.2))
            ended += end(number)
        trial.wait(made, under_way)
    trial.settle(made)
    made.require_alive()
    return trial.account(made, rounds=rounds, kills=ended)


def _begin(trial: Trial, made: Office) -> None:
    """Both processes have begun to work: one that cannot reach the database when it starts ends at once, for
    whoever started it to see."""
    made.start_all()
    made.await_that(made.serves, "server", trial.left(60))
    trial.wait(made, trial.begin(made, 4))
    trial.settle(made)


def _await_answers(made: Office, number: int) -> None:
    number += len(made.senders.answers)
    made.await_that(lambda: len(made.senders.answers) >= number, "answers", 60)
