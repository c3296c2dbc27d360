"""Messages of the capture, of venues and of the plain shape -> one block and rejections."""

from collections.abc import Sequence

import numpy as np

from zreplay.live.live_message import LiveMessage, decode
from zreplay.live.venue_quotes import venue_quotes
from zreplay.quotes.block import Block
from zreplay.quotes.rejection import Rejection
from zreplay.quotes.ticker_table import joined


def captured_quotes(
    messages: Sequence[LiveMessage], *, may_be_negative: bool = False
) -> tuple[Block, list[Rejection]]:
    """Return the quotes in the order in which they were received, and what was not a quote."""
    plain = [message for message in messages if message.reading is None]
    if len(plain) == len(messages):
        return decode(plain, may_be_negative=may_be_negative)
    of_venues = [message for message in messages if message.reading is not None]
    block, rejections = venue_quotes(of_venues)
    if plain:
        other, more = decode(plain, may_be_negative=may_be_negative)
        block = joined([block, other])
        # Each by itself is in order of receipt, and so is its position.
        block = block.take(np.argsort(block.position, kind="stable"))
        rejections = sorted([*rejections, *more], key=lambda rejection: rejection.offset)
    return block, rejections
