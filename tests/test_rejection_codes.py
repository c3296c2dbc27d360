"""Every reason for rejecting a row keeps the code it has always had.

Users filter rejected.log by these codes: a changed word must not change one.
"""

import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from protocol.error_codes import ROW_CODES
from tests.quote_forms import HORIZON_NS, RECV_NS, Text
from zreplay.historical.historical_source import HistoricalSource
from zreplay.historical.latency_model import LatencyModel
from zreplay.inspection.refusals import MAX_REASONS, OTHER_REASON, Refusals
from zreplay.live.capture import CaptureWriter
from zreplay.live.capture_records import Captured, RecordKind
from zreplay.quotes.rejection import MISSING, Rejection

CODES = {
    "missing": "Z101",
    "not a number": "Z102",
    "not an integer": "Z102",
    "not a time such as 0-0-0 0:0:0.0": "Z103",
    "not a time from 0 to 0": "Z103",
    "no such day": "Z103",
    "no such time of day": "Z103",
    "negative": "Z104",
    "not finite": "Z105",
    "larger than a 0-bit float": "Z105",
    "longer than 0 characters": "Z105",
    "line longer than 0 bytes": "Z105",
    "outside of 0 bits": "Z105",
    "outside of 0 bits of nanoseconds": "Z105",
    "outside of 0 bits of nanoseconds before or after it came": "Z105",
    "arrives outside of 0 bits of nanoseconds": "Z105",
    "arrives outside of 0 bits of nanoseconds with --latency scale:0": "Z105",
    "0 fields, the header has 0": "Z106",
    "a quoted field is not closed on its line": "Z106",
    "a carriage return inside": "Z106",
    "not UTF-0 at byte 0 of the field": "Z107",
    "not JSON": "Z107",
    "not a JSON object": "Z107",
    "late: it arrives 0.0s before a timestamp that stands above it, --reorder is 0s": "Z108",
    "not a text": "Z109",
    "stray: ahead of the rows around it by more than --max-jump 0s": "Z110",
}
"""A reason, each number in it as 0 -> its code."""

GOOD = Text("1", "2025-10-02 00:00:00", "A", "1", "2", "1", "3", "5")
LINES = [
    GOOD._replace(ask_price=""),
    GOOD._replace(ask_price="1O1"),
    GOOD._replace(index="7.5"),
    GOOD._replace(index=str(2**63)),
    GOOD._replace(timestamp="yesterday"),
    GOOD._replace(timestamp="2025-02-29 00:00:00"),
    GOOD._replace(timestamp="2025-02-28 24:00:00"),
    GOOD._replace(timestamp="1500-01-01 00:00:00"),
    GOOD._replace(bid_price="-1"),
    GOOD._replace(bid_price="inf"),
    GOOD._replace(bid_price="1e309"),
    GOOD._replace(ticker="A" * 257),
    GOOD._replace(ticker="A" * 70_000),
    GOOD._replace(latency="1e300"),
    GOOD._replace(ticker='"A'),
    GOOD._replace(ticker='"A\r\u00e4"'),
    GOOD._replace(ticker="A,B"),
    GOOD._replace(ticker="A\udcff"),
    GOOD._replace(timestamp="2025-10-09 00:00:00"),  # a stray
    *([GOOD] * 3),
    GOOD._replace(timestamp="2025-10-01 00:00:00"),  # late
]
MESSAGES = [
    b"{",
    b"[7]",
    *(
        json.dumps({**GOOD._asdict(), **changes}).encode()
        for changes in (
            {"ticker": 7},
            {"ticker": ""},
            {"timestamp": "yesterday"},
            {"timestamp": "1700-01-01 00:00:00"},
            {"ask_price": "x"},
            {"ask_price": -1},
            {"ask_price": "nan"},
            {"index": 1.5},
        )
    ),
]


def rejected_lines(folder: Path) -> Iterator[Rejection]:
    path = folder / "quotes.csv"
    lines = [",".join(Text._fields), *map(",".join, LINES)]
    path.write_bytes("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape"))
    yield from read(path, reorder_ns=0, max_jump_ns=86_400 * 10**9)


def rejected_messages(folder: Path) -> Iterator[Rejection]:
    path = folder / "capture.log"
    with closing(CaptureWriter(path, 1 << 40)) as writer:
        assert (
            writer.append([Captured(RecordKind.MESSAGE, RECV_NS, each) for each in MESSAGES])
            is None
        )
    yield from read(path)


def rejected_by_a_model(folder: Path) -> Iterator[Rejection]:
    path = folder / "quotes.csv"
    path.write_text(f"{','.join(Text._fields)}\n{','.join(GOOD)}\n")
    yield from read(path, latency=LatencyModel("scale", 1e300))


def read(path: Path, reorder_ns: int = HORIZON_NS, **options: object) -> list[Rejection]:
    rejections: list[Rejection] = []
    source = HistoricalSource(
        [path],
        horizon_ns=reorder_ns,
        late="reject",
        max_rows=1_000,
        reject=rejections.append,
        **options,
    )
    with closing(source):
        while source.read() is not None:
            pass
    return rejections


SOURCES = (rejected_lines, rejected_messages, rejected_by_a_model)


def without_numbers(reason: str) -> str:
    return re.sub(r"\d+(e\+\d+)?", "0", reason)


def test_every_reason_has_its_code_in_rejected_log(tmp_path: Path) -> None:
    rejections = [rejection for source in SOURCES for rejection in source(tmp_path)]

    assert CODES == {
        without_numbers(fields["reason"]): fields["code"]
        for fields in (json.loads(rejection.as_line()) for rejection in rejections)
    }
    assert set(ROW_CODES) == set(CODES.values())


def test_reasons_beyond_the_room_for_them_have_the_code_of_any_other() -> None:
    refusals = Refusals()
    for number in range(MAX_REASONS + 2):
        refusals.add(Rejection("a.csv", None, 0, f"column{number}", "", *MISSING))

    most_rows, *others = refusals.report()
    assert (OTHER_REASON.text, "Z109") == (most_rows.reason, most_rows.code)
    assert {"Z101"} == {refusal.code for refusal in others}
