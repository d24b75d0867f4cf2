"""Turns between tenants. Pure."""

from collections.abc import Callable, Sequence
from uuid import UUID


class Rota:
    """Gives everybody their turn: whoever comes after the last one served is next."""

    def __init__(self) -> None:
        self._last: UUID | None = None

    def order(self, tenants: Sequence[UUID]) -> list[UUID]:
        """These tenants, beginning behind the last one served."""
        last = self._last
        ordered = sorted(tenants)
        if last is None:
            return ordered
        return [one for one in ordered if one > last] + [one for one in ordered if one <= last]

    def served(self, tenant_id: UUID) -> None:
        """Note whose turn it was."""
        self._last = tenant_id

    def shares(
        self, tenants: Sequence[UUID], places: int, most: Callable[[UUID], int]
    ) -> list[tuple[UUID, int]]:
        """Deal so many places out to the tenants, one after the other, ``most`` at most to each."""
        left = {tenant: min(places, most(tenant)) for tenant in self.order(tenants)}
        dealt = dict.fromkeys(left, 0)
        while places > 0 and any(left.values()):
            for tenant in left:
                if places > 0 and left[tenant] > 0:
                    dealt[tenant] += 1
                    left[tenant] -= 1
                    places -= 1
                    self.served(tenant)
        return [(tenant, share) for tenant, share in dealt.items() if share]
