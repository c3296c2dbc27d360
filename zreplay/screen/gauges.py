"""The figures of a run -> lines with fixed columns: rates, window, lateness, what was set aside.

Numbers have a fixed width, so nothing jumps when one grows a digit.
"""

from typing import Any, Final

from rich.console import RenderableType

from protocol.messages import LIVE
from zreplay.controls.receipt import lack_of_receipt, slowest_receipt_ns
from zreplay.controls.worker_activity import Status
from zreplay.screen.observation import Observation
from zreplay.screen.sparkline import sparkline
from zreplay.screen.tables import WARNING, WIDE_COLUMNS, cut

MAX_SPARK_COLUMNS: Final = 120
AGE_HEIGHT: Final = 14
"""From this height on, there is a line for the time from sending to commit."""
_RATE_COLUMNS: Final = 41
_MIB: Final = 1024 * 1024


def gauge_lines(
    seen: Observation, status: Status, width: int, height: int, *, is_ascii: bool
) -> list[RenderableType]:
    """Return the lines for a screen of this size."""
    is_wide = width >= WIDE_COLUMNS
    age = status["age_ns"]
    times = _times if is_wide else _narrow_times
    lines = [
        *_rate_lines(seen, status, width, is_ascii),
        cut(_in_flight(status, is_wide)),
        cut(_lateness(status, is_wide)),
    ]
    if height >= AGE_HEIGHT:
        lines.append(cut(f"age       {'nothing acknowledges' if age is None else times(age)}"))
    return [*lines, cut(_set_aside(status, is_wide), WARNING if status["rejected"] else "")]


def _rate_lines(
    seen: Observation, status: Status, width: int, is_ascii: bool
) -> list[RenderableType]:
    columns = min(MAX_SPARK_COLUMNS, width - _RATE_COLUMNS)
    sent, committed = seen.rates(max(1, columns - 2))
    most = max((*sent, *committed), default=0.0)
    return [
        cut(
            f"{name:<9} {status[name]:>15,} {status[f'{name}_per_second']:>11,.0f}/s"
            f"{sparkline(rates, most, columns, is_ascii=is_ascii)}"
        )
        for name, rates in (("sent", sent), ("committed", committed))
    ]


def _in_flight(status: Status, is_wide: bool) -> str:
    flight = status["in_flight"]
    text = f"in flight {flight['quotes']:>15,} of {flight['window_quotes']:,}"
    if not is_wide:
        return text
    used_mib, window_mib = flight["bytes"] / _MIB, flight["window_bytes"] / _MIB
    return f"{text} quotes  {used_mib:>6,.1f} of {window_mib:,.1f} MiB"


def _lateness(status: Status, is_wide: bool) -> str:
    """Return how late quotes left; of live ones, which are never late, how late they came."""
    if status["mode"] != LIVE:
        times = _times if is_wide else _narrow_times
        return f"lateness  {times(status['lateness_ns'])}"
    receipt_ns = slowest_receipt_ns(status["feeds"])
    if receipt_ns is None:
        return f"receipt   {lack_of_receipt(status['feeds'])}"
    names = ("p50", "p99") if is_wide else ("p99",)
    return "receipt   " + "  ".join(f"{name} {receipt_ns[name] / 1e6:>8,.2f} ms" for name in names)


def _times(summary_ns: dict[str, int]) -> str:
    return "  ".join(f"{name} {summary_ns[name] / 1e6:>8,.2f} ms" for name in ("p50", "p99", "max"))


def _narrow_times(summary_ns: dict[str, int]) -> str:
    return f"p99 {summary_ns['p99'] / 1e6:>8,.1f} max {summary_ns['max'] / 1e6:>8,.1f} ms"


def _set_aside(status: dict[str, Any], is_wide: bool) -> str:
    if not is_wide:
        return (
            f"skipped {status['latency_skipped']:>6,} rejected {status['rejected']:>4,} "
            f"resent {status['resent_batches']:>2,}"
        )
    return (
        f"over the threshold {status['latency_skipped']:>9,}  rejected {status['rejected']:>7,}  "
        f"resent {status['resent_batches']:>5,}  blocked {status['blocked_ns'] / 1e9:>7,.1f} s"
    )
