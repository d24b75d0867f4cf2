"""The rules of the conformance kit, one module for each thing that they look at."""

from hub.testing.rules import answers, bodies, facts, fixtures, keys, manifest, package, signatures
from hub.testing.rules.registry import RULES, Finding, Rule
from hub.testing.rules.verdicts import RESULT, UNLOADABLE

MODULES = (manifest, fixtures, facts, bodies, signatures, keys, answers, package)
"""Where the rules are; to import them is what enters them."""

__all__ = ["MODULES", "RESULT", "RULES", "UNLOADABLE", "Finding", "Rule"]
