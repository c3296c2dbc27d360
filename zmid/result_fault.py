"""What no worker can have computed, though each field of the RESULT holds. A result in, a text out.

Once committed it would stay: a threshold that is no number equals that of no other worker, behind
an empty cursor nothing goes on, and half a line joins the next one.
"""

from math import isfinite

from protocol.messages import Buffer, Result

LINE_FEED = ord("\n")


def fault_of(result: Result) -> str:
    """Return what cannot be of a result, empty if it may be; to count the lines takes time."""
    if not isfinite(result.threshold_ms):
        return f"a threshold of {result.threshold_ms} ms"
    if not result.cursor:
        return "a result without a cursor"
    if not _are_lines(result.mids, result.count - result.skipped - result.blank):
        return "mids that are no lines of its quotes"
    if not _are_lines(result.errors, result.skipped):
        return "errors that are no lines of what it skipped"
    return ""


def _are_lines(text: Buffer, quotes: int) -> bool:
    return text[-1] == LINE_FEED if quotes and text else not quotes and not text
