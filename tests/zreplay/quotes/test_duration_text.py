"""A duration is written as the options take it, and never shorter than it is."""

import pytest

from zreplay.quotes.duration_text import duration_text
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
