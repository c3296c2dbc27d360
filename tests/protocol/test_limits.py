"""Whatever is within the limits fits in a frame and comes out of it."""

import numpy as np
import pytest
from msgspec.structs import replace

from protocol.codec import decode, encode
from protocol.limits import (
    MAX_BATCH_QUOTES,
    MAX_CURSOR_BYTES,
    MAX_FRAME_BYTES,
    MAX_LOG_LINE_BYTES,
    MAX_NAMES_BYTES,
    MAX_TEXT_CHARS,
    MAX_TICKER_CHARS,
)
from protocol.messages import Columns, Message
from tests.protocol.examples import BATCH, RESULT

WIDEST = "💥"


def columns_with(names: tuple[str, ...]) -> Columns:
    wide = [bytes(8 * MAX_BATCH_QUOTES)] * 7
    codes = np.arange(MAX_BATCH_QUOTES, dtype="<i4") % len(names)
    return Columns.of(wide, names, codes.tobytes())


def largest_batch(names: tuple[str, ...]) -> Message:
    assert sum(len(name.encode()) for name in names) <= MAX_NAMES_BYTES
    return replace(
        BATCH,
        count=MAX_BATCH_QUOTES,
        reason=WIDEST * MAX_TEXT_CHARS,
        cursor=bytes(MAX_CURSOR_BYTES),
        columns=columns_with(names),
    )


MANY = tuple(f"{code:0{MAX_NAMES_BYTES // MAX_BATCH_QUOTES}d}" for code in range(MAX_BATCH_QUOTES))
LONG = tuple(
    f"{code:04d}".translate({ord(str(digit)): 0x1F300 + digit for digit in range(10)})
    + WIDEST * (MAX_TICKER_CHARS - 4)
    for code in range(MAX_NAMES_BYTES // (4 * MAX_TICKER_CHARS))
)
LARGEST: dict[str, Message] = {
    "batch of many names": largest_batch(MANY),
    "batch of long names": largest_batch(LONG),
    "result": replace(
        RESULT,
        count=MAX_BATCH_QUOTES,
        cursor=bytes(MAX_CURSOR_BYTES),
        mids=bytes(MAX_LOG_LINE_BYTES * MAX_BATCH_QUOTES // 2),
        errors=bytes(MAX_LOG_LINE_BYTES * MAX_BATCH_QUOTES // 2),
        worker=WIDEST * MAX_TEXT_CHARS,
    ),
}


@pytest.mark.parametrize("name", LARGEST)
def test_the_largest_of_its_kind_fits_in_a_frame(name: str) -> None:
    frame = encode(LARGEST[name])

    assert len(frame) <= MAX_FRAME_BYTES
    assert LARGEST[name] == decode(frame)
