"""The version of the hub, which a plugin's manifest names its range against."""

__version__ = "0.1.0"
