"""Blocks that were begun together come as they are asked for, and an error at its file's turn."""

import numpy as np
import pytest

from protocol.errors import InputError, ZreplayError
from zreplay.historical.joint_blocks import Asked, Block, JointBlocks
from zreplay.quotes.block import EMPTY
from zreplay.recordings.joint_rows import JointPart, JointRows
from zreplay.recordings.recording import Parsed
from zreplay.recordings.source_block import FilePlace, SourceBlock

NO_LINES = np.array([], np.int64)
DAMAGED, ENDED = 7, 8


def parsed(number: int) -> Parsed:
    place = FilePlace(number, 1)
    return Parsed(SourceBlock(EMPTY, place, place, NO_LINES, NO_LINES), [])


def read(group: list[Asked]) -> list[Block]:
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


class TwoRead:
    """Files 1 and 2 are read as one; what the others give is their own."""

    def parsed(self, at: int) -> Parsed:
        return parsed(at + 1)

    def rows(self) -> JointRows:
        return JointRows(EMPTY, [])

    def read(self, group: list[Asked]) -> list[Block]:
        given: list[Block] = []
        for number, _ in group:
            is_joint = number in (1, 2)
            given.append(JointPart(self, number - 1, 0, 9) if is_joint else parsed(number))
        return given


def test_what_was_read_as_one_is_given_as_one_while_all_of_it_waits() -> None:
    blocks = JointBlocks(TwoRead().read)
    blocks.begin(asked(3, 1, 2))
    rows = [blocks.rows(number) is not None for number in (1, 2, 3, 4)]
    blocks.take_rows(2)

    assert [True, True, False, False] == rows
    assert [False, False, True] == [number in blocks for number in (1, 2, 3)]
    assert 3 == offset(blocks.take(3))


@pytest.mark.parametrize("is_forgotten", [True, False])
def test_once_one_of_them_was_asked_for_the_others_are_asked_for_too(is_forgotten: bool) -> None:
    blocks = JointBlocks(TwoRead().read)
    blocks.begin(asked(2, 1))
    blocks.begin(asked(3))
    if is_forgotten:
        blocks.forget(1)
    else:
        assert 1 == offset(blocks.take(1))

    assert None is blocks.rows(2)
    assert 2 == offset(blocks.take(2))
    assert 3 == offset(blocks.take(3))
