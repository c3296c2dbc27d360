"""A file is cut in its order, and the one behind it meanwhile."""

from threading import Event

from zreplay.historical.cutters import Cutters

SECONDS = 10


def test_what_is_cut_of_a_file_is_cut_in_its_order() -> None:
    cutters, cut = Cutters(), list[int]()
    begun = [cutters.of(7).submit(cut.append, at) for at in range(100)]
    for each in begun:
        each.result(SECONDS)
    cutters.shutdown()

    assert [*range(100)] == cut


def test_the_next_file_is_cut_meanwhile() -> None:
    cutters, is_cut = Cutters(), Event()
    first = cutters.of(4).submit(is_cut.wait, SECONDS)
    second = cutters.of(5).submit(is_cut.set)

    assert first.result(SECONDS)
    second.result(SECONDS)
    cutters.shutdown()


def test_what_has_not_begun_is_left_at_the_end() -> None:
    cutters, is_left = Cutters(), Event()
    begun = cutters.of(0).submit(is_left.wait, SECONDS)
    left = cutters.of(0).submit(is_left.clear)
    left.add_done_callback(lambda _: is_left.set())
    cutters.shutdown()

    assert (True, True) == (left.cancelled(), begun.result())
