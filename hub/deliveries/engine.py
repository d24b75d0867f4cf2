"""The one seam of the worker: what moves the work. The work itself, and the truth about it, are in
the database, so that a message which an engine loses or doubles does no harm."""

from typing import Protocol


class JobEngine(Protocol):
    """Moves due work until it is stopped."""

    def start(self) -> None:
        """Begin, in threads of its own."""

    def wake(self) -> None:
        """Look at once: something that was just committed may be due."""

    def stop(self, drain: float) -> None:
        """Take nothing new, and give what was begun so many seconds to come to its end."""
