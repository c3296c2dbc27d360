"""The ticker codes of a batch -> as few bytes as their names need, and back.

A code has 4 bytes, an int32 as in a block of quotes, or 2 or 1, unsigned; of one name it has none.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from protocol.messages import Buffer

if TYPE_CHECKING:  # numpy is imported where it is called: `ctl` and `top` start without it
    import numpy as np
    import numpy.typing as npt

    Int32s = npt.NDArray[np.int32]

FEW_CODES: Final = 64
"""Up to here `struct` is done before numpy has begun."""

_ITEMS: Final = {4: "I", 2: "H", 1: "B"}
_ONE_BYTE, _TWO_BYTES = 2**8, 2**16


def narrowed_codes(codes: Int32s, names: int) -> bytes:
    """Return codes of so many names, in as few bytes each as tell these apart."""
    if names == 1:
        return b""
    width = 1 if names <= _ONE_BYTE else 2 if names <= _TWO_BYTES else 4
    return codes.astype(f"<u{width}").tobytes()


def widened_codes(codes: Buffer, count: int) -> Int32s:
    """Return the codes of so many quotes, which were checked; read-only."""
    import numpy as np

    width = len(codes) // count
    if width:
        wide = np.frombuffer(codes, f"<u{width}").astype("<i4", copy=False)
    else:
        wide = np.zeros(count, "<i4")
    wide.flags.writeable = False
    return wide


def codes_misfit(codes: Buffer, count: int, names: int) -> str:
    """Return why these are not the codes of so many quotes and names; empty if they are."""
    width, rest = divmod(len(codes), count)
    if rest or width not in (0, *_ITEMS):
        return f"had {len(codes)} bytes, expected {4 * count}, or 2, 1 or none for each quote"
    if (_largest(codes, count, width) if width else 0) >= names:
        return f"point past the {names} ticker_names"
    return ""


def _largest(codes: Buffer, count: int, width: int) -> int:
    """Return the largest as unsigned, so that a negative code is too large as well."""
    if count <= FEW_CODES:
        largest: int = max(struct.unpack(f"<{count}{_ITEMS[width]}", codes))
        return largest
    import numpy as np

    return int(np.frombuffer(codes, f"<u{width}").max())
