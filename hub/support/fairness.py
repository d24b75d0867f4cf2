"""A semaphore that lets threads in in the order in which they came. Those of ``threading`` let in who is
quickest, so that under load some wait many times as long as others."""

import threading
from collections import deque
from typing import Self


class FairSemaphore:
    """So many threads at a time, first come, first served. To be used with ``with``; not reentrant."""

    def __init__(self, most: int = 1) -> None:
        self._free = most
        self._waiting: deque[threading.Lock] = deque()
        self._changing = threading.Lock()

    @property
    def awaited(self) -> bool:
        """Whether somebody waits to be let in."""
        return bool(self._waiting)

    def __enter__(self) -> Self:
        with self._changing:
            if self._free:
                self._free -= 1
                return self
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        try:
            mine.acquire()
        except BaseException:
            self._give_up(mine)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with self._changing:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1

    def _give_up(self, mine: threading.Lock) -> None:
        """This thread was interrupted: somebody else is let in, if it was its turn already."""
        with self._changing:
            if mine in self._waiting:
                self._waiting.remove(mine)
                return
        self.__exit__()
