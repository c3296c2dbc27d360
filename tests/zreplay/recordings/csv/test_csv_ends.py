"""The first and the last arrival are found at the two ends of a CSV, with few reads."""

import pytest

from tests.zreplay.recordings.csv.headers import read_header
from zreplay.recordings.csv import csv_ends
from zreplay.recordings.csv.csv_ends import Table, ends
from zreplay.recordings.csv.line_fields import MAX_LINE_BYTES

HEADER = b"timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"
LAYOUT = read_header(HEADER, "quotes.csv")
SECOND_NS = 1_000_000_000
NOON_NS = 1_759_406_400 * SECOND_NS


def row(second: float, latency_ms: float = 1.0) -> bytes:
    minutes, rest = divmod(second, 60)
    hours, minutes = divmod(int(minutes), 60)
    return (
        f"2025-10-02 {12 + hours:02d}:{minutes:02d}:{rest:09.6f},T,1,2,1,1,{latency_ms}\n"
    ).encode()


class Looks:
    """A file in memory that counts how often it is read."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.count = 0
        self.bytes = 0

    def __call__(self, offset: int, most_bytes: int) -> bytes:
        found = self.data[offset : offset + most_bytes]
        self.count += 1
        self.bytes += len(found)
        return found


def table(data: bytes) -> Table:
    return Table(Looks(data), len(HEADER), len(data), LAYOUT)


@pytest.fixture(autouse=True)
def fine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the ends be small."""
    monkeypatch.setattr(csv_ends, "SCAN_BYTES", 120)
    monkeypatch.setattr(csv_ends, "PROBE_BYTES", 16)


def test_the_span_is_from_the_first_arrival_to_the_last() -> None:
    data = HEADER + row(3, 1) + row(2, 4) + b"broken\n" + row(50, 3000) + row(51, 1)

    assert (NOON_NS + 2_004_000_000, NOON_NS + 53 * SECOND_NS) == ends(table(data))
    assert (None, None) == ends(table(HEADER))


def test_the_span_of_a_large_file_is_read_off_its_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    data = HEADER + b"".join(row(second / 100) for second in range(100_000))
    looks = Looks(data)

    found = ends(Table(looks, len(HEADER), len(data), LAYOUT))

    assert (NOON_NS + 1_000_000, NOON_NS + 999_991_000_000) == found
    assert looks.bytes < 300_000


YEAR = 366 * 24 * 3600
DAY_NS = 24 * 3600 * SECOND_NS


@pytest.mark.parametrize("length", [MAX_LINE_BYTES // 2, 3 * MAX_LINE_BYTES])
def test_a_line_that_is_too_long_is_passed_over(
    length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_ends, "SCAN_BYTES", 8 * MAX_LINE_BYTES)
    data = HEADER + row(1) + b"x" * length + b"\n" + row(3)

    assert (NOON_NS + 1_001_000_000, NOON_NS + 3_001_000_000) == ends(table(data))


def test_a_last_line_without_a_line_feed_counts() -> None:
    data = HEADER + row(1) + row(2).rstrip()

    assert (NOON_NS + 1_001_000_000, NOON_NS + 2_001_000_000) == ends(table(data))


def test_a_file_that_was_cut_meanwhile_ends_the_look() -> None:
    data = HEADER + row(1)

    found = ends(Table(Looks(data), len(HEADER), len(data) + 5000, LAYOUT))

    assert (NOON_NS + 1_001_000_000, NOON_NS + 1_001_000_000) == found


def far(second: float) -> bytes:
    return row(second).replace(b"2025-", b"2099-")


def test_strays_do_not_count_for_the_span() -> None:
    data = HEADER + far(1) + b"".join(row(second) for second in range(100)) + far(99) + row(100)

    assert (NOON_NS + 1_000_000, NOON_NS + 100_001_000_000) == ends(table(data), DAY_NS)
    assert ends(table(data))[1] > NOON_NS + 70 * YEAR * SECOND_NS


def test_a_row_without_followers_stands_at_the_end_of_the_file_only() -> None:
    lone = HEADER + far(1)
    many = HEADER + row(0) + far(1) + b"".join(row(second) for second in range(2, 60))
    [lone_ns, _] = ends(table(lone), DAY_NS)

    assert lone_ns is not None
    assert lone_ns > NOON_NS + 70 * YEAR * SECOND_NS
    assert (NOON_NS + 1_000_000, NOON_NS + 59_001_000_000) == ends(table(many), DAY_NS)


def test_the_look_for_what_follows_an_end_is_bounded() -> None:
    looks = Looks(HEADER + row(0) + far(1) + b"junk\n" * 10_000 + row(2))

    ends(Table(looks, len(HEADER), len(looks.data), LAYOUT), DAY_NS)

    assert looks.bytes < 2_000
