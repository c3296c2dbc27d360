"""Judged lines are rows at their positions, or faults with their place."""

from tests.zreplay.recordings.csv.headers import read_header
from zreplay.quotes.rejection import RowCode
from zreplay.recordings.csv.csv_lines import CsvLines
from zreplay.recordings.csv.judged_rows import NO_ROWS, LineFault, judged
from zreplay.recordings.csv.line_fields import Fault

LAYOUT = read_header(b"timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency", "a")
GOOD = b"2025-10-02 00:00:00,A,1,2,1,1,0.5"
BASE = 1000


def test_each_line_is_a_row_at_its_position_or_a_fault() -> None:
    lines = CsvLines.of(b"\n".join([GOOD, b"", b"junk", GOOD.replace(b",A,", b",B,")]))
    rows = judged(lines, LAYOUT, BASE)

    names = [rows.block.ticker_names[code] for code in rows.block.ticker_codes.tolist()]
    assert [BASE, BASE + len(GOOD) + 7] == rows.block.position.tolist()
    assert ["A", "B"] == names
    assert [(2, len(GOOD) + 2)] == [(fault.number, fault.start) for fault in rows.faults]


def test_no_lines_are_no_rows() -> None:
    rows = judged(CsvLines.of(b"\n\n"), LAYOUT, BASE)

    assert (0, []) == (len(rows.block), rows.faults)
    assert (0, []) == (len(NO_ROWS.block), NO_ROWS.faults)


def test_a_fault_is_where_its_line_begins() -> None:
    lines = CsvLines.of(b"a\nbc\nd")
    fault = Fault("", "x", "no row", RowCode.OTHER)

    assert LineFault(1, 2, fault) == LineFault.at(lines, 1, fault)
