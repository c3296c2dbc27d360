"""The ticker names of a recording: blocks without a new one share the same tuple of them.

Who has numbered a tuple once need not do it again.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from zreplay.block import Int32s

MOST_NAMES: Final = 65_536
"""Beyond so many it begins anew: a column of ever new names must not fill the memory."""


class KnownNames:
    """Several threads may ask at once: at worst a name is found new twice."""

    def __init__(self) -> None:
        self._known: tuple[dict[str, int], tuple[str, ...]] = {}, ()

    def numbered(self, names: Sequence[str]) -> tuple[Int32s, tuple[str, ...]]:
        """Return the code of each of these names, and at its code each name that is known."""
        codes, known = self._known
        new = [name for name in dict.fromkeys(names) if name not in codes]
        if new:
            if len(known) + len(new) > MOST_NAMES:
                codes, known, new = {}, (), [*dict.fromkeys(names)]
            codes = {
                **codes,
                **dict(zip(new, range(len(known), len(known) + len(new)), strict=True)),
            }
            known = (*known, *new)
            self._known = codes, known
        return np.fromiter(map(codes.__getitem__, names), np.int32, len(names)), known
