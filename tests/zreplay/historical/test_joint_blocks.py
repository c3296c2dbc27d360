"""Blocks that were begun together come as they are asked for, and an error at its file's turn."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest

from protocol.errors import InputError, ZreplayError
from zreplay.historical.joint_blocks import (
    Asked,
    BegunGroup,
    Block,
    JointBlocks,
    begin_group,
    most_joint,
)
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


Read = Callable[[list[Asked]], list[Block]]


def none(*_: object) -> None:
    """Read nothing of a file: it is at its end."""


class Reading:
    """What is given says whether it was read."""

    def __init__(self, given: list[Block]) -> None:
        self._given = given
        self.was_given = False

    def run(self) -> None: ...

    def given(self) -> list[Any]:
        self.was_given = True
        return self._given


def blocks_of(read: Read) -> JointBlocks:
    """Return blocks that are read as soon as they are begun."""

    def begin(asked: list[Asked]) -> BegunGroup:
        run: Future[None] = Future()
        run.set_result(None)
        return BegunGroup(asked, Reading(read(asked)), run)

    return JointBlocks(begin, lambda group: group.given(none))


@pytest.fixture
def blocks() -> JointBlocks:
    return blocks_of(read)


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
    blocks = blocks_of(TwoRead().read)
    blocks.begin(asked(3, 1, 2))
    rows = [blocks.rows(number) is not None for number in (1, 2, 3, 4)]
    blocks.take_rows(2)

    assert [True, True, False, False] == rows
    assert [False, False, True] == [number in blocks for number in (1, 2, 3)]
    assert 3 == offset(blocks.take(3))


@pytest.mark.parametrize("is_forgotten", [True, False])
def test_once_one_of_them_was_asked_for_the_others_are_asked_for_too(is_forgotten: bool) -> None:
    blocks = blocks_of(TwoRead().read)
    blocks.begin(asked(2, 1))
    blocks.begin(asked(3))
    if is_forgotten:
        blocks.forget(1)
    else:
        assert 1 == offset(blocks.take(1))

    assert None is blocks.rows(2)
    assert 2 == offset(blocks.take(2))
    assert 3 == offset(blocks.take(3))


class Groups:
    """Groups that are read once they are waited for."""

    def __init__(self) -> None:
        self.begun: list[list[int]] = []
        self.given: list[list[int]] = []
        self.blocks = JointBlocks(self._begin, self._wait)

    def _begin(self, asked: list[Asked]) -> BegunGroup:
        self.begun.append([number for number, _ in asked])
        return BegunGroup(asked, Reading(read(asked)), Future())

    def _wait(self, group: BegunGroup) -> list[Block]:
        self.given.append([number for number, _ in group.asked])
        group.run.set_result(None)
        return group.given(none)


def test_one_that_is_begun_is_there_and_is_waited_for_when_it_is_asked_for() -> None:
    groups = Groups()
    blocks = groups.blocks
    blocks.begin(asked(1, 2))
    found = [1 in blocks, blocks.last_begun is not None, [*groups.given]]
    blocks.forget(7)
    found += [blocks.last_begun is not None, offset(blocks.take(2)), blocks.last_begun, 1 in blocks]

    assert [True, True, [], True, 2, None, True] == found
    assert [[1, 2]] == groups.given


def test_a_group_is_begun_behind_the_one_that_is_being_read_and_the_first_is_given_first() -> None:
    groups = Groups()
    blocks = groups.blocks
    blocks.begin(asked(1, 2))
    rooms = [blocks.has_room]
    blocks.begin(asked(3, 4))
    rooms.append(blocks.has_room)

    assert ([True, False], [], 4) == (rooms, groups.given, len(blocks))
    assert (1, [[1, 2]], True) == (offset(blocks.take(1)), groups.given, blocks.has_room)
    assert (4, [[1, 2], [3, 4]], 2) == (offset(blocks.take(4)), groups.given, len(blocks))


def test_where_two_groups_are_begun_the_first_is_waited_for_before_another_is() -> None:
    groups = Groups()
    for numbers in ((1, 2), (3, 4), (5, 6)):
        groups.blocks.begin(asked(*numbers))

    assert [[1, 2], [3, 4], [5, 6]] == groups.begun
    assert [[1, 2]] == groups.given
    groups.blocks.close()
    assert [[1, 2], [3, 4], [5, 6]] == groups.given


def test_files_that_cannot_be_read_together_are_read_each_at_its_turn() -> None:
    def refuse(_: object) -> Reading:
        raise InputError("it is another file", fix="none", code="Z401")

    with ThreadPoolExecutor(1) as thread:
        group = begin_group([], refuse, thread, [])

        assert [] == group.given(none)


def test_a_group_that_was_never_read_lets_its_files_go() -> None:
    reading, run = Reading([None]), Future[None]()
    run.cancel()

    assert [None] == BegunGroup(asked(1), reading, run).given(none)
    assert reading.was_given


def test_what_fails_while_a_group_is_read_is_raised_once_its_files_are_let_go() -> None:
    reading, run = Reading([None]), Future[None]()
    run.set_exception(MemoryError("no room"))

    with pytest.raises(MemoryError, match="no room"):
        BegunGroup(asked(1), reading, run).given(none)
    assert reading.was_given


def test_without_a_thread_a_group_is_read_at_once() -> None:
    reading = Reading([])
    reading.run = Mock()  # type: ignore[method-assign]

    group = begin_group([], lambda _: reading, None, [])
    reading.run.assert_called_once_with()
    assert [] == group.given(none)


def test_where_no_file_can_be_read_with_others_nothing_is_begun() -> None:
    begin = Mock()
    blocks = JointBlocks(begin, Mock())
    blocks.begin([])

    begin.assert_not_called()
    assert None is blocks.last_begun


@pytest.mark.parametrize(("block_bytes", "blocks"), [(1000, 64), (96 * 1024, 43), (1 << 30, 1)])
def test_of_larger_blocks_fewer_are_read_together(block_bytes: int, blocks: int) -> None:
    assert blocks == most_joint(block_bytes)
