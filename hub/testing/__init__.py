"""The conformance kit for authors of plugins: ``check(load("…"))``, ``hub plugin check``, and a plugin of
pytest (``pytest_hub``). docs/reference/rules.md describes the rules."""

from hub.testing.adapter import Adapter, LoadError, load
from hub.testing.checking import Report, check, without_results, write_results
from hub.testing.rules import RULES, UNLOADABLE, Finding, Rule
from hub.testing.trial import Trial

__all__ = [
    "RULES",
    "UNLOADABLE",
    "Adapter",
    "Finding",
    "LoadError",
    "Report",
    "Rule",
    "Trial",
    "check",
    "load",
    "without_results",
    "write_results",
]
