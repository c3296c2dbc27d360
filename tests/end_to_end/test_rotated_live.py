"""Live logs are rotated by receipt, in record order, whatever times the quotes have."""

import json
from pathlib import Path

from protocol.rotation import HOUR_NS
from tests.end_to_end.processes import parts, until
from tests.reference import mid_line
from tests.segments import read_segment, segment_paths
from zreplay.live.capture import CaptureWriter
from zreplay.live.capture_records import Captured, RecordKind
from zreplay.quotes.timestamp_text import time_text

NOON_NS = 1_768_478_400 * 10**9
FAR_NS = 4_073_000_000 * 10**9
"""A time in 2099."""
SECOND_NS = 10**9
NOBODY = "ws://127.0.0.1:1"

AT_ONE, AT_TWO = NOON_NS + HOUR_NS, NOON_NS + 2 * HOUR_NS
SEGMENTS = [
    [(AT_ONE - 1, NOON_NS)],
    # A straggler across the hour stays in the open one; the time of the exchange decides nothing.
    [(AT_ONE, NOON_NS), (AT_ONE - 5, NOON_NS), (AT_ONE + 9, FAR_NS), (AT_ONE + 9, SECOND_NS)],
    [(AT_TWO, NOON_NS)],
    # A clock that said 2099 once ends two periods, and not all that come.
    [(FAR_NS, NOON_NS)],
    [(AT_TWO + SECOND_NS, AT_TWO), (AT_ONE, AT_TWO), (AT_TWO + SECOND_NS, AT_TWO)],
    [(AT_TWO + HOUR_NS, AT_TWO)],
]
"""When each quote was received, and its own time; in the order of receipt."""


def test_stragglers_across_the_hour_and_a_stray_of_2099_are_in_the_segment_that_was_open(
    tmp_path: Path,
) -> None:
    quotes = [quote for segment in SEGMENTS for quote in segment]
    with parts(tmp_path) as these:
        these.state.mkdir()
        writer = CaptureWriter(these.state / "capture", 1 << 30)
        for received_ns, time_ns in quotes:
            quote = {"timestamp": time_text(time_ns), "ticker": "A", "bid_price": 1, "ask_price": 2}
            record = Captured(RecordKind.MESSAGE, received_ns, json.dumps(quote).encode())
            assert writer.append([record]) is None
        writer.close()
        serve = these.serve("--live", NOBODY)
        these.worker()
        these.sink("--rotate", "hourly")
        until(lambda: these.ask("status")["committed"] == len(quotes), "what was captured")
        these.ask("stop")
        assert 0 == serve.wait(60)

        found = [*segment_paths(these.out, "mid_prices.log"), these.out / "mid_prices.log"]
        expected = ["".join(mid_line(ns, 1, 2) for _, ns in each) for each in SEGMENTS]
        assert expected == [read_segment(path).decode() for path in found]
