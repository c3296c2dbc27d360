"""What a simulated run must write: a plain walk over the quotes and the answered commands."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from protocol.messages import HISTORICAL, LIVE
from tests.reference import historical_line, mid_line, ordered_quotes
from zreplay.block import Block

LIVE_START_NS = 1_760_000_000_000_000_000


def live_block(number: int) -> Block:
    """Return the captured quote of this number, a block of one row."""
    integers = np.array([LIVE_START_NS + number * 1_000_000], dtype=np.int64)
    price = np.array([float(number + 1)])
    return Block(
        arrival_ns=integers,
        position=np.array([number], dtype=np.int64),
        index=np.array([-1], dtype=np.int64),
        timestamp_ns=integers,
        latency_ms=np.array([np.nan]),
        ask_amount=price,
        ask_price=price,
        bid_price=price,
        bid_amount=price,
        ticker_codes=np.array([0], dtype=np.int32),
        ticker_names=("LIVE@X",),
    )


def expected_logs(
    paths: Sequence[Path], answered: Sequence[tuple[int, str]], captured: Sequence[Block]
) -> tuple[bytes, bytes]:
    """Return both logs: each mode goes on where it stopped, switched at the answered places."""
    lines = {
        HISTORICAL: (historical_line(quote) for quote in ordered_quotes(paths)[0]),
        LIVE: (
            (False, mid_line(int(block.timestamp_ns[0]), *2 * [float(block.bid_price[0])]))
            for block in captured
        ),
    }
    written: tuple[list[str], list[str]] = ([], [])
    record, mode = 0, HISTORICAL
    for place, next_mode in [*answered, (None, "")]:
        count = None if place is None else place - record
        for is_error, line in islice(lines[mode], count):
            written[is_error].append(line)
        record, mode = place or 0, next_mode
    mids, errors = ("".join(part).encode() for part in written)
    return mids, errors
