"""Columns of a recording -> those of a block, where every row is plain; written in C."""

from collections.abc import Buffer

def use_narrow(is_narrow: bool, /) -> bool:
    """Do without the long vectors that some processors have, or use them again: for tests.

    Returns whether they are used; what is read is the same.
    """

def read(
    unit_ns: int,
    may_be_negative: bool,
    times: Buffer,
    latency_ms: Buffer,
    ask_price: Buffer,
    bid_price: Buffer,
    ask_amount: Buffer | None,
    bid_amount: Buffer | None,
    ticker_places: Buffer,
    code_at: Buffer,
    timestamp_ns: Buffer,
    arrival_ns: Buffer,
    ticker_codes: Buffer,
    /,
) -> tuple[int, int, int, int, bool, int, int] | None:
    """Write the last three columns of one row or more; other threads run meanwhile.

    All columns have as many items, of eight bytes, those of tickers (int32) of four; either of the
    amounts may be left out. `times`
    (int64) are in units, and the ticker of a row has the code that `code_at` (int32) has at its
    place. Returns the `TimeBounds` of the rows. It is None, and the columns are arbitrary, if one
    row is not plain: if its time or latency is far from zero, a price or the latency is no finite
    number, a price is below zero and none may be, an amount is infinite, or a ticker has no code.

    Raises:
        ValueError: there is no row, or the columns do not fit each other.
    """
