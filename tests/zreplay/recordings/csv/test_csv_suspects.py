"""Lines that pyarrow cannot read are suspects, others are not: so few lines are judged."""

import pytest

from tests.zreplay.recordings.csv.headers import read_header
from zreplay.recordings.csv import csv_rows, judged_rows
from zreplay.recordings.csv.csv_lines import CsvLines
from zreplay.recordings.csv.csv_rows import FEW_LINES, CsvRows
from zreplay.recordings.csv.csv_suspects import oddly_built
from zreplay.recordings.csv.line_fields import MAX_LINE_BYTES, Fault
from zreplay.recordings.csv.line_rows import Row, read_line
from zreplay.recordings.formats.layout import Layout

HEADER = b"timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency,index"
LAYOUT = read_header(HEADER, "a")
GOOD = b"2025-10-02 23:59:57.290000,A@B,1.5,101,100.5,36.0,24.4,7"

BAD = {
    "a field too few": b"2025-10-02 23:59:57.290000,A@B,1.5,101,100.5,36.0,24.4",
    "a field too many": GOOD + b",",
    "no row at all": b"x",
    "a letter in a price": GOOD.replace(b"101", b"1O1"),
    "a hexadecimal price": GOOD.replace(b"101", b"0x10"),
    "a comma for a point": GOOD.replace(b"101", b'"1,01"'),
    "no number for an amount": GOOD.replace(b"1.5", b"?"),
    "no number for a latency": GOOD.replace(b"24.4", b"24.4ms"),
    "an index of twenty digits": GOOD.replace(b",7", b",99999999999999999999"),
    "no such day": GOOD.replace(b"10-02", b"02-30"),
    "no such month": GOOD.replace(b"10-02", b"13-02"),
    "no such time of day": GOOD.replace(b"23:59", b"24:59"),
    "ten decimals": GOOD.replace(b"290000", b"2900000000"),
    "a zone": GOOD.replace(b"290000", b"290000+25:00"),
    "a year out of range": GOOD.replace(b"2025", b"2300"),
    "an open quote": GOOD.replace(b"A@B", b'"A@B'),
    "no UTF-8": GOOD.replace(b"A@B", b"\xff"),
    "a byte-order mark": b"\xef\xbb\xbf" + GOOD,
    "a carriage return inside": GOOD.replace(b"A@B", b"A\rB"),
}


class Judge:
    """Judges as the judge does, and keeps what it was asked."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    def __call__(self, line: bytes, layout: Layout) -> Row | Fault:
        self.lines.append(line)
        return read_line(line, layout)


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Judge:
    judge = Judge()
    for module in (csv_rows, judged_rows):
        monkeypatch.setattr(module, "read_line", judge)
    return judge


@pytest.mark.parametrize("kind", BAD)
def test_only_the_bad_line_among_many_is_judged(kind: str, judge: Judge) -> None:
    bad = BAD[kind]
    lines = [GOOD] * (4 * FEW_LINES)
    lines[0] = lines[77] = bad

    rows = CsvRows(LAYOUT, 0).read(CsvLines.of(b"\n".join(lines)), 0)

    assert [bad, bad] == judge.lines
    assert [0, 77] == [fault.number for fault in rows.faults]


@pytest.mark.parametrize("end", (b"\r\r\n", b"\r\n"))
def test_carriage_returns_before_a_line_feed_make_no_line_suspect(end: bytes, judge: Judge) -> None:
    lines = [GOOD] * (4 * FEW_LINES)
    lines[5] = b"x"

    rows = CsvRows(LAYOUT, 0).read(CsvLines.of(end.join(lines)), 0)

    assert (len(lines) - 1, [5], [b"x" + end[:-1]]) == (
        len(rows.block),
        [fault.number for fault in rows.faults],
        judge.lines,
    )


def test_a_file_of_bad_lines_only_is_judged_at_once(judge: Judge) -> None:
    lines = [b"x"] * (4 * FEW_LINES)

    rows = CsvRows(LAYOUT, 0).read(CsvLines.of(b"\n".join(lines)), 0)

    assert (0, len(lines), len(lines)) == (len(rows.block), len(rows.faults), len(judge.lines))


def test_a_line_that_is_too_long_is_suspect() -> None:
    lines = CsvLines.of(GOOD + b"\n" + b"x" * (MAX_LINE_BYTES + 1) + b"\n" + GOOD)

    assert [False, True, False] == oddly_built(lines, len(LAYOUT.header), ",").tolist()
