"""Quotes as they were received -> the same with the latency that this shows."""

from typing import Final

import numpy as np
from msgspec.structs import replace

from zreplay.quotes.arrival import arrivals_ns
from zreplay.quotes.block import Block
from zreplay.quotes.rejection import CAPTURE_NAME, OUTSIDE, Reason, Rejection

_TOO_FAR: Final = Reason(f"{OUTSIDE.text} before or after it came", OUTSIDE.code)


def with_latency(block: Block) -> tuple[Block, list[Rejection]]:
    """Return the quotes with the measured latency; reject those whose latency is impossible."""
    with np.errstate(over="ignore"):
        delay_ns = block.arrival_ns - block.timestamp_ns
        has_wrapped = ((block.arrival_ns ^ block.timestamp_ns) & (block.arrival_ns ^ delay_ns)) < 0
        latency_ms = delay_ns / 1e6
    arrival_ns, is_fit = arrivals_ns(block.timestamp_ns, latency_ms)
    is_fit &= ~has_wrapped
    measured = replace(block, latency_ms=latency_ms, arrival_ns=arrival_ns)
    if is_fit.all():
        return measured, []
    rejections = [
        Rejection(CAPTURE_NAME, None, position, "timestamp", str(timestamp_ns), *_TOO_FAR)
        for position, timestamp_ns in zip(
            block.position[~is_fit].tolist(), block.timestamp_ns[~is_fit].tolist(), strict=True
        )
    ]
    return measured.take(np.flatnonzero(is_fit)), rejections
