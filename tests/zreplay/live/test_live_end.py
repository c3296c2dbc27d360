"""A live run ends after its duration or at its instant, whichever comes first."""

import pytest

from zreplay.live.live_end import LiveEnd


@pytest.mark.parametrize(
    ("end", "elapsed_ns", "wall_ns", "expected"),
    [
        (LiveEnd(), 10**18, 10**19, False),
        (LiveEnd(duration_ns=5), 4, 10**19, False),
        (LiveEnd(duration_ns=5), 5, 0, True),
        (LiveEnd(until_ns=100), 10**18, 99, False),
        (LiveEnd(until_ns=100), 0, 100, True),
        (LiveEnd(5, 100), 5, 7, True),
        (LiveEnd(5, 100), 1, 101, True),
    ],
)
def test_it_ends_when_its_time_has_come(
    end: LiveEnd, elapsed_ns: int, wall_ns: int, expected: bool
) -> None:
    assert expected == end.has_come(elapsed_ns, wall_ns)


def test_it_says_which_option_ends_it() -> None:
    assert ("--duration", "--until") == (LiveEnd(5, 7).why(), LiveEnd(until_ns=7).why())
