"""The log: one JSON object a line, and the facts that code below a request adds to the request's line."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from analytics.language import ENGLISH, in_language

_facts: ContextVar[dict[str, Any] | None] = ContextVar("facts", default=None)


def begin(**facts: Any) -> dict[str, Any]:
    """Start the facts of a request in this context, and give them."""
    started = dict(facts)
    _facts.set(started)
    return started


def note(**facts: Any) -> None:
    """Add facts to the line of the request being served (selection key, cache hit, chart); else it does nothing."""
    current = _facts.get()
    if current is not None:
        current.update(facts)


def end() -> None:
    """Forget the facts of this context; a thread that served a request may do other work."""
    _facts.set(None)


def facts() -> Mapping[str, Any]:
    """The facts of the request being served."""
    return _facts.get() or {}


class JsonLines(logging.Formatter):
    """A record as one JSON object: time, level, logger, message, request id, the record's `facts`, the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record, in English: one language is searched, whose request it may be."""
        with in_language(ENGLISH):
            return self._line(record)

    def _line(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if "request" in facts():
            line["request"] = facts()["request"]
        line |= getattr(record, "facts", {})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


def configuration(level: str) -> dict[str, Any]:
    """A logging.config.dictConfig: everything, gunicorn's own lines too, as JSON on standard error."""
    loud = {"handlers": ["stderr"], "level": level.upper(), "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "dashboard.journal.JsonLines"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level.upper()},
        "loggers": {
            "gunicorn.error": loud,
            "gunicorn.access": {**loud, "level": "WARNING"},
            "alembic": {"level": "WARNING"},
        },
    }
