"""A plain limit on how often one address of the hub is called."""

import threading
from datetime import datetime

from hub.contract.errors import RateLimitError


class RateLimiter:
    """Counts requests by key in whole minutes, within this process. ``per_minute`` 0: no limit."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._lock = threading.Lock()
        self._minute = 0
        self._counts: dict[str, int] = {}

    def check(self, key: str, now: datetime) -> RateLimitError | None:
        """The refusal if the key was used too often in this minute."""
        if not self._per_minute:
            return None
        minute = int(now.timestamp()) // 60
        with self._lock:
            if minute != self._minute:
                self._minute, self._counts = minute, {}
            count = self._counts[key] = self._counts.get(key, 0) + 1
        if count <= self._per_minute:
            return None
        return RateLimitError(f"More than {self._per_minute} requests in a minute; wait and send again.")
