"""Rows with codes of many names -> the names that they use, and codes that count those alone.

The numpy code is the definition. The compiled code returns the same, faster.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from protocol.compiled_parts import TICKERS, are_in_use
from zreplay.quotes.block import Int32s

if are_in_use(TICKERS):
    from zreplay.quotes.compiled_tickers import used_names as used_compiled

FEW_CODES_SHARE: Final = 16
"""With fewer codes than a 16th of the names, a look at each code beats one at each name."""


def used_names(names: tuple[str, ...], codes: Int32s) -> tuple[tuple[str, ...], Int32s]:
    """Return the names that n codes use, in their order, and the code of each among those."""
    if len(codes) * FEW_CODES_SHARE < len(names):
        few, numbers = np.unique(codes, return_inverse=True)
        return _named(names, few), numbers.astype(np.int32)
    if are_in_use(TICKERS):
        found = np.empty(len(codes), np.int32)
        return used_compiled(names, np.ascontiguousarray(codes, np.int32), found), found
    is_used = np.zeros(len(names), dtype=np.bool_)
    indices = codes.astype(np.intp)  # numpy's own index type: else each look-up converts
    is_used[indices] = True
    used = np.flatnonzero(is_used)
    if len(used) == len(names):
        return names, codes
    number_of = np.cumsum(is_used, dtype=np.int32) - np.int32(1)
    return _named(names, used), number_of.take(indices)


def _named(names: tuple[str, ...], codes: npt.NDArray[np.signedinteger]) -> tuple[str, ...]:
    return tuple([names[code] for code in codes.tolist()])
