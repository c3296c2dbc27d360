"""The name of a segment says its log, its number and its range; the manifest is read as written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.rotation import DAY_NS, HOUR_NS
from protocol.segment import (
    Place,
    Segment,
    manifest_line,
    period_text,
    place_of,
    read_manifest,
    segment_file,
    waiting_file,
)

LOGS = (
    *("mid_prices.log", "mids.arrows", "outputs/a.csv", "outputs/a.b.csv", "outputs/plain"),
    *("outputs/mid_prices.log", "outputs/a.00000001.x.csv", "outputs/a.00000001"),
)
NOON_NS = 1_768_478_400_000_000_000


def test_a_name_says_what_it_is() -> None:
    names = [segment_file(log, 7, "2026-01-15T12") for log in LOGS[:5]]

    assert [
        "segments/mid_prices.00000007.2026-01-15T12.log",
        "segments/mids.00000007.2026-01-15T12.arrows",
        "segments/outputs/a.00000007.2026-01-15T12.csv",
        "segments/outputs/a.b.00000007.2026-01-15T12.csv",
        "segments/outputs/plain.00000007.2026-01-15T12",
    ] == names
    assert "segments/mid_prices.00000008.open.log" == waiting_file("mid_prices.log", 8)


@pytest.mark.parametrize("log", LOGS)
@pytest.mark.parametrize("span", ["2026-01-15", "0-4096", "open"])
def test_a_name_is_of_its_log_and_of_no_other(log: str, span: str) -> None:
    file = segment_file(log, 123_456_789, span)

    assert [Place(123_456_789, span, False) if each == log else None for each in LOGS] == [
        place_of(each, file) for each in LOGS
    ]
    assert Place(123_456_789, span, True) == place_of(log, f"{file}.zst")


@pytest.mark.parametrize(
    "file", ["segments/manifest.jsonl", "mid_prices.log", "segments/mid_prices.7.x.log", ""]
)
def test_what_is_no_segment_is_none(file: str) -> None:
    assert None is place_of("mid_prices.log", file)


@pytest.mark.parametrize(
    ("latest_ns", "period_ns", "text"),
    [
        (NOON_NS, HOUR_NS, "2026-01-15T12"),
        (NOON_NS - 1, HOUR_NS, "2026-01-15T11"),
        (NOON_NS, DAY_NS, "2026-01-15"),
        (-1, HOUR_NS, "1969-12-31T23"),
        (2**63 - 1, HOUR_NS, "2262-04-11T23"),
        (-(2**63), DAY_NS, "1677-09-21"),
    ],
)
def test_a_period_is_an_hour_or_a_day(latest_ns: int, period_ns: int, text: str) -> None:
    assert text == period_text(latest_ns, period_ns)


@given(st.lists(st.integers(0, 2**40), max_size=5), st.binary(max_size=20))
def test_a_manifest_is_read_as_it_was_written_but_for_damaged_lines(
    numbers: list[int], junk: bytes
) -> None:
    written = [
        Segment("a.log", number, segment_file("a.log", number, "x"), 3 * number, 3, 9, None, number)
        for number in numbers
    ]
    text = b"".join(map(manifest_line, written))

    assert written == read_manifest(text) == read_manifest(text + b"{" + junk)[: len(written)]
    assert [each.tail.number for each in written] == numbers
