"""The body of a BATCH or a RESULT -> its message, read and checked in one pass: compiled.

A body is plain if it is spelled as our own encoder does it and all of it fits. Any other is
declined, which says nothing about it: `codec` unpacks it and `checks` judges, as they do with
all where nothing was compiled.
"""

from typing import Any, Final

from protocol.limits import MAX_BATCH_QUOTES, MAX_CURSOR_BYTES, MAX_TEXT_CHARS
from protocol.messages import MODES, RUN_BYTES, STAMPS, Batch, Columns, Result

try:
    from protocol.compiled_body import batch as read_batch
    from protocol.compiled_body import result as read_result
except ImportError:  # no compiler was there when this was installed
    IS_COMPILED = False
else:
    IS_COMPILED = True

# A character takes a byte at least, so what has no more bytes has no more characters.
_LIMITS: Final = (RUN_BYTES, MAX_CURSOR_BYTES, MAX_TEXT_CHARS, MAX_BATCH_QUOTES)


def read_plain(kind: type[Any], body: memoryview) -> Batch | Result | None:
    """Return the message of a plain body, whose large fields are slices of it; None for others."""
    if not IS_COMPILED:
        return None
    if kind is Batch:
        fields = read_batch(body, *_LIMITS, MODES)
        if fields is not None:
            return Batch(*(*fields[:-1], Columns(*fields[-1])))
    elif kind is Result:
        fields = read_result(body, *_LIMITS, STAMPS)
        if fields is not None:
            return Result(*fields)
    return None
