"""Structured logs on standard error: JSON for machines, colours for a terminal, secrets for nobody."""

from __future__ import annotations

import json
import logging
import logging.config
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog

from registry.settings.env import env
from registry.settings.redaction import redact

LOG_FORMAT = env.str("LOG_FORMAT", default="json")
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO").upper()
LOGGING_CONFIG = "registry.settings.logs.configure"

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]


def _renderer() -> Any:
    if LOG_FORMAT == "pretty":
        return structlog.dev.ConsoleRenderer(pad_event_to=0)
    return structlog.processors.JSONRenderer(serializer=_json)


def _json(event: Any, default: Any = str, **_options: Any) -> str:
    try:
        return orjson.dumps(event, default=default, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # what JSON has no form for is written all the same: half a character, a number beyond 64 bits
        return json.dumps(event, default=default)


def _renderers() -> list[Any]:
    """Redaction comes after the traceback has become text and right before anything is written."""
    meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    return [meta, structlog.processors.format_exc_info, redact, _render]


class FinishedEvent(dict[str, Any]):
    """An event that has everything a line says: it is only redacted and spelled."""


class Lines(structlog.stdlib.ProcessorFormatter):
    def format(self, record: logging.LogRecord) -> str:
        if isinstance(record.msg, FinishedEvent):
            return str(_render(None, "", redact(None, "", dict(record.msg))))
        return super().format(record)


def log_event(logger: logging.Logger, level: int, event: str, **members: Any) -> None:
    """One line, as structlog would write it, for what is logged with every request: without a stack to be searched for
    the caller and without a second record of the same event, at a third of the cost."""
    if not logger.isEnabledFor(level):
        return
    line = FinishedEvent(members, event=event)
    line.update(structlog.contextvars.get_contextvars())
    line["level"], line["logger"] = logging.getLevelName(level).lower(), logger.name
    line["timestamp"] = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    logger.handle(logging.LogRecord(logger.name, level, "", 0, line, None, None))


_render = _renderer()


LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "lines": {
            "()": Lines,
            "foreign_pre_chain": _SHARED,
            "processors": _renderers(),
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        # A request is logged once, by registry.ops.requests, with its id and without what may be secret in its path.
        "django.request": {"level": "CRITICAL"},
        "django.server": {"level": "ERROR"},
        "uvicorn": {"level": "WARNING"},
        "celery": {"level": "WARNING"},
        "django_structlog": {"level": "WARNING"},
    },
}


def configure(values: dict[str, Any]) -> None:
    """What Django calls with LOGGING once the settings are read; structlog's own loggers take the same way out."""
    logging.config.dictConfig(values)
    structlog.configure(
        # First: what is not written is not prepared either.
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
