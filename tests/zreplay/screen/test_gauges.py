"""The figures of a run have fixed places, and only what is known is claimed."""

import io
from typing import Any

import pytest
from rich.console import Console, Group

from tests.zreplay.answers import make_feed, make_status
from zreplay.screen.gauges import AGE_HEIGHT, gauge_lines
from zreplay.screen.observation import Observation


def drawn(width: int = 80, height: int = 24, **changes: Any) -> list[str]:
    status = make_status(**changes)
    console = Console(file=io.StringIO(), width=width, color_system=None)
    with console.capture() as capture:
        lines = gauge_lines(Observation(), status, width, height, is_ascii=False)
        console.print(Group(*lines))
    return [line.rstrip() for line in capture.get().splitlines()]


def test_what_was_set_aside_and_how_long_it_was_blocked_stand_in_one_line() -> None:
    assert (
        "over the threshold       412  rejected       7  resent     3  blocked    12.3 s"
        == drawn(rejected=7, resent_batches=3, blocked_ns=12_300_000_000)[-1]
    )


@pytest.mark.parametrize(("height", "lines"), [(AGE_HEIGHT - 1, 5), (AGE_HEIGHT, 6)])
def test_the_time_to_commit_has_a_line_where_there_is_room(height: int, lines: int) -> None:
    for width in (40, 80):
        assert lines == len(drawn(width, height))


def test_the_time_to_commit_is_that_from_sending() -> None:
    expected = "age       p50     4.00 ms  p99    12.00 ms  max    90.00 ms"

    assert expected == drawn()[4]


def test_without_acknowledgements_no_time_to_commit_is_claimed() -> None:
    assert "age       nothing acknowledges" == drawn(age_ns=None, acks="none")[4]
    assert "age       nothing acknowledges" == drawn(40, age_ns=None, acks="none")[4]


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_figure_that_grows_moves_no_other(width: int) -> None:
    small, large = drawn(width, blocked_ns=0, sent=1), drawn(width, blocked_ns=10**12, sent=10**10)

    assert [line.find("ms") for line in small] == [line.find("ms") for line in large]
    assert [line.find("/s") for line in small] == [line.find("/s") for line in large]


def test_of_live_quotes_it_says_how_late_they_came_not_how_late_recorded_ones_left() -> None:
    feeds = [make_feed(latency_ns={"p50": 21_000_000, "p99": 80_000_000})]

    assert "receipt   p50    21.00 ms  p99    80.00 ms" == drawn(mode="live", feeds=feeds)[3]
    assert "receipt   p99    80.00 ms" == drawn(40, mode="live", feeds=feeds)[3]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "the feeds give no time of the exchange"),
        ({"messages": 0}, "nothing came yet"),
        ({"off_ns": 318 * 86_400 * 10**9 + 1}, "the times are 318 days off"),
        ({"off_ns": -86_400 * 10**9}, "the times are 1 day off"),
    ],
)
def test_where_it_is_not_known_how_late_they_came_it_says_why(
    changes: dict[str, Any], text: str
) -> None:
    feeds = [make_feed(latency_ns=None, **changes)]

    assert f"receipt   {text}" == drawn(mode="live", feeds=feeds)[3]
