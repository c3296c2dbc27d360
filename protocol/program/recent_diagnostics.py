"""The last warnings and errors of this program, for its status."""

import logging
from collections import deque
from typing import Final

from protocol.messages import MAX_DIAGNOSTICS, Diagnostic
from protocol.program.event_text import fields_text, line_text

MAX_CHARS: Final = 300
HELD_BACK: Final = "held_back"


class RecentDiagnostics(logging.Handler):
    """Keeps the last few; repetitions of one are counted."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._kept: deque[Diagnostic] = deque(maxlen=MAX_DIAGNOSTICS)

    def emit(self, record: logging.LogRecord) -> None:
        fields = dict(getattr(record, "fields", {}))
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            fields.setdefault("error", f"{type(error).__name__}: {error}")
        # What a rate limit held back counts too.
        count = 1 + int(fields.pop(HELD_BACK, 0))
        text = f"{record.name}  {line_text(record.getMessage())}{fields_text(fields)}"[:MAX_CHARS]
        level = record.levelname.lower()
        if self._kept and (self._kept[-1].level, self._kept[-1].text) == (level, text):
            count += self._kept.pop().count
        self._kept.append(Diagnostic(round(record.created * 1e9), level, text, count))

    def latest(self) -> tuple[Diagnostic, ...]:
        """Return them, the newest last."""
        return tuple(self._kept)


RECENT: Final = RecentDiagnostics()
"""Those of this process, once protocol.program.diagnostics.set_up has been called."""
