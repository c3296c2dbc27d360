"""When the turns have passed of files whose rows were taken early."""

from zreplay.ordering.early_turns import EarlyTurns


def test_a_turn_has_passed_once_its_file_would_be_the_one_furthest_behind() -> None:
    turns = EarlyTurns()
    turns.add((20, 5))
    turns.add((30, 1))
    turns.add((20, 0))

    passed = []
    for reached in [(19, 9), (20, 0), (20, 4), (29, 0), (30, 1)]:
        turns.pass_until(reached)
        passed.append(turns.take())
    assert [[], [0], [], [5], [1]] == passed


def test_behind_the_end_of_all_files_every_turn_has_passed_once() -> None:
    turns = EarlyTurns()
    turns.add((20, 5))
    turns.add((10, 7))
    turns.pass_until(None)

    assert ([7, 5], []) == (turns.take(), turns.take())
