"""A status object -> what the operator sees. In: counts; out: a renderable or plain text.

Laid out to the size that is given (40x10 to 200x60), every line cut and none wrapped.
Numbers have fixed places, so nothing jumps. Colour stands only where something is wrong, and
the words say it too. What came from another process is text, never markup or an escape.
"""

from typing import Any, Final

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from protocol.messages import HISTORICAL
from zreplay.status import BLOCKED, NO_WORKERS, RECONNECTING, WAITING
from zreplay.tables import (
    WARNING,
    WIDE_COLUMNS,
    WRONG,
    ago,
    cut,
    feed_lines,
    printable,
    worker_lines,
)
from zreplay.worker_activity import Status, worker_activities

MAX_BAR_COLUMNS: Final = 60
TIME_COLUMNS: Final = 23
FULL_HEIGHT: Final = 12
_MIB: Final = 1024 * 1024
_PLAIN: Final = "not bold default"


def render(
    status: Status | None,
    previous: Status | None,
    size: tuple[int, int],
    *,
    address: str = "",
    silent_ns: int = 0,
    now_unix_ns: int | None = None,
) -> RenderableType:
    """Return the dashboard for a screen of `size` (columns, lines).

    `status` None means that nobody has answered yet. `previous` is an earlier answer of some
    seconds ago, for the workers' busy share. `silent_ns` over 0 says that `status` is old.
    """
    width, height = size
    if status is None:
        return cut(_waiting_text(address), WARNING)
    is_wide = width >= WIDE_COLUMNS
    lines = [
        _head(status, is_wide),
        *_notices(status, silent_ns, 2 if height >= FULL_HEIGHT else 1),
        _progress(status, width),
        *_counts(status, is_wide),
    ]
    room = height - len(lines)
    feeds = status["feeds"]
    feed_room = min(len(feeds) + 1, max(1, room // 3)) if feeds else 0
    workers = worker_activities(status, previous)
    lines += worker_lines(workers, width, room - feed_room)
    lines += feed_lines(feeds, width, feed_room, now_unix_ns)
    return Group(*lines[:height])


def line(status: Status | None, clock: str, *, silent_ns: int = 0, address: str = "") -> str:
    """Return one plain line for a pipe, `clock` (HH:MM:SS) first."""
    if status is None:
        return f"{clock} {_waiting_text(address)}"
    if silent_ns:
        return f"{clock} {_silence_text(silent_ns)}"
    flight = status["in_flight"]
    workers = worker_activities(status, None)
    lost = sum(worker.is_lost for worker in workers)
    parts = [
        f"{status['state']} {status['mode']} {status['speed']}",
        _percent(_share_of_files(status)),
        f"sent {status['sent_per_second']:,.0f}/s",
        f"committed {status['committed_per_second']:,.0f}/s",
        f"in flight {flight['quotes']:,}/{flight['window_quotes']:,}",
        f"workers {len(workers) - lost}" + (f" lost {lost}" if lost else ""),
        f"skipped {status['latency_skipped']:,}",
        f"rejected {status['rejected']:,}",
        f"waits for {status['waits_for']}" if status["waits_for"] else "",
        f"problem {status['problem']}" if status["problem"] else "",
    ]
    return f"{clock} {printable('  '.join(part for part in parts if part))}"


def summary(outcome: dict[str, Any]) -> str:
    """Return the last words of a run; the places of the two logs come last."""
    late = outcome["lateness_ns"]
    end = "done" if outcome["complete"] else "stopped before the end"
    lateness = "  ".join(f"{name} {late[name] / 1e6:,.2f} ms" for name in ("p50", "p99", "max"))
    counts = (
        ("mids", outcome["mids"]),
        ("over the latency threshold", outcome["latency_skipped"]),
        ("rejected", outcome["rejected"]),
        ("resent batches", outcome["resent_batches"]),
    )
    out = outcome["out"]
    return "\n".join(
        [
            f"{end} in {outcome['seconds']:,.1f} s: {outcome['quotes']:,} quotes, "
            f"{outcome['quotes_per_second']:,} a second",
            *(f"  {name:<26} {count:>15,}" for name, count in counts),
            f"  {'lateness':<26} {lateness}" if late["max"] else f"  {'lateness':<26} unpaced",
            *([f"rejected rows: {out}/rejected.log"] if outcome["rejected"] else []),
            f"mid prices:    {out}/mid_prices.log",
            f"errors:        {out}/errors.log",
        ]
    )


def _head(status: Status, is_wide: bool) -> RenderableType:
    state = status["state"]
    is_backpressure = state == BLOCKED and status["committed_per_second"] > 0
    is_odd = state in (WAITING, BLOCKED, NO_WORKERS, RECONNECTING) and not is_backpressure
    head = cut(f"{state:<12}", f"bold {WARNING}" if is_odd else "bold")
    head.append(f"  {status['mode']:<10}  {status['speed']:<8}", _PLAIN)
    if status["acks"] == "none":
        head.append("  at most once: no sink acknowledges", _PLAIN)
    if is_wide:
        minutes, seconds = divmod(status["uptime_ns"] // 1_000_000_000, 60)
        up = f"  up {minutes // 60}:{minutes % 60:02d}:{seconds:02d}  pid {status['pid']}"
        head.append(up, _PLAIN)
    return head


def _notices(status: Status, silent_ns: int, most: int) -> list[RenderableType]:
    """Return what needs attention; one line stays free for it even if nothing does."""
    notices = []
    if silent_ns:
        notices.append(cut(_silence_text(silent_ns), WRONG))
    if status["problem"]:
        notices.append(cut(f"problem: {status['problem']}", WRONG))
    if status["waits_for"]:
        notices.append(cut(f"waits for {status['waits_for']}"))
    return [*notices[:most]] or [Text()]


def _progress(status: Status, width: int) -> RenderableType:
    time = cut(status["time"] or "at the start")
    share = _share_of_files(status)
    if share is None:
        return time
    percent = _percent(share)
    bar_columns = min(MAX_BAR_COLUMNS, width - TIME_COLUMNS - len(percent) - 4)
    bar = ProgressBar(
        total=1.0,
        completed=min(1.0, share),
        width=max(1, bar_columns),
        style="dim",
        complete_style="default",
        finished_style="default",
    )
    row = Table.grid(padding=(0, 2, 0, 0))
    row.add_column(width=TIME_COLUMNS, no_wrap=True)
    row.add_column(no_wrap=True)
    row.add_column(no_wrap=True)
    row.add_row(time, bar, percent)
    return row


def _counts(status: Status, is_wide: bool) -> list[RenderableType]:
    flight, late = status["in_flight"], status["lateness_ns"]
    p50, p99, most = (f"{name} {late[name] / 1e6:>8,.2f} ms" for name in ("p50", "p99", "max"))
    in_flight = f"in flight {flight['quotes']:>15,} of {flight['window_quotes']:,}"
    lateness = f"lateness  p99 {late['p99'] / 1e6:>8,.1f} max {late['max'] / 1e6:>8,.1f} ms"
    set_aside = (
        f"skipped {status['latency_skipped']:>6,} rejected {status['rejected']:>4,} "
        f"resent {status['resent_batches']:>2,}"
    )
    if is_wide:
        used_mib, window_mib = flight["bytes"] / _MIB, flight["window_bytes"] / _MIB
        in_flight += f" quotes  {used_mib:>6,.1f} of {window_mib:,.1f} MiB"
        lateness = f"lateness  {p50}  {p99}  {most}"
        set_aside = (
            f"over the threshold {status['latency_skipped']:>9,}  "
            f"rejected {status['rejected']:>7,}  resent batches {status['resent_batches']:>5,}"
        )
    return [
        cut(f"sent      {status['sent']:>15,} {status['sent_per_second']:>11,.0f}/s"),
        cut(f"committed {status['committed']:>15,} {status['committed_per_second']:>11,.0f}/s"),
        cut(in_flight),
        cut(lateness),
        cut(set_aside, WARNING if status["rejected"] else ""),
    ]


def _share_of_files(status: Status) -> float | None:
    """Return how much of the files was sent; live quotes have no end to measure by."""
    share: float | None = status["progress"] if status["mode"] == HISTORICAL else None
    return share


def _percent(share: float | None) -> str:
    """Write the share that is done, rounded down: 100 % means the end."""
    return "" if share is None else f"{min(100, int(share * 100)):>3}%"


def _waiting_text(address: str) -> str:
    return f"waiting for a replayer on {address}" if address else "waiting for the replayer"


def _silence_text(silent_ns: int) -> str:
    return f"no answer for {ago(silent_ns)}"
