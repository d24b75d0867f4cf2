"""What happens after the commit: deliveries leave the machine, receivers that were left to a worker
are called, and so are periodic jobs. All survive a worker that is killed at any moment."""

from hub.deliveries.engine import JobEngine
from hub.deliveries.loop import LoopEngine, worker_name
from hub.deliveries.periodic import PeriodicRunner
from hub.deliveries.running import EffectRunner
from hub.deliveries.sending import Sender
from hub.deliveries.tenancy import Tenancy
from hub.deliveries.tidying import Tidying

__all__ = [
    "EffectRunner",
    "JobEngine",
    "LoopEngine",
    "PeriodicRunner",
    "Sender",
    "Tenancy",
    "Tidying",
    "worker_name",
]
