"""Blocks are begun as long as there is room, which the ends of files do not take."""

from collections import deque
from concurrent.futures import Future
from typing import Any

from zreplay.historical.begun_blocks import CUT_AHEAD, MOST_BEGUN, BegunBlocks


def cut_to(result: object) -> Future[Any]:
    cut: Future[Any] = Future()
    cut.set_result(result)
    return cut


def test_so_many_are_begun_and_so_many_of_them_not_cut() -> None:
    begun, waiting = BegunBlocks(), BegunBlocks()
    for at in range(MOST_BEGUN):
        assert begun.has_room()
        begun.add(at, cut_to(Future()), 1)
    for at in range(CUT_AHEAD):
        assert waiting.has_room()
        waiting.add(at, Future(), 1)

    assert (False, False) == (begun.has_room(), waiting.has_room())


def test_the_ends_of_thousands_of_files_take_no_room() -> None:
    begun = BegunBlocks()
    for at in range(5_000):
        begun.add(at, cut_to(None), 1)

    assert begun.has_room()


def test_a_block_that_is_taken_or_forgotten_makes_room() -> None:
    begun = BegunBlocks()
    cuts = [cut_to(Future()) for _ in range(MOST_BEGUN)]
    for at, cut in enumerate(cuts):
        begun.add(at // 2, cut, 10 + at)

    assert 10 == begun.take(0, cuts[0])
    assert begun.has_room()
    begun.forget(0, deque([cuts[1]]))
    begun.forget(1, deque([cuts[2]]))
    begun.forget(7, deque())
    assert begun.has_room()
