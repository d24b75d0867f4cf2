"""Who waits is let in when its turn comes, not when it is quick."""

import ctypes
import threading
import time
from collections.abc import Callable

import pytest

from hub.support.fairness import FairSemaphore


def wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.001)


class Comers:
    """Threads that come one after the other while the first is inside, and note when they were let in."""

    def __init__(self, semaphore: FairSemaphore) -> None:
        self.semaphore = semaphore
        self.came: list[int] = []
        self.let_in: list[int] = []
        self.threads: list[threading.Thread] = []

    def come(self, number: int) -> None:
        def enter() -> None:
            self.came.append(number)
            with self.semaphore:
                self.let_in.append(number)

        thread = threading.Thread(target=enter, daemon=True)
        thread.start()
        self.threads.append(thread)
        wait_until(lambda: len(self.semaphore._waiting) == len(self.threads))

    def leave(self) -> None:
        for thread in self.threads:
            thread.join(10)


def test_first_come_first_served() -> None:
    comers = Comers(FairSemaphore())
    with comers.semaphore:
        assert not comers.semaphore.awaited
        for number in range(20):
            comers.come(number)
        assert comers.semaphore.awaited
        assert comers.let_in == []
    comers.leave()
    assert comers.let_in == list(range(20))
    assert not comers.semaphore.awaited


@pytest.mark.parametrize("most", [1, 3])
def test_never_more_than_so_many_are_inside(most: int) -> None:
    semaphore, inside, seen = FairSemaphore(most), [0], []
    counting = threading.Lock()

    def change(by: int) -> None:
        with counting:
            inside[0] += by
            seen.append(inside[0])

    def work() -> None:
        for _ in range(200):
            with semaphore:
                change(1)
                time.sleep(0)
                change(-1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert max(seen) == most
    assert seen[-1] == 0


class _EndedError(Exception):
    pass


def test_who_gives_up_while_waiting_holds_nobody_up() -> None:
    """A lock that a thread waits for is not interrupted before it is there: then its turn goes on."""
    comers = Comers(FairSemaphore())
    ended: list[bool] = []

    def enter() -> None:
        try:
            with comers.semaphore:
                comers.let_in.append(-1)
        except _EndedError:
            ended.append(True)

    with comers.semaphore:
        leaver = threading.Thread(target=enter, daemon=True)
        leaver.start()
        comers.threads.append(leaver)
        wait_until(lambda: comers.semaphore.awaited)
        comers.come(1)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(leaver.ident or 0), ctypes.py_object(_EndedError)
        )
    comers.leave()
    assert ended == [True]
    assert comers.let_in == [1]
    with comers.semaphore:
        assert not comers.semaphore.awaited
