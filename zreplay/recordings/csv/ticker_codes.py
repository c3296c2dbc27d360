"""The ticker names of a recording: blocks without a new one share the same tuple of them.

Who has numbered a tuple once need not do it again.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from zreplay.quotes.block import Int32s

MOST_NAMES: Final = 65_536
"""Beyond so many it begins anew: a column of ever new names must not fill the memory."""


class _Known(NamedTuple):
    """Names, and the place of each among them."""

    names: tuple[str, ...]
    codes: dict[str, int]

    def codes_of(self, names: Sequence[str]) -> Int32s:
        """Raise KeyError if one is not known."""
        return np.fromiter(map(self.codes.__getitem__, names), np.int32, len(names))


class KnownNames:
    """Several threads may ask at once: at worst a name is found new twice."""

    def __init__(self) -> None:
        self._known = _Known((), {})

    def numbered(self, names: Sequence[str]) -> tuple[Int32s, tuple[str, ...]]:
        """Return the code of each of these names, and at its code each name that is known."""
        known = self._known
        try:
            return known.codes_of(names), known.names
        except KeyError:
            known = self._known = _with(known, names)
            return known.codes_of(names), known.names


def _with(known: _Known, names: Sequence[str]) -> _Known:
    new = [name for name in dict.fromkeys(names) if name not in known.codes]
    if len(known.names) + len(new) <= MOST_NAMES:
        all_names = (*known.names, *new)
    else:
        all_names = tuple(dict.fromkeys(names))
    return _Known(all_names, {name: code for code, name in enumerate(all_names)})
