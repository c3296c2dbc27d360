"""What is subtracted from a sleep follows how late sleeps end, within bounds."""

from hypothesis import given
from hypothesis import strategies as st

from zreplay.replayer.sleep_overshoot import MOST_NS, STEP_NS, SleepOvershoot


def expected_after(*late_ns: int) -> list[int]:
    oversleep, expected = SleepOvershoot(), []
    for each in late_ns:
        oversleep.observe(each)
        expected.append(oversleep.expected_ns)
    return expected


@given(st.integers(0, MOST_NS))
def test_sleeps_that_all_end_as_late_are_expected_to(late_ns: int) -> None:
    last = expected_after(*[late_ns] * 200)[-1]

    assert abs(last - late_ns) <= STEP_NS


def test_half_of_the_sleeps_end_later_than_expected() -> None:
    late_ns = [20_000, 40_000, 90_000] * 300
    settled = expected_after(*late_ns)[-90:]

    assert all(abs(each - 40_000) <= 2 * STEP_NS for each in settled)


def test_one_sleep_that_ends_very_late_changes_little() -> None:
    before, after = expected_after(*[50_000] * 100, 10**10)[-2:]

    assert STEP_NS == after - before or after == before


@given(st.lists(st.integers(0, 10**12), max_size=300))
def test_it_stays_between_nothing_and_the_most(late_ns: list[int]) -> None:
    assert all(0 <= each <= MOST_NS for each in expected_after(*late_ns))
