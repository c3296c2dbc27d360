"""The first row that can be read decides what a file is."""

from zreplay.recordings.csv.csv_header import layouts_of_line
from zreplay.recordings.csv.first_row import MOST_BYTES, MOST_LINES, decided
from zreplay.recordings.formats.format_options import FormatOptions

OWN = layouts_of_line(b"timestamp,ticker,ask_price,bid_price", "a.csv", FormatOptions())
SETTLED = layouts_of_line(
    b"timestamp,ticker,ask_price,bid_price",
    "a.csv",
    FormatOptions(format="zreplay", time_unit="ms"),
)
MS = b"1759449597290,A,2,1\n"
TEXT = b"2025-10-02 23:59:57,A,2,1\n"


def unit_of(rows: bytes, *, is_last: bool = False) -> str | None:
    layout = decided(OWN, rows, is_last=is_last)
    return None if layout is None else layout.times.unit or "text"


def test_the_first_row_says_the_unit() -> None:
    assert "ms" == unit_of(MS + TEXT)
    assert "text" == unit_of(TEXT + MS)
    assert ["s", "us", "ns"] == [
        unit_of(MS.replace(b"597290", end)) for end in (b"597", b"597290000", b"597290000000")
    ]


def test_what_is_no_row_decides_nothing() -> None:
    assert "ms" == unit_of(b"\njunk\n0,A,2,1\n1759449597290,A,2,\n" + MS)


def test_a_row_that_may_go_on_is_waited_for() -> None:
    assert unit_of(MS[:-1]) is None
    assert "ms" == unit_of(MS[:-1], is_last=True)
    assert unit_of(b"") is None


def test_a_file_without_any_row_has_the_likeliest_layout() -> None:
    assert "text" == unit_of(b"junk\n", is_last=True)
    assert "text" == unit_of(b"junk\n" * MOST_LINES + MS)
    assert "ms" == unit_of(b"junk\n" * (MOST_LINES - 1) + MS)
    assert "text" == unit_of(b"j" * (MOST_BYTES - 1) + b"\n" + MS)


def test_what_only_one_can_be_needs_no_row() -> None:
    assert SETTLED[0] == decided(SETTLED, b"", is_last=False)
