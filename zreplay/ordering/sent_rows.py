"""Rows and the key of the last one that was sent: which of a block come behind it."""

import numpy as np

from zreplay.ordering.order_cursor import Key
from zreplay.quotes.block import Block


def unsent(block: Block, sent_key: Key | None) -> Block:
    """Return the rows that come behind the one of this key; without one, all of them."""
    if sent_key is None or not len(block):
        return block
    arrival_ns, position = sent_key
    if block.bounds.least_arrival_ns > arrival_ns:
        return block
    is_later = block.arrival_ns > arrival_ns
    is_behind = (block.arrival_ns == arrival_ns) & (block.position > position)
    return block.take(np.flatnonzero(is_later | is_behind))


def last_key(block: Block) -> Key:
    """Return the key of the last of some rows in file order to leave."""
    bounds = block.bounds
    return bounds.greatest_arrival_ns, int(block.position[bounds.last_row])
