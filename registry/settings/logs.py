"""Structured logs on standard error: JSON for machines, colours for a terminal, secrets for nobody."""

from __future__ import annotations

import logging.config
from typing import Any

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


def _renderers() -> list[Any]:
    """Redaction comes after the traceback has become text and right before anything is written."""
    meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if LOG_FORMAT == "pretty":
        return [meta, structlog.processors.format_exc_info, redact, structlog.dev.ConsoleRenderer(pad_event_to=0)]
    return [meta, structlog.processors.format_exc_info, redact, structlog.processors.JSONRenderer()]


LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "lines": {
            "()": structlog.stdlib.ProcessorFormatter,
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
