"""The compiled numbering of names refuses arguments that do not match."""

import struct

import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("compiled")


@pytest.mark.parametrize(
    ("codes", "room"), [([0, 3], 8), ([-1], 4), ([0], 8), ([0, 1], 4), ([2**31 - 1], 4)]
)
def test_codes_without_a_name_and_buffers_that_do_not_fit_are_refused(
    codes: list[int], room: int
) -> None:
    from zreplay.quotes import compiled_tickers

    with pytest.raises(ValueError):
        compiled_tickers.used_names(("A", "B", "C"), np.array(codes, np.int32), bytearray(room))
    with pytest.raises(ValueError):
        compiled_tickers.used_names(("A",), struct.pack("<i", 0)[:3], bytearray(3))
