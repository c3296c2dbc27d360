"""The ticker names of a recording: blocks without a new one share the same tuple of them.

Arrow numbers the names of each block anew. Those that are known are found again without a
Python string for each; and who has numbered a tuple once need not do it again.
"""

from typing import Final

import pyarrow as pa  # type: ignore[import-untyped]  # ships no types
import pyarrow.compute as pa_compute  # type: ignore[import-untyped]

from zreplay.block import Int32s

MOST_NAMES: Final = 65_536
"""Beyond so many it begins anew: a column of ever new names must not fill the memory."""


class KnownNames:
    """Several threads may ask at once: at worst a name is found new twice."""

    def __init__(self) -> None:
        self._known: tuple[pa.Array, tuple[str, ...]] = pa.array([], pa.string()), ()

    def numbered(self, column: pa.DictionaryArray) -> tuple[Int32s, tuple[str, ...]]:
        """Return the code of each row, and at its code each name that is known."""
        own = column.dictionary
        known, names = self._known
        places = pa_compute.index_in(own, value_set=known)
        if places.null_count:
            new = own.filter(places.is_null())
            if len(known) + len(new) > MOST_NAMES:
                known, names, new = known[:0], (), own
            known, names = pa.concat_arrays([known, new]), (*names, *new.to_pylist())
            self._known = known, names
            places = pa_compute.index_in(own, value_set=known)
        codes: Int32s = places.to_numpy().take(column.indices.to_numpy())
        return codes, names
