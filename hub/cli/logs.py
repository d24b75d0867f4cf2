"""Structured logs on standard error. They hold ids and outcomes, never a secret or a body. What comes from
outside can neither begin a line nor colour one."""

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import ExcInfo

from hub.support import jsontext

LONGEST, LONGEST_TRACEBACK = 1_000, 16_000
"""Characters of a value, and of an exception with all that led to it."""

_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
"""Ends of lines as any program may see them, commands to a terminal, and what turns a text round."""


def set_up_logs(level: str = "warning", form: str = "text") -> None:
    """Log lines from this level on, as JSON or as text; those of libraries too, from warnings on."""
    chosen = logging.getLevelNamesMapping()[level.upper()]
    renderer: list[Any] = (
        [
            structlog.processors.format_exc_info,
            _shortened,
            structlog.processors.JSONRenderer(serializer=_dumps),
        ]
        if form == "json"
        else [
            _shortened,
            _visible,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=_indented),
        ]
    )
    common: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*common, *renderer],
        wrapper_class=structlog.make_filtering_bound_logger(chosen),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*common, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    logging.basicConfig(level=max(chosen, logging.WARNING), handlers=[handler], force=True)


def _dumps(value: Any, **_options: Any) -> str:
    """JSON itself escapes less than all: what is left stands inside of texts."""
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", jsontext.encode_text(value))


def _shortened(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in line.items():
        most = LONGEST_TRACEBACK if name == "exception" else LONGEST
        if isinstance(value, str) and len(value) > most:
            line[name] = f"{value[:most]}…"
    return line


def _visible(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: _escaped(value) if isinstance(value, str) else value for name, value in line.items()}


def _escaped(text: str) -> str:
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def _indented(stream: TextIO, fault: ExcInfo) -> None:
    """The traceback without local values, which may be secret; no line of it begins like one of the log."""
    text = "".join(traceback.format_exception(*fault)).rstrip("\n")[:LONGEST_TRACEBACK]
    stream.write("\n".join(f"    {_escaped(line)}" for line in text.split("\n")))
