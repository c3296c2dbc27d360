"""Rates -> a small chart of them in one line of text."""

from collections.abc import Sequence
from typing import Final

BLOCKS: Final = "▁▂▃▄▅▆▇█"
ASCII: Final = "_.-:=+*#"


def sparkline(values: Sequence[float], most: float, width: int, *, is_ascii: bool = False) -> str:
    """Return the last `width` values, the newest at the right; `most` is a full block.

    A value that is not known yet is a space, and 0 is the lowest mark.
    """
    marks = ASCII if is_ascii else BLOCKS
    shown = values[-width:] if width > 0 else []
    steps = (int(value / most * len(marks)) if most > 0 else 0 for value in shown)
    text = "".join(marks[max(0, min(len(marks) - 1, step))] for step in steps)
    return text.rjust(max(0, width))
