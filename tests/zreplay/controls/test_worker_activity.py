"""Shares and losses of workers, from two answers."""

from tests.zreplay.answers import SECOND_NS, make_status, make_worker
from zreplay.controls.worker_activity import (
    LOST_AFTER_NS,
    SLOW_FROM_NS,
    SLOW_TIMES,
    worker_activities,
)


def test_shares_are_of_what_happened_between_the_two_answers() -> None:
    before = make_status(
        uptime_ns=10 * SECOND_NS,
        workers=[
            make_worker("a", quotes=1_000, busy_ns=5 * SECOND_NS),
            make_worker("b", quotes=9_000, busy_ns=8 * SECOND_NS),
        ],
    )
    now = make_status(
        uptime_ns=12 * SECOND_NS,
        workers=[
            make_worker("a", quotes=1_300, busy_ns=6 * SECOND_NS),
            make_worker("b", quotes=9_100, busy_ns=8 * SECOND_NS),
        ],
    )

    found = [
        (row.name, row.quotes, row.share, row.busy_share) for row in worker_activities(now, before)
    ]

    assert [("a", 1_300, 0.75, 0.5), ("b", 9_100, 0.25, 0.0)] == found


def test_with_nothing_new_the_share_is_of_all_quotes() -> None:
    status = make_status(workers=[make_worker("a", quotes=30), make_worker("b", quotes=10)])

    assert [0.75, 0.25] == [row.share for row in worker_activities(status, None)]
    assert [0.75, 0.25] == [row.share for row in worker_activities(status, status)]
    nothing = make_status(workers=[make_worker("a", quotes=0)])
    assert [0.0] == [row.share for row in worker_activities(nothing, None)]


def test_a_busy_share_needs_an_earlier_answer_of_the_same_worker_and_process() -> None:
    def busy_shares(before: dict[str, object] | None) -> list[float | None]:
        now = make_status(uptime_ns=20 * SECOND_NS, workers=[make_worker("a", busy_ns=SECOND_NS)])
        return [row.busy_share for row in worker_activities(now, before)]

    earlier = make_status(uptime_ns=18 * SECOND_NS, workers=[make_worker("a", busy_ns=0)])

    assert busy_shares(earlier) == [0.5]
    assert busy_shares(None) == [None]
    assert busy_shares({**earlier, "pid": 7}) == [None]
    assert busy_shares({**earlier, "workers": []}) == [None]
    assert busy_shares({**earlier, "workers": [make_worker("a", busy_ns=10**12)]}) == [None]


def test_a_share_is_never_above_all_of_it() -> None:
    before = make_status(uptime_ns=0, workers=[make_worker("a", busy_ns=0)])
    now = make_status(uptime_ns=SECOND_NS, workers=[make_worker("a", busy_ns=3 * SECOND_NS)])

    assert [1.0] == [row.busy_share for row in worker_activities(now, before)]


def test_a_worker_is_lost_after_three_seconds_without_results_while_others_deliver() -> None:
    def lost(*seen_ago_ns: int) -> list[str]:
        rows = [make_worker(f"w{number}", seen_ago_ns=ns) for number, ns in enumerate(seen_ago_ns)]
        return [
            row.name for row in worker_activities(make_status(workers=rows), None) if row.is_lost
        ]

    assert lost(0, LOST_AFTER_NS) == []
    assert lost(0, LOST_AFTER_NS + 1) == ["w1"]
    assert lost(LOST_AFTER_NS + 1, 10 * LOST_AFTER_NS) == []  # nothing is being sent
    assert lost(LOST_AFTER_NS + 1) == []


def test_lost_workers_come_first_and_the_rest_by_name() -> None:
    rows = [make_worker("c"), make_worker("a"), make_worker("b", seen_ago_ns=9 * SECOND_NS)]

    assert ["b", "a", "c"] == [
        row.name for row in worker_activities(make_status(workers=rows), None)
    ]


def test_no_workers_are_no_rows() -> None:
    assert [] == worker_activities(make_status(workers=[]), make_status())


def test_a_worker_is_slow_whose_batches_take_much_longer_than_those_of_the_others() -> None:
    def slow(*batch_p99_ns: int) -> list[bool]:
        rows = [make_worker(f"w{at}", busy_p99_ns=ns) for at, ns in enumerate(batch_p99_ns)]
        activities = worker_activities(make_status(workers=rows), None)
        return [row.is_slow for row in sorted(activities, key=lambda row: row.name)]

    much = SLOW_TIMES * SLOW_FROM_NS
    assert [False, False, True] == slow(SLOW_FROM_NS, SLOW_FROM_NS, much + 1)
    assert [False, False, False] == slow(SLOW_FROM_NS, SLOW_FROM_NS, much)
    assert [False, False] == slow(1, SLOW_FROM_NS - 1)  # quick enough all the same
    assert [False] == slow(much)


def test_the_rate_of_a_worker_is_of_what_happened_between_the_two_answers() -> None:
    before = make_status(uptime_ns=10 * SECOND_NS, workers=[make_worker("a", quotes=1_000)])
    now = make_status(uptime_ns=12 * SECOND_NS, workers=[make_worker("a", quotes=1_300)])

    assert [150.0] == [row.per_second for row in worker_activities(now, before)]
    assert [None] == [row.per_second for row in worker_activities(now, None)]
