"""A number or a time -> its text in the result log.

Rule 1: plain notation and the shortest text: `200` and `0.000000039`, never `2e+02`, `-0`.
Rule 2: a value that does not belong in a log (NaN, infinity) has a text too: nothing raises.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final

ROUNDED_DIGITS: Final = 15
NS_PER_SECOND: Final = 1_000_000_000
NS_PER_MS: Final = 1_000_000
_EPOCH: Final = datetime(1970, 1, 1)
_CACHED_SECONDS: Final = 1024


def timestamp(time_ns: int) -> str:
    """Return `2025-01-01 00:00:00.120` with 3 fraction digits, or 6 or 9 where needed."""
    seconds, below_second = divmod(time_ns, NS_PER_SECOND)
    digits = f"{below_second:09d}"
    needed = 3 if digits.endswith("000000") else 6 if digits.endswith("000") else 9
    return f"{_whole_second(seconds)}.{digits[:needed]}"


@lru_cache(_CACHED_SECONDS)
def _whole_second(seconds: int) -> str:
    return str(_EPOCH + timedelta(seconds=seconds))


def rounded(number: float) -> str:
    """Return the number rounded to 15 significant digits."""
    text = f"{number:.{ROUNDED_DIGITS}g}"
    # Adding zero turns -0 into 0.
    return text if _is_plain(text) else f"{Decimal(text) + 0:f}"


def shortest(number: float) -> str:
    """Return the shortest text that reads back as the same float64."""
    text = repr(number)
    return (text if _is_plain(text) else f"{Decimal(text) + 0:f}").removesuffix(".0")


def _is_plain(text: str) -> bool:
    """Return whether Python writes a number as we do: no exponent, no sign, no NaN or infinity."""
    return "e" not in text and "n" not in text and text[0] != "-"
