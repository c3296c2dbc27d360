"""The program's own log on stderr: time, level, event, fields. Nothing per quote.

Readable on a terminal, JSON lines when asked. An event is a short lower-case text; what
varies stands in fields, named in the words of the glossary.
"""

import json
import logging
import sys
import time
from typing import Any, Final, TextIO

from protocol.event_text import fields_text
from protocol.recent_diagnostics import RECENT

FORMATS: Final = ("auto", "text", "json")


class Log:
    """A named logger whose events carry fields: `log.info("joined", worker=name)`."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def debug(self, event: str, **fields: Any) -> None:
        self._logger.debug(event, extra={"fields": fields})

    def info(self, event: str, **fields: Any) -> None:
        self._logger.info(event, extra={"fields": fields})

    def warning(self, event: str, **fields: Any) -> None:
        self._logger.warning(event, extra={"fields": fields})

    def error(self, event: str, **fields: Any) -> None:
        self._logger.error(event, extra={"fields": fields})


class RateLimit:
    """Lets one event through an interval and counts what it held back (pure)."""

    def __init__(self, interval_ns: int = 1_000_000_000) -> None:
        self._interval_ns = interval_ns
        self._next_ns: int | None = None
        self._held_back = 0

    def held_back(self, now_ns: int) -> int | None:
        """Return how many were held back since the last one, or None to hold this back."""
        if self._next_ns is not None and now_ns < self._next_ns:
            self._held_back += 1
            return None
        self._next_ns = now_ns + self._interval_ns
        held_back, self._held_back = self._held_back, 0
        return held_back


class TextFormatter(logging.Formatter):
    """`12:00:00.123 info  zreplay  worker joined  worker=host:4121`."""

    def format(self, record: logging.LogRecord) -> str:
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        level = record.levelname.lower()
        return (
            f"{clock}.{int(record.msecs):03d} {level:<7} {record.name}  "
            f"{record.getMessage()}{fields_text(_fields(record))}"
        )


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (UTC), level, name, event, and the fields."""

    def format(self, record: logging.LogRecord) -> str:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        return json.dumps(
            {
                "time": f"{stamp}.{int(record.msecs):03d}Z",
                "level": record.levelname.lower(),
                "name": record.name,
                "event": record.getMessage(),
                **_fields(record),
            },
            default=str,
        )


class StderrHandler(logging.StreamHandler[TextIO]):
    """Writes to what `sys.stderr` is now: while a picture is drawn, lines go above it."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def set_up(format_: str = "auto", level: str = "info") -> None:
    """Send diagnostics to stderr; `auto` is text on a terminal and in a pipe alike."""
    handler = StderrHandler()
    handler.setFormatter(JsonFormatter() if format_ == "json" else TextFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler, RECENT], force=True)
    logging.getLogger("websockets").setLevel(logging.WARNING)
    logging.getLogger("asyncio").setLevel(logging.WARNING)


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    fields: dict[str, Any] = getattr(record, "fields", {})
    return fields
