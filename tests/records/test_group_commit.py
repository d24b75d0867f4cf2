"""Writers on SQLite share a commit, and each is answered for by itself."""

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.records.database import Database, DatabaseUnavailable

WRITERS = 16
ROUNDS = 25


class Book:
    """A SQLite file with one table, and how often something was committed to it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with sqlite3.connect(path) as made:
            made.execute("PRAGMA journal_mode=WAL")
            made.execute("CREATE TABLE entries (text TEXT PRIMARY KEY)")
        self.database = Database(f"sqlite:///{path}")
        self.commits = 0
        self.failing: BaseException | None = None
        sa.event.listen(self.database.engine, "commit", self._commit)

    def enter(self, text: str) -> None:
        with self.database.write() as unit:
            unit.execute(sa.text("INSERT INTO entries VALUES (:text)"), {"text": text})
            if "wrong" in text:
                raise ValueError(text)

    def entries(self) -> set[str]:
        """What somebody else sees, who opens the file now."""
        other = sqlite3.connect(self.path)
        try:
            return {text for (text,) in other.execute("SELECT text FROM entries")}
        finally:
            other.close()

    def _commit(self, _connection: sa.Connection) -> None:
        self.commits += 1
        if self.failing:
            raise self.failing


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    book = Book(tmp_path / "book.db")
    yield book
    book.database.close()


def at_once(book: Book, texts: list[list[str]]) -> list[tuple[str, Exception | None, bool]]:
    """Enter each list in a thread of its own: for each text what was raised, and whether somebody else
    saw it at once."""
    begin = threading.Barrier(len(texts))

    def work(mine: list[str]) -> list[tuple[str, Exception | None, bool]]:
        begin.wait()
        done: list[tuple[str, Exception | None, bool]] = []
        for text in mine:
            try:
                book.enter(text)
                done.append((text, None, text in book.entries()))
            except Exception as error:
                done.append((text, error, text in book.entries()))
        return done

    with ThreadPoolExecutor(len(texts)) as threads:
        return [each for done in threads.map(work, texts) for each in done]


def test_a_writer_goes_on_only_when_its_changes_are_durable_and_shares_the_commit(book: Book) -> None:
    texts = [[f"{writer}-{number}" for number in range(ROUNDS)] for writer in range(WRITERS)]
    done = at_once(book, texts)
    assert [each for each in done if each[1] is not None or not each[2]] == []
    assert len(book.entries()) == WRITERS * ROUNDS
    assert book.commits < WRITERS * ROUNDS / 2


def test_a_writer_alone_commits_at_once(book: Book) -> None:
    for text in ("a", "b", "c"):
        book.enter(text)
    assert book.entries() == {"a", "b", "c"}
    assert book.commits == 3


def test_who_fails_takes_back_its_own_changes_and_nobody_else_s(book: Book) -> None:
    texts = [
        [f"{writer}-{number}{'-wrong' if (writer + number) % 3 == 0 else ''}" for number in range(ROUNDS)]
        for writer in range(WRITERS)
    ]
    done = at_once(book, texts)
    assert {text for text, error, _ in done if isinstance(error, ValueError)} == {
        text for mine in texts for text in mine if "wrong" in text
    }
    assert book.entries() == {text for mine in texts for text in mine if "wrong" not in text}


def test_a_commit_that_fails_fails_for_all_who_share_it_and_the_next_one_starts_afresh(book: Book) -> None:
    book.failing = sa.exc.OperationalError("COMMIT", None, sqlite3.OperationalError("disk I/O error"))
    done = at_once(book, [[f"{writer}-lost"] for writer in range(WRITERS)])
    assert all(isinstance(error, DatabaseUnavailable) for _, error, _ in done)
    assert book.entries() == set()
    book.failing = None
    book.enter("kept")
    assert book.entries() == {"kept"}


def test_who_is_ended_while_committing_ends_and_leaves_the_turn(book: Book) -> None:
    book.failing = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        book.enter("lost")
    book.failing = None
    book.enter("kept")
    assert book.entries() == {"kept"}


def test_a_transaction_that_sqlite_gave_up_is_lost_for_all_and_nothing_of_it_is_kept(book: Book) -> None:
    def give_up() -> None:
        with book.database.write() as unit:
            unit.execute(sa.text("INSERT INTO entries VALUES ('given up')"))
            unit.execute(sa.text("ROLLBACK"))  # as SQLite does itself when the disk fails

    for _ in range(3):
        with pytest.raises(DatabaseUnavailable):
            give_up()
    book.enter("kept")
    assert book.entries() == {"kept"}
