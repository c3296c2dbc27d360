"""Blocks that were begun together come as they are asked for, and an error at its file's turn."""

import numpy as np
import pytest

from protocol.errors import InputError, ZreplayError
from zreplay.historical.joint_blocks import Asked, JointBlocks
from zreplay.quotes.block import EMPTY
from zreplay.recordings.recording import Parsed
from zreplay.recordings.source_block import FilePlace, SourceBlock

NO_LINES = np.array([], np.int64)
DAMAGED, ENDED = 7, 8


def parsed(number: int) -> Parsed:
    place = FilePlace(number, 1)
    return Parsed(SourceBlock(EMPTY, place, place, NO_LINES, NO_LINES), [])


def read(group: list[Asked]) -> list[Parsed | ZreplayError | None]:
    """Give each file that is neither damaged nor at its end a block that begins at its number."""
    damage = InputError("it is damaged", fix="none", code="Z401")
    special: dict[int, ZreplayError | None] = {DAMAGED: damage, ENDED: None}
    return [special[number] if number in special else parsed(number) for number, _ in group]


def asked(*numbers: int) -> list[Asked]:
    return [(number, 100) for number in numbers]


@pytest.fixture
def blocks() -> JointBlocks:
    return JointBlocks(read)


def offset(given: Parsed | None) -> int:
    assert given is not None
    return given.source.start.offset


def test_each_file_has_its_own_block_whatever_the_order_of_asking(blocks: JointBlocks) -> None:
    blocks.begin(asked(3, 1, 2))
    blocks.begin(asked(5))

    assert [5, 2, 3, 1] == [offset(blocks.take(number)) for number in (5, 2, 3, 1)]
    assert [False] * 4 == [number in blocks for number in (1, 2, 3, 5)]


def test_an_end_and_an_error_wait_for_their_turn(blocks: JointBlocks) -> None:
    blocks.begin(asked(1, DAMAGED, ENDED))

    assert 1 == offset(blocks.take(1))
    assert None is blocks.take(ENDED)
    with pytest.raises(InputError, match="it is damaged"):
        blocks.take(DAMAGED)


def test_a_block_that_nobody_wants_is_forgotten(blocks: JointBlocks) -> None:
    blocks.begin(asked(1, 2))
    blocks.forget(1)
    blocks.forget(4)

    assert 1 not in blocks
    assert 2 == offset(blocks.take(2))
