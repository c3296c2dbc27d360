"""A duration in nanoseconds -> its text, as the options take it."""

from decimal import Decimal
from typing import Final

NS_PER_MS: Final = 1_000_000


def duration_text(duration_ns: int) -> str:
    """Return a duration as `--reorder` takes it, in seconds, rounded up to a millisecond."""
    return f"{Decimal(-(-duration_ns // NS_PER_MS)) / 1000:f}s"


def rounded_text(duration_ns: int) -> str:
    """Write about how long something takes: `18s`, `3m 05s`, `2h 07m`, `4d 03h`."""
    seconds = round(duration_ns / 1e9)
    if seconds < 60:
        return f"{seconds}s"
    for size, part, names in ((60, 1, "ms"), (3600, 60, "hm"), (86400, 3600, "dh")):
        whole = seconds // size
        if names == "dh" or whole < {"ms": 60, "hm": 24}[names]:
            return f"{whole}{names[0]} {seconds % size // part:02d}{names[1]}"
    raise AssertionError("the last size takes any duration")


def ago(passed_ns: int) -> str:
    """Return a duration in the one unit that suits it: `0.2 s`, `5 min`, `3 h`."""
    seconds = passed_ns / 1e9
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{seconds // 60:.0f} min" if seconds < 3600 else f"{seconds // 3600:,.0f} h"
