"""The place in a CSV is found by a few looks, and no quote that is due after it stands before."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zreplay.recordings.csv import csv_seek
from zreplay.recordings.csv.csv_header import read_header
from zreplay.recordings.csv.csv_seek import LATENCY_SLACK_NS, Table, bound_ns, ends, find
from zreplay.recordings.csv.line_rows import MAX_LINE_BYTES

HEADER = b"timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"
LAYOUT = read_header(HEADER, "quotes.csv")
SECOND_NS = 1_000_000_000
NOON_NS = 1_759_406_400 * SECOND_NS
quick = settings(max_examples=200)


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


def rest(data: bytes, timestamp_ns: int) -> bytes:
    """Return what stands from the place on."""
    return data[find(table(data), timestamp_ns) :]


@pytest.fixture(autouse=True)
def fine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a small file be halved many times."""
    monkeypatch.setattr(csv_seek, "SCAN_BYTES", 120)
    monkeypatch.setattr(csv_seek, "PROBE_BYTES", 16)


rows = st.lists(
    st.one_of(
        st.floats(0, 50).map(row), st.sampled_from([b"\n", b"broken\n", b",,,,,,\n", b"\r\n"])
    ),
    max_size=60,
)


@quick
@given(st.lists(st.integers(0, 40), max_size=60).map(sorted), st.integers(-1, 41))
def test_in_a_sorted_file_it_is_the_first_row_that_is_not_earlier(
    seconds: list[int], wanted: int
) -> None:
    data = HEADER + b"".join(row(second) for second in seconds)
    later = [row(second) for second in seconds if second >= wanted]

    assert b"".join(later) == rest(data, NOON_NS + wanted * SECOND_NS)


@quick
@given(rows, st.integers(-1, 51))
def test_whatever_stands_in_the_file_the_place_is_the_beginning_of_a_line(
    lines: list[bytes], wanted: int
) -> None:
    data = HEADER + b"".join(lines)
    place = find(table(data), NOON_NS + wanted * SECOND_NS)

    assert data[:place].endswith(b"\n")
    assert place == find(table(data), NOON_NS + wanted * SECOND_NS)


@quick
@given(
    st.lists(st.tuples(st.integers(0, 60), st.floats(0, LATENCY_SLACK_NS / 2e6)), max_size=80),
    st.integers(0, 90),
    st.integers(0, 20),
)
def test_no_quote_that_arrives_later_stands_before_the_place(
    drawn: list[tuple[int, float]], wanted: int, horizon: int
) -> None:
    """Rows are kept that are not late: their order in the file is good for the horizon."""
    lines, newest = [], 0
    for second, latency_ms in drawn:
        if second + latency_ms / 1000 >= newest - horizon:
            lines.append((second, latency_ms))
            newest = max(newest, second)
    data = HEADER + b"".join(row(*line) for line in lines)
    target_ns = NOON_NS + wanted * SECOND_NS

    place = find(table(data), bound_ns(target_ns, horizon * SECOND_NS))

    before = data[len(HEADER) : place].count(b"\n")
    arrivals = [second + latency_ms / 1000 for second, latency_ms in lines[:before]]
    assert [] == [arrival for arrival in arrivals if arrival > wanted + 1e-6]


def test_a_large_file_is_looked_at_a_few_times_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    data = HEADER + b"".join(row(second / 100) for second in range(200_000))
    looks = Looks(data)

    place = find(Table(looks, len(HEADER), len(data), LAYOUT), NOON_NS + 1500 * SECOND_NS)

    assert data[place:].startswith(row(1500))
    assert looks.count < 60
    assert looks.bytes < 200_000


@pytest.mark.parametrize("length", [MAX_LINE_BYTES // 2, 3 * MAX_LINE_BYTES])
def test_a_line_that_is_too_long_is_passed_over(
    length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    data = HEADER + row(1) + row(2) + b"x" * length + b"\n" + row(3) + row(4)

    assert row(3) + row(4) == rest(data, NOON_NS + 3 * SECOND_NS)
    assert row(2) + b"x" * length + b"\n" + row(3) + row(4) == rest(data, NOON_NS + 2 * SECOND_NS)


def test_a_last_line_without_a_line_feed_counts() -> None:
    data = HEADER + row(1) + row(2).rstrip()

    assert row(2).rstrip() == rest(data, NOON_NS + 2 * SECOND_NS)
    assert b"" == rest(data, NOON_NS + 3 * SECOND_NS)


def test_a_file_that_was_cut_meanwhile_ends_the_search() -> None:
    data = HEADER + row(1)

    assert find(Table(Looks(data), len(HEADER), len(data) + 5000, LAYOUT), NOON_NS) <= len(data)


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


def test_a_search_works_on_a_real_file(tmp_path: Path) -> None:
    path = tmp_path / "quotes.csv"
    path.write_bytes(HEADER + row(1) + row(2))
    with path.open("rb") as file:

        def read_at(offset: int, most_bytes: int) -> bytes:
            file.seek(offset)
            return file.read(most_bytes)

        place = find(
            Table(read_at, len(HEADER), path.stat().st_size, LAYOUT), NOON_NS + 2 * SECOND_NS
        )

    assert place == len(HEADER + row(1))


YEAR = 366 * 24 * 3600
DAY_NS = 24 * 3600 * SECOND_NS


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


@quick
@given(st.lists(st.integers(0, 40), min_size=20, max_size=60).map(sorted), st.data())
def test_a_stray_never_moves_the_place_behind_a_row_that_is_asked_for(
    seconds: list[int], data: st.DataObject
) -> None:
    rows = [row(second) for second in seconds]
    for place in sorted(data.draw(st.sets(st.integers(0, len(rows) - 1), max_size=3))):
        rows[place] = far(place)
    wanted = data.draw(st.integers(-1, 41))
    later = [
        row(s)
        for s, line in zip(seconds, rows, strict=True)
        if s >= wanted and line[0:4] == b"2025"
    ]

    found = rest(HEADER + b"".join(rows), NOON_NS + wanted * SECOND_NS)

    assert set(later) <= set(found.splitlines(keepends=True))
    assert found.startswith((b"2025", b"2099")) or not found
