"""Which task is run next, and which is given up."""

from zreplay.backfilling.campaign import Campaign

S = 10**9


def given(campaign: Campaign, now_ns: int = 0, slots: int = 1) -> list[int]:
    found = []
    while (task := campaign.next(now_ns, slots)) is not None:
        found.append(task)
    return found


def test_two_tasks_a_worker_are_in_flight_and_more_as_they_end() -> None:
    campaign = Campaign(range(4))

    assert [0, 1] == given(campaign)
    campaign.ended(0, 0)
    assert [2] == given(campaign)


def test_it_is_over_when_nothing_waits_or_is_in_flight() -> None:
    campaign = Campaign([7])

    assert not campaign.is_over
    assert [7] == given(campaign)
    assert not campaign.is_over
    campaign.ended(7, 0)
    assert campaign.is_over


def test_a_task_that_kills_each_process_fails_and_its_neighbours_do_not() -> None:
    campaign = Campaign(range(4))
    done = []
    for _ in range(20):
        in_flight = given(campaign)
        if 0 in in_flight:  # it kills the process, whatever is beside it
            campaign.died()
        else:
            done += in_flight
            for task in in_flight:
                campaign.ended(task, 0)

    assert ([0], [1, 2, 3], True) == (campaign.failed, sorted(done), campaign.is_over)


def test_one_that_was_a_suspect_twice_is_run_alone() -> None:
    campaign = Campaign(range(3))
    assert [0, 1] == given(campaign)
    campaign.ended(1, 0)
    assert [2] == given(campaign)
    campaign.died()  # 0 and 2, behind which nothing waits
    assert [0, 2] == given(campaign)
    campaign.ended(2, 0)
    campaign.died()

    assert [0] == given(campaign)


def test_nothing_is_begun_beside_one_that_is_run_alone() -> None:
    campaign = Campaign(range(4))
    assert [0, 1] == given(campaign)
    campaign.ended(1, 0)
    assert [2] == given(campaign)
    campaign.died()
    assert [3, 0] == given(campaign)
    campaign.died()
    assert [2] == given(campaign)
    campaign.ended(2, 0)

    assert [0] == given(campaign)
    campaign.ended(0, 0)
    assert [3] == given(campaign)


def test_when_it_stops_what_is_in_flight_ends_and_nothing_is_begun() -> None:
    campaign = Campaign(range(9))
    assert [0, 1] == given(campaign)

    campaign.stop()

    campaign.ended(0, 0)
    assert ([], False) == (given(campaign), campaign.is_over)
    campaign.ended(1, 0)
    assert campaign.is_over


def test_what_may_pass_is_tried_three_times_and_later_each_time() -> None:
    campaign = Campaign([7])
    assert [7] == given(campaign)
    assert campaign.retry(7, 0)
    assert ([], [7]) == (given(campaign, S - 1), given(campaign, S))
    assert campaign.retry(7, S)
    assert ([], [7]) == (given(campaign, 6 * S - 1), given(campaign, 6 * S))

    assert not campaign.retry(7, 6 * S)
    assert campaign.is_over


def test_one_that_waits_to_be_tried_again_is_not_over_and_holds_nobody_up() -> None:
    campaign = Campaign([7, 8])
    assert [7, 8] == given(campaign)
    campaign.retry(7, 0)
    campaign.ended(8, 0)

    assert (False, None) == (campaign.is_over, campaign.oldest(0))


def test_a_lost_task_is_given_again_however_often() -> None:
    campaign = Campaign([7])
    for _ in range(10):
        assert [7] == given(campaign)
        campaign.lost(7)

    assert ([7], []) == (given(campaign), campaign.failed)


def test_a_straggler_is_given_once_more_when_a_slot_is_free_and_the_first_to_end_counts() -> None:
    campaign = Campaign(range(4), slow=3.0)
    assert [0, 1, 2, 3] == given(campaign, slots=2)
    for task in (1, 2, 3):
        assert campaign.ended(task, S)
    assert ([], (0, 3 * S)) == (given(campaign, 3 * S, slots=2), campaign.oldest(3 * S))

    assert [0] == given(campaign, 3 * S + 1, slots=2)
    assert [] == given(campaign, 99 * S, slots=2)
    assert ([True, False], True) == (
        [campaign.ended(0, 99 * S) for _ in range(2)],
        campaign.is_over,
    )


def test_without_a_free_slot_or_a_limit_no_task_is_given_twice() -> None:
    for slow, slots in ((3.0, 1), (None, 2)):
        campaign = Campaign(range(5), slow=slow)
        given(campaign, slots=3)
        for task in (1, 2, 3, 4):
            campaign.ended(task, S)
        assert [] == given(campaign, 99 * S, slots)
