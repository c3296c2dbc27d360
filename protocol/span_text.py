"""A length of time as a user writes it: a number, and its unit: `250ms`.

Without a unit a time is in seconds, and a latency in milliseconds, as the column `latency_ms` is.
"""

from decimal import Decimal
from typing import Final

_NS_OF: Final = {
    **{"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9},
    **{"m": 60 * 10**9, "h": 3_600 * 10**9, "d": 86_400 * 10**9},
}


def span_of(text: str, unit: str) -> Decimal | None:
    """Return a length of time in this unit, which is meant where none is written.

    None if it cannot be read; it may be infinite, and have any sign.
    """
    body = text.strip().lower()
    written = next((each for each in _NS_OF if body.endswith(each)), "")
    try:
        number = Decimal(body.removesuffix(written))
        return number * _NS_OF[written or unit] / _NS_OF[unit]
    except ArithmeticError:
        return None
