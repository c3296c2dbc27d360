"""What no worker can have computed, though each field of a RESULT is valid. Result in, text out.

Once committed it would stay: a NaN threshold never equals that of another worker, an empty cursor
cannot be resumed from, and half a line runs into the next one.
"""

from math import isfinite

from protocol.messages import Buffer, Result

LINE_FEED = ord("\n")


def fault_of(result: Result) -> str:
    """Return what is impossible in a result, empty if nothing; counting the lines takes time."""
    if not result.cursor:
        return "a result without a cursor"
    if result.threshold_ms is None:
        has_lines = result.mids or result.errors or result.skipped or result.blank
        return "lines of mids that it does not compute" if has_lines else ""
    if not isfinite(result.threshold_ms):
        return f"a threshold of {result.threshold_ms} ms"
    if not _are_lines(result.mids, result.count - result.skipped - result.blank):
        return "mids that are not one line for each of its quotes"
    if not _are_lines(result.errors, result.skipped):
        return "errors that are not one line for each quote it skipped"
    return ""


def _are_lines(text: Buffer, quotes: int) -> bool:
    return text[-1] == LINE_FEED if quotes and text else not quotes and not text
