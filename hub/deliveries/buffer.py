"""What a worker has claimed and not yet sent: a short queue for each tenant, served in turns."""

import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Iterable
from uuid import UUID

from hub.records.deliveries import Claim


class Buffer:
    """Between the thread that claims and those that send. Safe to share between them.

    No tenant may hold more than three quarters of the sending threads, nor all places in the
    queue: while one's receivers are slow there is a thread left for another's first delivery.
    """

    def __init__(self, threads: int) -> None:
        self._share = max(1, threads * 3 // 4)
        self._each, self._all, self._low = 4 * threads, 16 * threads, 2 * threads
        self._changed = threading.Condition()
        self._queues: OrderedDict[UUID, deque[Claim]] = OrderedDict()
        self._sending: Counter[UUID] = Counter()
        self._waiting = 0
        self._closed = False

    def places(self) -> int:
        """How many more claims fit in."""
        with self._changed:
            return self._all - self._waiting

    def places_of(self, tenant_id: UUID) -> int:
        """How many more claims of this tenant are wanted: none before half of them are used up, so
        that claims are made by the dozen."""
        with self._changed:
            waiting = len(self._queues.get(tenant_id, ()))
            return self._each - waiting if waiting <= self._low else 0

    def put(self, claims: Iterable[Claim]) -> None:
        """Add claims behind the others of their tenant."""
        with self._changed:
            before = self._waiting
            for claim in claims:
                self._queues.setdefault(claim.tenant_id, deque()).append(claim)
                self._waiting += 1
            self._changed.notify(self._waiting - before)

    def take(self) -> Claim | None:
        """The next claim to be sent, as soon as there is one; ``None`` when the buffer is closed."""
        with self._changed:
            while not self._closed:
                if claim := self._next():
                    return claim
                self._changed.wait()
            return None

    def sent(self, claim: Claim) -> bool:
        """A claim that was taken is through. Gives whether its tenant's queue has run low. Nobody is
        woken: whoever says this takes the next one."""
        with self._changed:
            self._sending[claim.tenant_id] -= 1
            if not self._sending[claim.tenant_id]:
                del self._sending[claim.tenant_id]
            return len(self._queues.get(claim.tenant_id, ())) <= self._low

    def is_empty(self) -> bool:
        """Whether nothing waits and nothing is being sent."""
        with self._changed:
            return not self._waiting and not self._sending

    def close(self) -> list[Claim]:
        """Give nothing out any more. Gives what was never taken."""
        with self._changed:
            self._closed = True
            left = [claim for queue in self._queues.values() for claim in queue]
            self._queues.clear()
            self._waiting = 0
            self._changed.notify_all()
            return left

    def _next(self) -> Claim | None:
        """The first claim of the tenant whose turn it is, and who may have another thread."""
        for tenant_id, queue in self._queues.items():
            if self._sending[tenant_id] < self._share:
                claim = queue.popleft()
                self._waiting -= 1
                self._sending[tenant_id] += 1
                self._queues.move_to_end(tenant_id)
                if not queue:
                    del self._queues[tenant_id]
                return claim
        return None
