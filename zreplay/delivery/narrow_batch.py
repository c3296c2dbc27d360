"""A batch on its way to another host -> the same quotes in as few bytes as hold them.

Where a byte is cheap, between processes of one host, to look at all numbers costs as much as it
saves: there batches travel wide.
"""

from typing import Final

import numpy as np
from msgspec.structs import replace

from protocol.messages import Batch, Columns
from protocol.narrow_codes import narrowed_codes
from protocol.narrow_column import narrowed
from protocol.narrow_head import ITEM_BYTES, NARROW_FROM

_WIDE_NAMES: Final = Columns.__struct_fields__[:7]
_INTEGERS: Final = {"index", "timestamp_ns"}


def narrowed_batch(batch: Batch) -> Batch:
    """Return the same batch with narrow columns, or the batch itself if it has few quotes."""
    if batch.count < NARROW_FROM:
        return batch
    columns = batch.columns
    eight_bytes = []
    for name in _WIDE_NAMES:
        column = getattr(columns, name)
        is_wide = len(column) == ITEM_BYTES * batch.count
        narrow = narrowed(column, is_float=name not in _INTEGERS) if is_wide else column
        eight_bytes.append(narrow)
    names = columns.ticker_names
    codes = narrowed_codes(np.frombuffer(columns.ticker_codes, "<i4"), len(names))
    return replace(batch, columns=Columns.of(eight_bytes, names, codes))
