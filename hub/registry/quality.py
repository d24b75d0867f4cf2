"""How good a plugin is: its package says so in ``quality.json``, which ``hub plugin check --write`` writes.

The file is read, nothing is tried: pages and lists stay quick.
"""

import json
import sys
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from hub.contract.hookspecs import Plugin

FILE = "quality.json"


class Tier(StrEnum):
    """The tiers of the quality scale, from the lowest up. ``none``: not even bronze, or nobody has looked."""

    NONE = "none"
    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"
    PLATINUM = "platinum"


def tier_of(plugin: Plugin) -> Tier:
    """The tier that the plugin's package says it has; ``none`` if it says nothing that can be read."""
    module = sys.modules.get(type(plugin).__module__.partition(".")[0])
    return _read(Path(module.__file__).parent / FILE) if module and module.__file__ else Tier.NONE


@lru_cache
def _read(path: Path) -> Tier:
    try:
        return Tier(json.loads(path.read_text("utf-8"))["tier"])
    except (OSError, ValueError, KeyError, TypeError):
        return Tier.NONE
