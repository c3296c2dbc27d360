"""How many bytes of lines are just about whole batches of quotes.

Quotes leave in batches of a fixed size. A block with a few rows more than a batch leaves these
waiting, and they are put in order with the next block once more; of a block with a few rows less
than that, or than several, nothing waits.
"""

from typing import Final

from protocol.limits import MAX_BATCH_QUOTES

_SHARE: Final = 0.95
"""The next lines may be a little shorter than the last ones."""


def whole_batches_bytes(most_bytes: int, line_bytes: float) -> int:
    """Return as many bytes, up to the most, as whole batches of such lines have, or the most.

    `line_bytes` is the mean length of a line, 0 if it is not known.
    """
    batch_bytes = int(_SHARE * MAX_BATCH_QUOTES * line_bytes)
    if not 0 < batch_bytes <= most_bytes:
        return most_bytes
    return most_bytes // batch_bytes * batch_bytes
