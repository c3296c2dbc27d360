"""From a message of Binance to its committed line, with the feed on the same cores.

A server sends bookTicker of a hundred symbols (binance_feed.py) to `zreplay serve --live`, with
two workers and the sink. A quote of Binance has the time of its receipt, so that line k of the log
tells when message k was received; it was due k / rate after the first one left. A rate is kept up
if the last line is committed within a second of when its message was due: nothing piled up.
"""

import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from protocol.result_folder import MIDS
from scripts.bench_parts.binance_feed import SYMBOLS
from scripts.bench_parts.commits import GrowthWatch, Int64s, line_ends, stamps_ns
from scripts.bench_parts.report import Row, Section
from tests.end_to_end.processes import Parts, parts, start, until

PLAYS = ((11_000, 15), (60_000, 15), (100_000, 10))
"""Messages a second, and for how many seconds."""

FLAT_OUT_MESSAGES = 1_000_000
WARM_UP_NS = 2 * 10**9
SUSTAINED_MS = 1_000
NS_PER_MS = 1e6


class Played(NamedTuple):
    """Unix times of each line, in ns; how many messages were sent."""

    received_ns: Int64s
    committed_ns: Int64s
    began_ns: int
    sent: int


def binance(section: Section) -> None:
    """Add what a feed of Binance gives at some rates, and flat out."""
    for rate, seconds in PLAYS:
        played = play(rate, rate * seconds)
        section.rows += rows_of(played, rate)
        section.notes.append(note_of(played, rate))
        if rate == PLAYS[0][0]:
            delays_ms = _counted(played, played.committed_ns - played.received_ns)
            section.figures["venue_p50_ms"] = float(np.quantile(delays_ms, 0.5))
            section.figures["venue_p99_ms"] = float(np.quantile(delays_ms, 0.99))
    played = play(0, FLAT_OUT_MESSAGES)
    seconds = (played.committed_ns[-1] - played.received_ns[0]) / 1e9
    section.notes.append(
        f"Binance flat out: {played.sent / seconds:,.0f} a second; {_loss(played)}"
    )
    if len(played.received_ns) == played.sent:
        section.figures["venue_per_second"] = played.sent / seconds


def rows_of(played: Played, rate: int) -> list[Row]:
    """Return the delays of a paced play."""
    due_ns = played.began_ns + np.arange(len(played.received_ns)) * 10**9 // rate
    delays = {
        "received to committed": played.committed_ns - played.received_ns,
        "due to committed": played.committed_ns - due_ns,
    }
    return [
        {
            "": f"Binance, {rate:,} a second, {name}",
            "p50 ms": float(np.quantile(counted, 0.5)),
            "p99 ms": float(np.quantile(counted, 0.99)),
            "max ms": float(counted.max()),
        }
        for name, delays_ns in delays.items()
        if len(counted := _counted(played, delays_ns))
    ]


def note_of(played: Played, rate: int) -> str:
    """Say whether a rate was kept up, and whether anything was lost."""
    last_due_ns = played.began_ns + (played.sent - 1) * 10**9 // rate
    behind_ms = float(played.committed_ns[-1] - last_due_ns) / NS_PER_MS
    kept = "kept up" if behind_ms < SUSTAINED_MS else "not kept up"
    return (
        f"Binance at {rate:,} a second: {kept}, the last line {behind_ms:,.0f} ms after its "
        f"message was due; {_loss(played)}"
    )


def play(rate: int, messages: int) -> Played:
    """Send so many messages at this rate, 0 is unpaced, until nothing more is committed."""
    with tempfile.TemporaryDirectory(prefix="zreplay-bench-") as name:
        folder = Path(name)
        port_file = folder / "port"
        with parts(folder) as these, GrowthWatch(these.out) as watch:
            feed = start("scripts.bench_parts.binance_feed", port_file, rate, messages)
            these.keep(feed)
            for part in (these.sink, these.worker, these.worker):
                part()
            until(lambda: port_file.exists() and port_file.read_text(), "the feed")
            address = f"ws://127.0.0.1:{port_file.read_text()}"
            live = ("--live", f"binance:{','.join(SYMBOLS)}", "--live-url", address)
            these.serve(*live, "--mode", "live")
            watch.wait_for_silence()
            return _played(these, watch, port_file, messages)


def _played(these: Parts, watch: GrowthWatch, port_file: Path, messages: int) -> Played:
    log = (these.out / MIDS).read_bytes()
    return Played(
        stamps_ns(log),
        watch.committed_ns(line_ends(log)),
        int(port_file.with_suffix(".began").read_text()),
        messages,
    )


def _counted(played: Played, delays_ns: Int64s) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    is_counted = played.received_ns >= played.received_ns[0] + WARM_UP_NS
    return delays_ns[is_counted] / NS_PER_MS


def _loss(played: Played) -> str:
    return f"{played.sent:,} quotes were sent, {len(played.received_ns):,} lines were committed."
