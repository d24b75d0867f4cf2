"""Facts become rows: one module per kind of record, one function per fact."""

from hub.records.applying.applier import Applier
from hub.records.applying.source import Occasion, Source

__all__ = ["Applier", "Occasion", "Source"]
