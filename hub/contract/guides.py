"""How a tool that sends to a plugin is set up, field by field, as data for pages and docs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

Words = Mapping[str, str]
"""A text in each language: ``{"de": …, "en": …}``."""


@dataclass(frozen=True, kw_only=True)
class GuideStep:
    """A place in the tool, by the tool's own name for it, with what is entered in each of its fields. Values
    may hold ``{url}``, the connection's address, and ``{secret}``, its secret or API key."""

    block: str
    fields: tuple[tuple[str, str], ...] = ()
    code: str = ""
    """What is pasted there, if it is more than fields."""


@dataclass(frozen=True, kw_only=True)
class Guide:
    """A tool and what is to be done in it. ``needs`` names settings that have to be on, ``mapping`` the lines
    of a mapping that fits what the tool sends."""

    tool: str
    steps: tuple[GuideStep, ...]
    note: Words = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    mapping: tuple[str, ...] = ()

    def filled(self, url: str, secret: str) -> "Guide":
        """The same guide for a connection's address and secret."""
        places = {"{url}": url, "{secret}": secret}
        return replace(self, steps=tuple(_filled(self.steps, places)))


def _filled(steps: tuple[GuideStep, ...], places: Mapping[str, str]) -> Iterator[GuideStep]:
    for step in steps:
        fields = tuple((name, _put(value, places)) for name, value in step.fields)
        yield replace(step, fields=fields, code=_put(step.code, places))


def _put(text: str, places: Mapping[str, str]) -> str:
    for place, value in places.items():
        text = text.replace(place, value)
    return text
