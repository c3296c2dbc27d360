"""The times and levels of venues -> nanoseconds and (price, amount)."""

from collections.abc import Sequence
from typing import Final

from zreplay.quotes.timestamp_text import instant_ns

MS: Final = 1_000_000
_MOST_MS: Final = 2**63 // MS

Level = list[float | None]
"""Price, amount, and what else a venue adds; it may be shorter."""

NO_LEVEL: Final = (None, None)


def ms_ns(milliseconds: int | None) -> int | None:
    """Return an instant in ns; None for 0, absent, and what is no instant of ours."""
    if not milliseconds or not -_MOST_MS < milliseconds < _MOST_MS:
        return None
    return milliseconds * MS


def iso_ns(text: str | None) -> int | None:
    """Return the instant of an ISO text; None for 1970, none, and what is no time."""
    return (instant_ns(text) or None) if text else None


def best(levels: Sequence[Level] | None) -> tuple[float | None, float | None]:
    """Return price and amount of the first level; neither if there is none, or its amount is 0."""
    if not levels or not levels[0]:
        return NO_LEVEL
    level = levels[0]
    amount = level[1] if len(level) > 1 else None
    return NO_LEVEL if amount == 0 else (level[0], amount)
