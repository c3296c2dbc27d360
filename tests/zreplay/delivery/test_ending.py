"""A run ends when the sink has it, when it was drained, or when all is sent and there is none."""

import pytest

from zreplay.delivery.ending import Ending


def ending_of(*, is_acknowledged: bool = True) -> Ending:
    return Ending(exits_when_done=True, is_acknowledged=is_acknowledged)


def test_once_the_sink_has_all_of_it_nothing_more_is_sent_and_no_command_counts() -> None:
    ending = ending_of()
    assert (False, False, False) == (ending.is_decided, ending.is_settled(None), ending.is_complete)
    ending.acknowledged(is_finished=True)
    ending.acknowledged(is_finished=False)

    assert (True, True, True) == (ending.is_decided, ending.is_settled(None), ending.has_come(None))


def test_a_run_that_was_complete_has_not_come_to_its_end_before_the_sink_says_so_again() -> None:
    ending = ending_of()
    ending.welcomed(is_complete=True)
    assert (True, True, False) == (ending.is_decided, ending.is_settled(None), ending.has_come(30))
    ending.welcomed(is_complete=False)

    assert not ending.is_decided


@pytest.mark.parametrize("is_acknowledged", [True, False])
def test_only_where_nobody_acknowledges_a_run_ends_once_it_is_sent(is_acknowledged: bool) -> None:
    ending = ending_of(is_acknowledged=is_acknowledged)

    assert [False, not is_acknowledged] == [ending.has_come(None), ending.has_come(30)]
    assert ending.is_settled(30)


def test_a_drain_waits_for_what_is_in_flight_and_for_no_longer_than_it_may() -> None:
    ending = ending_of()
    assert not ending.is_drained(10, is_idle=True)
    ending.drain(10, 100)
    ending.drain(60, 100)

    assert ending.is_decided
    assert [True, False, True] == [
        ending.is_drained(11, is_idle=True),
        ending.is_drained(110, is_idle=False),
        ending.is_drained(111, is_idle=False),
    ]
