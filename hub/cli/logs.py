"""Structured logs on standard error. They hold ids and outcomes, never a secret or a body."""

import logging
import sys
from typing import Any

import structlog

from hub.support import jsontext


def set_up_logs(level: str = "warning", form: str = "text") -> None:
    """Log lines from this level on, as JSON or as text."""
    chosen = logging.getLevelNamesMapping()[level.upper()]
    renderer: list[Any] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_dumps)]
        if form == "json"
        else [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(chosen),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=max(chosen, logging.WARNING), stream=sys.stderr)


def _dumps(value: Any, **_options: Any) -> str:
    return jsontext.encode_text(value)
