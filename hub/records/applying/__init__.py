"""Facts become rows: one module per kind of record, one function per fact."""

from hub.records.applying.applier import Applier
from hub.records.applying.source import Source

__all__ = ["Applier", "Source"]
