"""What makes a run of thousands of tests quicker and changes nothing of what they see: what each
application of a test would compile anew is compiled once, and the garbage collector leaves alone what
stays to the end anyway."""

from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest
from flask import Flask
from hypothesis import settings
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

from hub.support.loading import loading

# By the clock a busy machine fails what holds: Hypothesis tries values, it does not measure.
settings.register_profile("hub", deadline=None)
settings.load_profile("hub")


class Compiled(BytecodeCache):
    """Templates as they were compiled, by name, file and content."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the template's code, if there is some."""
        if code := self._known.get((bucket.key, bucket.checksum)):
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the template's code."""
        self._known[bucket.key, bucket.checksum] = bucket.code


def remembering(compiling: Callable[[Rule, bool], Any]) -> Callable[[Rule, bool], Any]:
    """What writes the function that builds a route's addresses. That depends on the route's text alone,
    is made twice for each of two hundred routes, and was most of what an application costs."""
    known: dict[Any, Any] = {}

    def compiled(rule: Rule, append_unknown: bool = True) -> Any:
        if rule.defaults:
            return compiling(rule, append_unknown)
        key = (rule.rule, tuple(rule._trace), append_unknown)
        if key not in known:
            known[key] = compiling(rule, append_unknown)
        return known[key]

    return compiled


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is there before the first test is not looked through for garbage after each."""
    with loading():
        return (yield)


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """Routes and templates are compiled by the first application that has them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", remembering(Rule._compile_builder))
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": Compiled()})
        yield
