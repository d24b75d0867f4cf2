"""What happens after the commit: deliveries leave the machine, and receivers that were left to a
worker are called. Both survive a worker that is killed at any moment."""

from hub.deliveries.engine import JobEngine
from hub.deliveries.loop import LoopEngine
from hub.deliveries.running import EffectRunner
from hub.deliveries.sending import Sender
from hub.deliveries.tenancy import Tenancy

__all__ = ["EffectRunner", "JobEngine", "LoopEngine", "Sender", "Tenancy"]
