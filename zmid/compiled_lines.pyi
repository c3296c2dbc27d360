"""The columns of a batch -> the lines of both logs: what zmid/mid.py defines, in C."""

from collections.abc import Buffer, Callable

def lines(
    timestamp_ns: Buffer,
    latency_ms: Buffer,
    bid_price: Buffer,
    ask_price: Buffer,
    threshold_ms: float,
    is_historical: bool,
    is_arrival: bool,
    is_narrow: bool,
    rounded: Callable[[float], str],
    shortest: Callable[[float], str],
    /,
) -> tuple[bytes, bytes, int, int]:
    """Return the mid lines, the error lines, how many quotes have the latter, and how many none.

    A quote has none if one of its prices is NaN.

    The columns are little-endian int64 and float64 and of one length. Only in historical mode
    is a quote over the threshold, and only there a mid line prints the arrival if that is
    asked for. With `is_narrow` the texts are as protocol/narrow_text.py has them. `rounded`
    and `shortest` are those of plain_text.py: they are called for the numbers of a rare size or
    kind.

    Raises:
        ValueError: the columns are not of 8 bytes a quote each.
    """
