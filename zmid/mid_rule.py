"""What determines a line: the rule, and the text of an error line around its numbers."""

from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from protocol.limits import LATENCY_LIMIT_NS
from protocol.messages import Buffer
from zmid.plain_text import NS_PER_MS, shortest


class MidRule(msgspec.Struct, frozen=True):
    """What the user decides about the lines: `stamp` is one of protocol.messages.STAMPS."""

    threshold_ms: float
    stamp: str


class MidLines(NamedTuple):
    """The text of a batch for each log.

    `skipped` quotes have an error and no mid line, `blank` ones neither.
    """

    mids: Buffer
    errors: Buffer
    skipped: int
    blank: int


NO_LINES = MidLines(b"", b"", 0, 0)


def error_frame(threshold_ms: float) -> tuple[str, str]:
    """Return what comes before the time and after the latency of an error line."""
    return "No mid price at ", f"ms is bigger than {shortest(threshold_ms)}ms\n"


def arrivals_ns(
    timestamp_ns: npt.NDArray[np.int64], latency_ms: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Return the arrival as the replay order has it, rounded half to even; None without a latency.

    A latency over 292 years does not fit in an int64 of nanoseconds: it counts as none.
    """
    with np.errstate(over="ignore"):
        latency_ns = np.rint(latency_ms * NS_PER_MS)
        is_known = np.abs(latency_ns) < LATENCY_LIMIT_NS
        return timestamp_ns + np.where(is_known, latency_ns, 0.0).astype(np.int64)


def mids_of(
    bid_price: npt.NDArray[np.float64], ask_price: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the mid of each quote, none of which is blank, before it is rounded."""
    with np.errstate(over="ignore"):
        mids = 0.5 * (bid_price + ask_price)
    # The sum can be too large for a float64 where its half is not.
    if np.isinf(mids).any():
        return np.where(np.isinf(mids), 0.5 * bid_price + 0.5 * ask_price, mids)
    return mids
