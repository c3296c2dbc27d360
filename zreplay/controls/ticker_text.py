"""What is said of tickers, in words and numbers of few digits; imports nothing that computes."""

from typing import Final

from protocol.result_folder import TABLE

LAST_MID_DIGITS: Final = 10
MEAN_SPREAD_DIGITS: Final = 4


def number_text(value: float | None, digits: int) -> str:
    """Return a number with so many digits that count; `-` if there is none."""
    return "-" if value is None else f"{value:.{digits}g}"


def missing_text(segments: int) -> str:
    """Return what is not counted as it is not there any more; empty if all is."""
    what = "a closed segment" if segments == 1 else f"{segments:,} closed segments"
    return f"without {what} of {TABLE}, not there any more" if segments else ""


def left_out_text(tickers: int, quotes: int) -> str:
    """Return what is not listed; empty if nothing is."""
    return f"... {tickers:,} more, with {quotes:,} quotes" if quotes else ""
