"""A child that died is restarted, later and later, until it is clearly in vain."""

from zreplay.supervision.restart import FIRST_DELAY_NS, MAX_DEATHS, MAX_DELAY_NS, RestartPolicy

NOW_NS = 7_000_000_000


def test_each_death_without_a_commit_waits_twice_as_long_and_the_fifth_is_the_last() -> None:
    policy = RestartPolicy()

    answers = [policy.died(0, NOW_NS) for _ in range(MAX_DEATHS)]

    delays = [50_000_000, 100_000_000, 200_000_000, 400_000_000]
    assert [*(NOW_NS + delay for delay in delays), None] == answers


def test_a_commit_in_between_makes_all_deaths_before_it_forgotten() -> None:
    policy = RestartPolicy()
    for progress in range(1, 50):
        for _ in range(MAX_DEATHS - 1):
            assert policy.died(progress, NOW_NS) is not None

    assert policy.died(49, NOW_NS) is None


def test_what_was_committed_before_the_first_death_is_progress_too() -> None:
    policy = RestartPolicy()

    assert NOW_NS + FIRST_DELAY_NS == policy.died(120, NOW_NS)
    assert 1 == policy.deaths


def test_a_result_log_that_was_cut_back_is_not_the_same_progress() -> None:
    policy = RestartPolicy()
    for _ in range(MAX_DEATHS - 1):
        policy.died(100, NOW_NS)

    assert policy.died(60, NOW_NS) is not None


def test_no_wait_is_longer_than_two_seconds() -> None:
    policy = RestartPolicy(deaths=MAX_DEATHS - 2)

    due_ns = policy.died(0, NOW_NS)

    assert due_ns is not None
    assert due_ns - NOW_NS <= MAX_DELAY_NS
