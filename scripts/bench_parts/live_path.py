"""Group 5: from a websocket message to its committed line, with the feed on the same cores.

`zreplay feed` plays a recording to `zreplay serve --live`, with two workers and the sink. A live
quote always has a mid line, in the order received, so line k of the log is message k of the
capture. Two latencies of each:

- from its receive stamp in the capture, taken when the websocket delivers it to the replayer;
- from when it was due at the feed: that also counts how late the feed sent it and the time in the
  buffers of the connection. The feed's clock is that of the message with the least such delay.

Its line is committed when the log is seen to hold it (commits.GrowthWatch), up to half a
millisecond later than it was. The first two seconds, in which everything starts, do not count.
What a venue sends is measured beside it: scripts/bench_parts/venue_path.py.
"""

import contextlib
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from protocol.result_folder import MIDS
from scripts.bench_parts.commits import GrowthWatch, Int64s, line_ends, stamps_ns
from scripts.bench_parts.pipeline import Plan
from scripts.bench_parts.recording import QUOTES_PER_SECOND, recording
from scripts.bench_parts.report import Section
from scripts.bench_parts.venue_path import binance
from tests.end_to_end.processes import Parts, parts, until
from zreplay.live.capture_reader import CaptureReader
from zreplay.live.capture_records import RecordKind
from zreplay.replayer.state import StatePaths

PACED_SECONDS = 15
WARM_UP_NS = 2 * 10**9
FLAT_OUT_ROWS = 500_000
READ_BYTES = 4 * 2**20
NS_PER_MS = 1e6
SHARES = {"p50": 0.5, "p99": 0.99, "max": 1.0}


class Passed(NamedTuple):
    """Unix times of each quote, in ns, in the order received; lines that were committed."""

    stamped_ns: Int64s
    received_ns: Int64s
    committed_ns: Int64s
    lines: int


def live_path(plan: Plan) -> Section:
    """Websocket message to committed line at 11,000 a second, and the most that is sustained."""
    section = Section("live", "live: websocket message to committed line")
    paced = recording(PACED_SECONDS * QUOTES_PER_SECOND, plan.cache)
    passed = relay(paced, "1")
    counted = passed.received_ns >= passed.received_ns[0] + WARM_UP_NS
    received_ms = (passed.committed_ns - passed.received_ns)[counted] / NS_PER_MS
    due_ns = passed.stamped_ns + (passed.received_ns - passed.stamped_ns).min()
    due_ms = (passed.committed_ns - due_ns)[counted] / NS_PER_MS
    for name, delays in (("received to committed", received_ms), ("due to committed", due_ms)):
        quantiles = {f"{key} ms": float(np.quantile(delays, at)) for key, at in SHARES.items()}
        section.rows.append({"": f"11,000 a second, {name}", **quantiles})
    section.figures = {
        "live_p50_ms": float(np.quantile(received_ms, 0.5)),
        "live_p99_ms": float(np.quantile(received_ms, 0.99)),
    }
    section.notes = [_loss(passed, PACED_SECONDS * QUOTES_PER_SECOND)]
    _flat_out(plan, section)
    binance(section)
    return section


def _flat_out(plan: Plan, section: Section) -> None:
    rows = plan.rows or FLAT_OUT_ROWS
    passed = relay(recording(rows, plan.cache), "max")
    seconds = (passed.committed_ns[-1] - passed.received_ns[0]) / 1e9
    section.notes.append(
        f"Flat out, from the first message to the last line: {rows / seconds:,.0f} a second; "
        + _loss(passed, rows)
    )
    if passed.lines == rows:
        section.figures["live_per_second"] = rows / seconds


def _loss(passed: Passed, rows: int) -> str:
    return f"{rows:,} quotes were sent, {passed.lines:,} lines were committed."


def relay(file: Path, speed: str) -> Passed:
    """Play a recording through feed, replayer, two workers and sink until nothing more arrives."""
    with tempfile.TemporaryDirectory(prefix="zreplay-bench-") as name:
        folder = Path(name)
        with parts(folder) as these, GrowthWatch(these.out) as watch:
            port_file = folder / "port"
            these.feed(file, "--port", 0, "--port-file", port_file, "--speed", speed)
            for part in (these.sink, these.worker, these.worker):
                part()
            until(lambda: port_file.exists() and port_file.read_text().strip(), "the feed")
            address = f"ws://127.0.0.1:{port_file.read_text().strip()}"
            these.serve("--live", address, "--mode", "live")
            watch.wait_for_silence()
            log = (these.out / MIDS).read_bytes()
            return _passed(these, watch, log)


def _passed(these: Parts, watch: GrowthWatch, log: bytes) -> Passed:
    received: list[int] = []
    with contextlib.closing(CaptureReader(StatePaths(these.state).capture)) as reader:
        offset = reader.first_offset
        while (chunk := reader.read(offset, READ_BYTES)) is not None:
            received += [
                record.recv_ns for record in chunk.records if record.kind == RecordKind.MESSAGE
            ]
            offset = chunk.next_offset
    ends = line_ends(log)
    count = min(len(ends), len(received))
    return Passed(
        stamps_ns(log)[:count],
        np.array(received[:count], np.int64),
        watch.committed_ns(ends[:count]),
        len(ends),
    )
