"""A duration in nanoseconds -> its text, as the options take it."""

from decimal import Decimal
from typing import Final

NS_PER_MS: Final = 1_000_000


def duration_text(duration_ns: int) -> str:
    """Return a duration as `--reorder` takes it, in seconds, rounded up to a millisecond."""
    return f"{Decimal(-(-duration_ns // NS_PER_MS)) / 1000:f}s"
