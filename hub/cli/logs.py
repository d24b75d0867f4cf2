"""Structured logs on standard error. They hold ids and outcomes, never a secret or a body."""

import logging
import sys
from typing import Any

import structlog

from hub.support import jsontext


def set_up_logs(level: str = "warning", form: str = "text") -> None:
    """Log lines from this level on, as JSON or as text; those of libraries too, from warnings on."""
    chosen = logging.getLevelNamesMapping()[level.upper()]
    renderer: list[Any] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_dumps)]
        if form == "json"
        else [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(),
                exception_formatter=structlog.dev.plain_traceback,  # the usual one shows local values
            )
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
    return jsontext.encode_text(value)
