"""The program's own log on stderr: time, level, event, fields. Nothing per quote.

Readable on a terminal, JSON lines on request. An event is a short lower-case text; what varies
is in fields, named with the words of the glossary.
"""

import copy
import json
import logging
import sys
import time
from collections.abc import Mapping
from typing import Any, Final, TextIO

from protocol.json_text import with_utf8
from protocol.program.event_text import fields_text, line_text
from protocol.program.recent_diagnostics import HELD_BACK, RECENT

FORMATS: Final = ("auto", "text", "json")
TRACEBACK: Final = "traceback"


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
        """Return how many were held back since the last one, or None to hold this one back."""
        if self._next_ns is not None and now_ns < self._next_ns:
            self._held_back += 1
            return None
        self._next_ns = now_ns + self._interval_ns
        held_back, self._held_back = self._held_back, 0
        return held_back


class LibraryLimit(logging.Filter):
    """Lets one event through in a second from each place in a library that logs.

    asyncio warns of each write to a connection that is gone, and a peer decides how many those
    are. What is ours limits itself where that is needed.
    """

    def __init__(self) -> None:
        super().__init__()
        self._limits: dict[tuple[str, int], RateLimit] = {}

    def filter(self, record: logging.LogRecord) -> bool | logging.LogRecord:
        if hasattr(record, "fields"):
            return True
        limit = self._limits.setdefault((record.pathname, record.lineno), RateLimit())
        held_back = limit.held_back(time.monotonic_ns())
        if not held_back:
            return held_back is not None
        told = copy.copy(record)  # other handlers count for themselves
        told.__dict__["fields"] = {HELD_BACK: held_back}
        return told


class TextFormatter(logging.Formatter):
    """`12:00:00.123 info  zreplay  worker joined  worker=host:4121`; a traceback follows."""

    def format(self, record: logging.LogRecord) -> str:
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        level = record.levelname.lower()
        head = (
            f"{clock}.{int(record.msecs):03d} {level:<7} {record.name}  "
            f"{line_text(_event(record))}{fields_text(_fields(record))}"
        )
        lines = [f"  {line_text(line)}" for line in _traceback(record).split("\n") if line]
        return "\n".join([head, *lines])


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (UTC), level, name, event, and the fields."""

    def format(self, record: logging.LogRecord) -> str:
        fields = _fields(record)
        if traceback := _traceback(record):
            fields = {**fields, TRACEBACK: traceback}
        return json_line(
            record.levelname.lower(), record.name, _event(record), fields, record.created
        )


def json_line(
    level: str, name: str, event: str, fields: Mapping[str, Any], unix_seconds: float | None = None
) -> str:
    """Return an event as one JSON object; a field with the name of a part of it gets a `_`."""
    seconds = time.time() if unix_seconds is None else unix_seconds
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    line = {
        "time": f"{stamp}.{int(seconds % 1 * 1000):03d}Z",
        "level": level,
        "name": name,
        "event": event,
    }
    more = {f"{field}_" if field in line else field: value for field, value in fields.items()}
    return json.dumps(with_utf8({**line, **more}), default=str)


class StderrHandler(logging.StreamHandler[TextIO]):
    """Writes to the current `sys.stderr`: while a dashboard is drawn, lines go above it."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def format_in_use() -> str | None:
    """Return `text` or `json`, None before `set_up`."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, StderrHandler):
            return "json" if isinstance(handler.formatter, JsonFormatter) else "text"
    return None


def set_up(format_: str = "auto", level: str = "info") -> None:
    """Send diagnostics to stderr; `auto` is text on a terminal and in a pipe alike."""
    handler = StderrHandler()
    handler.addFilter(LibraryLimit())
    handler.setFormatter(JsonFormatter() if format_ == "json" else TextFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler, RECENT], force=True)
    logging.getLogger("websockets").setLevel(logging.WARNING)
    logging.getLogger("asyncio").setLevel(logging.WARNING)


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    fields: dict[str, Any] = getattr(record, "fields", {})
    return fields


def _event(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # the values do not match the text's placeholders
        return f"{record.msg} {record.args}"


def _traceback(record: logging.LogRecord) -> str:
    """Return the traceback and the stack that an event came with, empty if with none."""
    formatter = logging.Formatter()
    error = formatter.formatException(record.exc_info) if record.exc_info else record.exc_text
    return "\n".join(filter(None, (error, record.stack_info)))
