"""What a simulated run must write: a plain walk over the quotes and the accepted commands."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tests.reference import controlled_logs, mid_line, ordered_quotes
from zreplay.delivery.command import Command, SeekTo
from zreplay.quotes.block import Block

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


def value_of(command: Command) -> str:
    """Return the value of a command as the reference has it."""
    if isinstance(command, SeekTo) and command.arrival_ns is not None:
        return str(command.arrival_ns)
    return str(command)


def expected_logs(
    paths: Sequence[Path], answered: Sequence[Command], captured: Sequence[Block], passes: int
) -> tuple[bytes, bytes]:
    """Return both logs: what a plain walk over the files, the capture and the commands says."""
    commands = [(each.record or 0, each.verb, value_of(each)) for each in answered]
    live = [
        mid_line(int(block.timestamp_ns[0]), *2 * [float(block.bid_price[0])]) for block in captured
    ]
    return controlled_logs(ordered_quotes(paths)[0], live, commands, passes)[:2]
