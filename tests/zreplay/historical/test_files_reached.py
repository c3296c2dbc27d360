"""Where a run begins at an instant, each file is asked for from its first quote there on."""

import numpy as np
from msgspec.structs import replace

from zreplay.historical.files_reached import FilesReached
from zreplay.quotes.block import EMPTY, Block, first_position


def block(*places: tuple[int, int], first_ns: int = 100) -> Block:
    """Return quotes that stand at (file, offset) each."""
    positions = [first_position(number) + offset for number, offset in places]
    arrivals_ns = np.arange(first_ns, first_ns + len(places))
    return replace(
        EMPTY, arrival_ns=arrivals_ns, position=np.array(positions, np.int64), ticker_names=()
    )


def test_each_file_begins_with_its_first_quote_that_was_asked_for() -> None:
    reached = FilesReached(has_start=True)
    reached.open([0, 0, 0], is_from_start=True)
    assert {} == reached.begun

    reached.read(block((2, 70), (0, 40), (2, 90)))
    reached.read(block((0, 60), (1, 10), first_ns=200))

    assert reached.is_known
    assert {0: 40, 1: 10, 2: 70} == reached.begun
    assert 100 == reached.first_ns


def test_without_a_start_everything_was_asked_for() -> None:
    reached = FilesReached(has_start=False)
    reached.open([7, 8], is_from_start=False)
    reached.read(block((0, 40)))
    reached.note(first_position(1) + 50)

    assert (True, None, None) == (reached.is_known, reached.begun, reached.first_ns)
    assert {0: 7, 1: 50} == reached.sent


def test_behind_a_restart_nobody_knows_where_it_began() -> None:
    reached = FilesReached(has_start=True)
    reached.open([10], is_from_start=False)
    reached.read(block((0, 40)))

    assert (False, None) == (reached.is_known, reached.first_ns)


def test_behind_a_seek_it_is_known_if_it_was_before() -> None:
    whole, half = FilesReached(has_start=True), FilesReached(has_start=True)
    for reached in (whole, half):
        reached.open([0, 0], is_from_start=True)
    whole.read(block((0, 40), (1, 50)))
    half.read(block((0, 40)))
    for reached in (whole, half):
        reached.open([90, 90], is_from_start=False)
        reached.read(block((0, 95), (1, 99), first_ns=900))

    assert (True, {0: 40, 1: 50}) == (whole.is_known, whole.begun)
    assert (False, 100) == (half.is_known, half.first_ns)
