"""The ticker names of a recording: blocks without a new one share the same tuple of them.

Code that has numbered a tuple once need not do so again.
"""

import threading
from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol, Self

import numpy as np

from protocol.limits import MAX_TICKER_CHARS
from zreplay.quotes.block import Bools, Int32s

MOST_NAMES: Final = 262_144
"""Beyond this many it starts over: a column of ever new names must not fill the memory."""


class Dictionary(Protocol):
    """The different texts of a column, as pyarrow has them."""

    def equals(self, other: Self, /) -> bool: ...

    def to_pylist(self) -> list[str]: ...


class NumberedNames(NamedTuple):
    """The code of each of some names, at its code each name that is known, which are too long."""

    codes: Int32s
    names: tuple[str, ...]
    is_long: Bools


class TickerCodes:
    """Safe for several threads. A longer tuple of names begins with the one before it.

    Those of one of several files are numbered by `whole`, if it is given, with those of all.
    """

    def __init__(self, whole: "TickerCodes | None" = None) -> None:
        self._whole = whole
        self._lock = threading.Lock()
        self._codes: dict[str, int] = {}
        self._names: tuple[str, ...] = ()
        self._last: tuple[Dictionary, NumberedNames] | None = None

    def of_dictionary(self, dictionary: Dictionary, *, in_upper_case: bool) -> NumberedNames:
        """Return what there is to know of the names in a dictionary.

        All batches of a Parquet row group have the same one: it is looked up once.
        """
        last = self._last
        if last is not None and last[0].equals(dictionary):
            return last[1]
        names = dictionary.to_pylist()
        if in_upper_case:
            names = [name.upper() for name in names]
        lengths = np.array([*map(len, names)], np.int32)
        numbered = NumberedNames(*self.numbered(names), lengths > MAX_TICKER_CHARS)
        self._last = dictionary, numbered
        return numbered

    def numbered(self, names: Sequence[str]) -> tuple[Int32s, tuple[str, ...]]:
        """Return the code of each of these names, and at its code each name that is known."""
        if self._whole is not None:
            return self._whole.numbered(names)
        with self._lock:
            codes = [*map(self._codes.get, names)]
            if None in codes:
                self._learn(names, codes)
            return np.array(codes, np.int32), self._names

    def _learn(self, names: Sequence[str], codes: list[int | None]) -> None:
        """Assign a code to each name that has none."""
        new: Sequence[int] = [place for place, code in enumerate(codes) if code is None]
        if len(self._codes) + len(new) > MOST_NAMES:
            self._codes, new = {}, range(len(names))
        for place in new:
            codes[place] = self._codes.setdefault(names[place], len(self._codes))
        self._names = (*self._codes,)
