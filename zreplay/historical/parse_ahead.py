"""Files -> their parsed blocks, some of each file cut and parsed before they are asked for.

To cut is to read, to decompress and to decode, as far as that takes one step after the other. Of
few files, and of one that alone is behind many others, it has a thread of its own; where such a
file ends, the ones that follow it are begun: see `Cutters`. Of many that are read in turn, small
blocks are read and parsed several at a time. One of which nothing is begun may be cut beside that.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import Final

from protocol.errors import ZreplayError
from zreplay.historical.begun_blocks import MOST_BEGUN, BegunBlocks
from zreplay.historical.cutters import Cutters
from zreplay.historical.expected_ends import Cut, ExpectedEnds
from zreplay.historical.files_to_cut import FilesToCut
from zreplay.historical.joint_blocks import (
    JOINT_BYTES,
    MOST_JOINT,
    Asked,
    BeginTogether,
    BegunGroup,
    Block,
    JointBlocks,
    begin_group,
    most_joint,
)
from zreplay.historical.last_turn import LastTurn
from zreplay.historical.small_blocks import ENOUGH_BYTES, MOST_BLOCK_BYTES, SmallBlocks
from zreplay.recordings.joint_rows import NothingTogether
from zreplay.recordings.recording import Parsed, Recording

BLOCK_BYTES: Final = 4 * 1024 * 1024
"""Of a file alone."""

SHARED_BLOCK_BYTES: Final = 256 * 1024
"""Of several files: the fixed cost of a block is small by then, its memory is not."""

SHARED_BYTES: Final = 16 * 1024 * 1024
"""Where the blocks of all are no larger together, one may be, up to MOST_BLOCK_BYTES."""

FIRST_BLOCK_BYTES: Final = 256 * 1024
"""The first block of a file is small, so that the first quotes are there soon."""

LEAST_BLOCK_BYTES: Final = 16 * 1024
"""Unless there are so many files that a block of each would be more than WAITING_BYTES."""

WAITING_BYTES: Final = 64 * 1024 * 1024
"""A block of each file waits for the others: their size together."""

ALONE_BYTES: Final = 2 * BLOCK_BYTES
"""So much more may wait of a file that alone is behind the others, beside what is begun of it."""

FIRST_BYTES: Final = 8 * 1024 * 1024
"""The size of the first blocks of all files together, if that is less than each may have."""

PARSERS: Final = 2
"""Blocks that are parsed in parallel: compiled code and pyarrow let other threads run meanwhile."""

FEW_FILES: Final = 16
"""Of more, no block of one is begun by itself ahead, unless they follow one another: all would
fill memory, and each is so small that to hand it to a thread takes as long as to parse it."""

MOST_FIRST: Final = 16
"""The first blocks of so many files are read as one: each file has a descriptor meanwhile."""


class ParseAhead:
    """The blocks of open files, each in its file's order. One thread asks.

    About `waiting_bytes` of text may wait for that of other files, of each in proportion to
    `sizes_bytes`, if these are known. `begin_together` reads files as far as it can as one.
    Without `has_threads` nothing is begun ahead.
    """

    def __init__(
        self,
        files: Sequence[Recording],
        waiting_bytes: int = WAITING_BYTES,
        begin_together: BeginTogether = NothingTogether,
        has_threads: bool = True,
        sizes_bytes: Sequence[int] = (),
    ) -> None:
        self._files = files
        self._cutters = Cutters()
        self._parsers = ThreadPoolExecutor(PARSERS, "parser")
        self._ahead: list[deque[Cut]] = [deque() for _ in range(len(files))]  # opens none
        self._to_cut = FilesToCut(files)
        self._ends = ExpectedEnds(len(files))
        self._is_of_few = has_threads and len(files) <= FEW_FILES
        # On one core larger blocks are no faster, and take memory.
        self._most_bytes = BLOCK_BYTES if has_threads else min(BLOCK_BYTES, MOST_BLOCK_BYTES)
        self._block_bytes = self._most_bytes
        waiting_bytes = min(waiting_bytes, WAITING_BYTES)
        if len(files) > 1:
            even_bytes = max(SHARED_BLOCK_BYTES, SHARED_BYTES // len(files))
            most_bytes = min(BLOCK_BYTES, MOST_BLOCK_BYTES, even_bytes)
            self._block_bytes = min(most_bytes, _share(waiting_bytes, files))
        enough = min(ENOUGH_BYTES, BLOCK_BYTES)
        share_bytes = waiting_bytes // len(files)
        self._small = SmallBlocks(share_bytes, self._block_bytes, enough, sizes_bytes)
        self._most_joint = most_joint(self._block_bytes)
        first_bytes = min(FIRST_BLOCK_BYTES, self._block_bytes, _share(FIRST_BYTES, files))
        self._next_bytes = [first_bytes] * len(files)
        # What each may have waiting; those that have ended leave room to the others.
        self._own_bytes = [self._small.of(number) for number in range(len(files))]
        self._room_bytes = max(waiting_bytes - sum(self._own_bytes), ALONE_BYTES)
        self._turn = LastTurn()
        self._alone_bytes = 0
        self._begun = BegunBlocks()
        self._early: set[int] = set()  # of these a block was taken before their turn: no other is
        self._begin_together = begin_together
        self._thread = self._cutters.of(0) if has_threads else None
        self._looked_behind: BegunGroup | None = None
        self.joint = JointBlocks(self._begin_group, self._given)

    def next(self, number: int) -> Parsed | None:
        """Return the next block of a file, while those after it are being parsed.

        None is the end of the file; do not call again after it.

        Raises:
            InputError: the file cannot be read.
        """
        if not self._is_of_few:
            return self._ends.noted(number, self._now(number))
        ahead = self._ahead[number]
        is_first = self._next_bytes[number] < self._block_bytes
        cutter = self._cutters.of(number)
        while len(ahead) < (1 if is_first else MOST_BEGUN):
            ahead.append(cutter.submit(self._cut, number, self._next_bytes[number]))
            self._next_bytes[number] = self._block_bytes
        return self._first_begun(number)

    def end(self, number: int) -> None:
        """Record that no more of a file will be asked for; nothing of it is being cut any more."""
        if ahead := self._ahead[number]:
            wait([cut for cut in ahead if not cut.cancel()])
            self._begun.forget(number, ahead)
            ahead.clear()
        self._to_cut.forget(number)
        self._early.discard(number)
        self.joint.forget(number)
        self._own(number, 0)
        self._turn.end(number)

    def go_ahead(self, number: int, nearest: Callable[[int], Sequence[int]]) -> None:
        """Parse what comes behind the last block of a file meanwhile, if it alone is behind.

        At its end that is the beginning of others: `nearest` takes how many to return, those
        furthest behind first. An error waits for its turn.
        """
        if self._is_of_few or not self._alone_bytes or not self._begun.has_room():
            return  # nearly always
        for each in dict.fromkeys((number, *nearest(MOST_BEGUN + 1))):
            while not (self.joint.is_being_read(each) or self._is_begun(each)):
                if not self._begun.has_room():
                    return
                self._begin_alone(each)

    def look_ahead(self, number: int, others: Callable[[int], Iterable[int]]) -> None:
        """Have the next block of a file, which is asked for now, parsed with those of others.

        `others` takes how many there may be, and returns them as they are asked for. Nothing is
        done if the file alone is behind.
        """
        is_by_itself = self._is_of_few or self._turn.is_alone(number)
        is_to_begin = not is_by_itself and number not in self.joint and not self._ahead[number]
        if is_to_begin and self._can_be_joined(number):  # the others are looked at for that alone
            first = min(MOST_FIRST, most_joint(self._next_bytes[number]))  # which are smaller
            self._most_joint = max(first, most_joint(self._block_bytes))
            self.joint.begin(self._joinable([number, *others(self._most_joint)]))

    def begin_another(self, nearest: Callable[[int], Iterable[int]]) -> None:
        """Begin as much again behind the group that is being read; it is tried once behind each."""
        last = self.joint.last_begun if self._thread and self.joint.has_room else None
        if last is None or last is self._looked_behind:
            return
        self._looked_behind = last
        numbers = filter(self._is_free, nearest(self._most_joint + len(self.joint)))
        if len(found := [*islice(numbers, self._most_joint)]) == self._most_joint:
            self.joint.begin(self._joinable(found))

    def take_together(self, number: int) -> None:
        """Take what was read as one with the block of a file; `pass_turn` says when its turn is."""
        self._early.update(self.joint.take_rows(number))

    def pass_turn(self, number: int) -> bool:
        """Take note of the turn of a file; return whether that alone is behind the others."""
        self._early.discard(number)
        is_alone = self._turn.pass_to(number)
        self._alone_bytes = self._alone_bytes if is_alone else 0
        return is_alone

    def close(self) -> None:
        """End the threads, once what is cut and parsed is done."""
        self._cutters.shutdown()
        self._parsers.shutdown(cancel_futures=True)
        self.joint.close()
        self._to_cut.close()
        self._files, self._ahead, self._begin_together = (), [], NothingTogether  # nothing is held

    def _first_begun(self, number: int) -> Parsed | None:
        """Return the first of the blocks of a file that are begun."""
        parsing = self._ahead[number].popleft().result()
        return None if parsing is None else parsing.result()

    def _now(self, number: int) -> Parsed | None:
        is_alone = self.pass_turn(number)
        if number in self.joint:
            return self.joint.take(number)
        if self._ahead[number]:
            begun_bytes = self._begun.take(number, self._ahead[number][0])
            self._own(number, max(begun_bytes, self._block_bytes))
            return self._first_begun(number)
        wanted_bytes = self._next_bytes[number]
        if is_alone:
            # It alone is behind all others: of files that follow one another, one is read on.
            own_bytes = self._own_bytes[number]
            most_bytes = max(2 * own_bytes, self._alone_bytes)
            more_bytes = min(most_bytes, self._most_bytes, own_bytes + self._room_bytes)
            self._alone_bytes = wanted_bytes = max(wanted_bytes, more_bytes)
        self._own_next(number, wanted_bytes)
        return self._parsed(number, wanted_bytes)

    def _joinable(self, numbers: Iterable[int]) -> Iterator[Asked]:
        """Yield the first of some files whose next blocks may be read as one."""
        room_bytes, count = JOINT_BYTES, 0
        for number in dict.fromkeys(numbers):
            if not self._is_free(number):
                continue
            if count == MOST_JOINT or room_bytes <= 0 or not self._can_be_joined(number):
                return
            self._own_next(number, wanted_bytes := self._next_bytes[number])
            room_bytes -= wanted_bytes
            yield number, wanted_bytes
            count += 1

    def _is_free(self, number: int) -> bool:
        """Return whether nothing of a file waits, is begun or was taken before its turn."""
        return not (number in self.joint or self._ahead[number] or number in self._early)

    def _can_be_joined(self, number: int) -> bool:
        """Return whether it costs nothing to cut a file before it is asked for."""
        try:
            return not self._files[number].holds_resources
        except ZreplayError:
            return False  # it is raised again when the file's turn has come

    def _begin_group(self, asked: list[Asked]) -> BegunGroup:
        return begin_group(self._files, self._begin_together, self._thread, asked)

    def _given(self, group: BegunGroup) -> list[Block]:
        """Return the next blocks of files, once they are read."""
        given = group.given(self._parsed)
        self._block_bytes = self._small.block_bytes_after(given)
        return given

    def _own_next(self, number: int, block_bytes: int) -> None:
        """Take note of how large the next block of a file is; the one behind it is as usual."""
        self._next_bytes[number] = usual_bytes = self._small.of(number)
        self._own(number, max(block_bytes, usual_bytes))

    def _own(self, number: int, block_bytes: int) -> None:
        """Take note of how large the block of a file is that waits for those of the others."""
        self._room_bytes += self._own_bytes[number] - block_bytes
        self._own_bytes[number] = block_bytes

    def _is_begun(self, number: int) -> bool:
        """Return whether no more of a file is to be begun now: it ends, or may well do so."""
        begun = len(self._ahead[number])
        return self._to_cut.has_ended(number) or self._ends.is_likely(number, begun)

    def _begin_alone(self, number: int) -> None:
        """Begin a block as large as there is room for behind those of the file that are begun."""
        room_bytes = min(self._most_bytes, self._block_bytes + self._room_bytes)
        self._alone_bytes = max(min(2 * self._alone_bytes, room_bytes), self._block_bytes)
        self._next_bytes[number] = self._block_bytes
        cut = self._cutters.of(number).submit(self._cut, number, self._alone_bytes)
        self._begun.add(number, cut, self._alone_bytes)
        self._ahead[number].append(cut)

    def _cut(self, number: int, block_bytes: int) -> Future[Parsed] | None:
        """Cut the next block of a file and have it parsed."""
        unparsed = self._to_cut.cut(number, block_bytes)
        return None if unparsed is None else self._parsers.submit(unparsed)

    def _parsed(self, number: int, block_bytes: int) -> Parsed | None:
        unparsed = self._to_cut.cut(number, block_bytes)
        return None if unparsed is None else unparsed()


def _share(whole_bytes: int, files: Sequence[Recording]) -> int:
    least_bytes = min(LEAST_BLOCK_BYTES, WAITING_BYTES // len(files))
    return max(whole_bytes // len(files), least_bytes)
