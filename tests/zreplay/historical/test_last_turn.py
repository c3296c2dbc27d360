"""A file is alone behind others if it is asked again at once, or follows one that was."""

from zreplay.historical.last_turn import LastTurn


def turns(*numbers: int) -> LastTurn:
    turn = LastTurn()
    for number in numbers:
        turn.pass_to(number)
    return turn


def test_one_that_is_asked_again_is_alone_and_another_is_not() -> None:
    turn = turns(1)

    assert [True, False] == [turn.is_alone(number) for number in (1, 2)]
    assert [False, True] == [turn.pass_to(2), turn.pass_to(2)]


def test_one_that_follows_a_file_that_was_alone_and_has_ended_is_alone() -> None:
    turn = turns(1, 1)
    turn.end(1)

    assert [True, True, False] == [turn.pass_to(2), turn.pass_to(2), turn.pass_to(3)]


def test_one_that_follows_a_file_that_was_not_alone_is_not() -> None:
    turn = turns(2, 1)
    turn.end(1)

    assert not turn.pass_to(2)


def test_the_end_of_another_file_changes_nothing() -> None:
    turn = turns(1, 1)
    turn.end(2)

    assert not turn.is_alone(2)
