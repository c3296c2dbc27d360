"""The columns of a batch -> the lines of a CSV: what csv_text.py defines, in C."""

from collections.abc import Buffer, Callable

def lines(
    arrival_ns: Buffer,
    timestamp_ns: Buffer,
    latency_ms: Buffer | None,
    ticker_ends: Buffer,
    ticker_names: Buffer,
    ask_price: Buffer,
    bid_price: Buffer,
    ask_amount: Buffer,
    bid_amount: Buffer,
    index: Buffer,
    number: Callable[[float], str],
    /,
) -> bytes:
    """Return the lines of n quotes.

    Times and index are int64, numbers float64, native byte order. NaN and an index of -1 are
    missing; without latencies there is no field for them. The tickers are as Arrow keeps text:
    n + 1 places (int32) in `ticker_names`, a ticker stands between each and the next, quoted if it
    has to be. `number` is called for numbers of a rare size or kind: its text has 32 bytes at most.

    Raises:
        ValueError: the columns do not fit each other, or a text is too long.
    """
