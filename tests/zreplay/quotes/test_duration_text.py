"""A duration is written as the options take it, and never shorter than it is."""

import pytest

from zreplay.quotes.duration_text import ago, duration_text, rounded_text
from zreplay.settings import parse_seconds_ns


@pytest.mark.parametrize(
    ("duration_ns", "text"),
    [
        (0, "0s"),
        (1, "0.001s"),
        (1_000_000, "0.001s"),
        (1_000_001, "0.002s"),
        (5_000_000_000, "5s"),
        (2**63 - 1, "9223372036.855s"),
    ],
)
def test_it_is_rounded_up_to_a_millisecond(duration_ns: int, text: str) -> None:
    assert text == duration_text(duration_ns)


@pytest.mark.parametrize("duration_ns", [1_000_000, 90_500_000_000])
def test_an_option_reads_it_back(duration_ns: int) -> None:
    assert duration_ns == parse_seconds_ns(duration_text(duration_ns), "--reorder")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (59.4, "59s"),
        (60, "1m 00s"),
        (198, "3m 18s"),
        (3_600, "1h 00m"),
        (26 * 3_600, "1d 02h"),
        (1e9, "11574d 01h"),
    ],
)
def test_what_is_left_is_written_in_the_two_units_that_fit_it(seconds: float, text: str) -> None:
    assert text == rounded_text(int(seconds * 1e9))


@pytest.mark.parametrize(
    ("passed_ns", "text"),
    [
        (0, "0.0 s"),
        (59 * 1_000_000_000, "59.0 s"),
        (60 * 1_000_000_000, "1 min"),
        (3_599 * 1_000_000_000, "59 min"),
        (3_600 * 1_000_000_000, "1 h"),
        (10**9 * 1_000_000_000, "277,777 h"),
    ],
)
def test_a_passed_time_is_written_in_one_unit(passed_ns: int, text: str) -> None:
    assert text == ago(passed_ns)
