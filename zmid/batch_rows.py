"""Some rows of a batch -> a batch of its own, as the replayer could have cut it."""

import numpy as np
from msgspec.structs import replace

from protocol.messages import Batch, Columns
from protocol.narrow_codes import widened_codes
from protocol.narrow_column import widened


def rows_of(batch: Batch, start: int, stop: int) -> Batch:
    """Return the quotes `start` to `stop` of a batch; its tickers are those that they have."""
    columns = batch.columns
    codes = widened_codes(columns.ticker_codes, batch.count)[start:stop]
    present, first_places, places = np.unique(codes, return_index=True, return_inverse=True)
    order = np.argsort(first_places)
    ranks = np.empty(len(order), "<i4")
    ranks[order] = np.arange(len(order), dtype="<i4")
    names = tuple(columns.ticker_names[code] for code in present[order].tolist())
    wide = (
        memoryview(widened(getattr(columns, name), batch.count))[8 * start : 8 * stop]
        for name in Columns.__struct_fields__[:7]
    )
    return replace(
        batch,
        first=batch.first + start,
        count=stop - start,
        columns=Columns.of(wide, names, ranks[places].tobytes()),
    )
