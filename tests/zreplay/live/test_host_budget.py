"""All feeds of a host share what it allows, and what it said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zreplay.live.back_off import LONGEST_TOLD_NS
from zreplay.live.host_budget import HostBudget, Tries

S = 1_000_000_000


def budget(*tries: Tries) -> HostBudget:
    host = HostBudget()
    for each in tries:
        host.allow(each)
    return host


def test_a_try_more_than_allowed_waits_until_the_first_is_old_enough() -> None:
    host = budget(Tries(2, 10 * S))

    assert [0, 0, 8 * S, 0] == [host.take(at) for at in (0, 1 * S, 2 * S, 10 * S)]
    assert 1 * S == host.take(10 * S)


@given(
    st.lists(st.integers(0, 5 * S), max_size=60),
    st.lists(st.builds(Tries, st.integers(1, 4), st.integers(1, 9 * S)), min_size=1, max_size=3),
)
def test_no_span_has_more_tries_than_each_budget_allows_and_a_wait_is_long_enough(
    steps: list[int], budgets: list[Tries]
) -> None:
    host, now_ns, taken = budget(*budgets), 0, list[int]()
    for step in steps:
        now_ns += step
        while wait_ns := host.take(now_ns):
            now_ns += wait_ns
        taken.append(now_ns)

    for most, within_ns in budgets:
        for first, later in zip(taken, taken[most:], strict=False):
            assert later - first >= within_ns


def test_without_a_budget_nobody_waits() -> None:
    assert [0] * 500 == [budget().take(0) for _ in range(500)]


@pytest.mark.parametrize(
    ("status", "told_ns", "wait_ns"),
    [
        (429, 0, 16 * S),
        (429, 3 * S, 3 * S),
        (429, 10**30, LONGEST_TOLD_NS),
        (418, 0, LONGEST_TOLD_NS),
        (418, 1, LONGEST_TOLD_NS),
        (503, 3 * S, 3 * S),
        (503, 0, 0),
        (401, 0, 0),
    ],
)
def test_what_one_was_told_holds_for_all(status: int, told_ns: int, wait_ns: int) -> None:
    host = budget()
    host.on_refused(status, told_ns, 5)

    assert wait_ns == host.take(5)
    assert 0 == host.take(5 + wait_ns)


def test_too_many_again_and_again_is_ever_longer_until_one_is_accepted() -> None:
    host, waits = budget(), []
    for _ in range(12):
        host.on_refused(429, 0, 0)
        waits.append(host.take(0) // S)
    host.on_accepted()
    host.on_refused(429, 0, 1000 * S)

    assert [16, 32, 64, *[120] * 9] == waits
    assert 16 * S == host.take(1000 * S)


def test_a_shorter_word_does_not_end_a_longer_one() -> None:
    host = budget()
    host.on_refused(418, 0, 0)
    host.on_refused(429, 1, 0)

    assert LONGEST_TOLD_NS == host.take(0)
