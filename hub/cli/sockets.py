"""Waiting for many sockets at once, at a cost that does not grow with those that are silent.

Waitress asks each of its connections before each wait what it waits for, and hands all of them to the
system anew. Here the system is told only what changed (epoll, kqueue), and a thread that answers wakes
the one that waits only if it has to.
"""

import selectors
import threading
from collections import deque
from typing import Any

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


def wanted(handler: Any) -> int:
    """What a handler of waitress (its ``dispatcher``) waits for now."""
    writes = handler.writable() and not handler.accepting
    return (READ if handler.readable() else 0) | (WRITE if writes else 0)


class Sockets(dict[int, Any]):
    """The handlers of a server by file number, as waitress keeps them. One thread waits; any may change what
    a handler waits for, and says so with ``changed`` unless it ``is_waited_for`` already."""

    def __init__(self) -> None:
        super().__init__()
        self._selector = selectors.DefaultSelector()
        self._waited: dict[int, int] = {}
        self._changed: deque[int] = deque()
        self._registering = threading.Lock()

    def __setitem__(self, number: int, handler: Any) -> None:
        """A handler that is not complete yet: it is asked before the next wait."""
        super().__setitem__(number, handler)
        self.changed(number)

    def __delitem__(self, number: int) -> None:
        """Its file is about to be closed."""
        with self._registering:
            super().__delitem__(number)
            if self._waited.pop(number, 0):
                self._selector.unregister(number)

    def changed(self, number: int) -> None:
        """Ask this handler before the next wait."""
        self._changed.append(number)

    def is_waited_for(self, number: int, handler: Any) -> bool:
        """Whether the wait that goes on, or comes next, is for what the handler waits for now."""
        return self._waited.get(number, 0) == wanted(handler)

    def wait(self, timeout: float) -> None:
        """Wait at most so many seconds, and let those work that have something to do."""
        while self._changed:
            self._settle(self._changed.popleft())
        for key, events in self._selector.select(timeout):
            number = key.fd
            for kind, work in ((READ, "handle_read_event"), (WRITE, "handle_write_event")):
                handler = self.get(number)
                if handler is not None and events & kind:
                    _work(handler, work)
            self.changed(number)

    def _settle(self, number: int) -> None:
        """Until it is waited for what is wanted. ``_waited`` is set before ``wanted`` is asked again: who
        changes what is wanted looks at ``_waited`` after that, and one of the two sees the other."""
        with self._registering:
            handler = self.get(number)
            while handler is not None and not self.is_waited_for(number, handler):
                before, now = self._waited.get(number, 0), wanted(handler)
                self._waited[number] = now
                self._register(number, before, now)

    def _register(self, number: int, before: int, now: int) -> None:
        if before and now:
            self._selector.modify(number, now)
        elif now:
            self._selector.register(number, now)
        elif before:
            self._selector.unregister(number)


def _work(handler: Any, work: str) -> None:
    """As waitress does it: what goes wrong with one connection ends that one."""
    try:
        getattr(handler, work)()
    except Exception:
        handler.handle_error()
