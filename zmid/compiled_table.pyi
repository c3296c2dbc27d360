"""The computed columns of mids.arrows: what zmid/processors/mids_table.py defines, in C."""

from collections.abc import Buffer

def columns(
    timestamp_ns: Buffer,
    latency_ms: Buffer,
    bid_price: Buffer,
    ask_price: Buffer,
    ticker_codes: Buffer,
    ticker_names: tuple[str, ...],
    threshold_ms: float,
    is_historical: bool,
    /,
) -> tuple[int, bytes, bytes, bytes, int, bytes, int, bytes, bytes]:
    """Return how many quotes lack a price, and what Arrow takes as buffers, for each quote.

    The arrival (int64, ns); the mid (float64); whether it has one (a bit) and how many have none;
    whether its mid is not rounded yet (a byte) and how many are not; where its ticker ends
    (int32, behind a zero), and the text of all tickers.

    The columns are little-endian and of one length: int64 and float64, the codes int32. Only in
    historical mode has a quote over the threshold no mid.

    Raises:
        ValueError: the columns are not of one length, or a code has no name.
        OverflowError: the tickers are of over 2 GiB.
    """
