"""The next blocks of files that are asked for soon, read and parsed as one.

Of many files each block is small. What it costs to have one parsed is paid once for some of them.
A group may be read by another thread, while who asks orders what was read before it.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, Future
from typing import Final, NamedTuple

from protocol.errors import ZreplayError
from zreplay.recordings.joint_rows import GroupReading, JointPart, JointRows, NothingTogether
from zreplay.recordings.recording import Parsed, Recording

MOST_JOINT: Final = 64
"""So many blocks at most are parsed as one."""

JOINT_BYTES: Final = 4 * 1024 * 1024
"""So much text at most: with more of it the first quotes come later, and no row is cheaper."""

MOST_BEGUN_GROUPS: Final = 2
"""The thread that reads goes on at once: it has the next group when it gives the one before."""

Asked = tuple[int, int]
"""The number of a file, and about how many bytes to read of it."""

Block = Parsed | JointPart | ZreplayError | None
"""What comes next in a file: None at its end, or why it cannot be read."""


BeginTogether = Callable[[Sequence[tuple[Recording, int]]], GroupReading]
"""Begins to read about so many bytes of files together, as far as that can be done."""


class BegunGroup(NamedTuple):
    """The reading of the next blocks of some files, which `run` says is done."""

    asked: list[Asked]
    reading: GroupReading
    run: Future[None]

    def given(self, parsed: Callable[[int, int], Parsed | None]) -> list[Block]:
        """Return the blocks, once they are read; `parsed` cuts and parses one by itself.

        None of one of which nothing was read, as nobody waits for it.
        """
        was_read = not self.run.cancelled()
        failure = self.run.exception() if was_read else None
        given = list[Block](self.reading.given())
        if failure is not None:
            raise failure
        for at, block in enumerate(given):
            if block is None and was_read:
                try:
                    given[at] = parsed(*self.asked[at])
                except ZreplayError as error:  # it waits for its turn
                    given[at] = error
        return given


def begin_group(
    files: Sequence[Recording], begin: BeginTogether, thread: Executor | None, asked: list[Asked]
) -> BegunGroup:
    """Begin to read the next blocks of files, which are open, on a thread; None reads them now."""
    try:
        reading = begin([(files[number], size) for number, size in asked])
    except ZreplayError:  # it is raised again when the file's turn has come
        reading = NothingTogether(asked)
    if thread is not None:
        return BegunGroup(asked, reading, thread.submit(reading.run))
    reading.run()
    run: Future[None] = Future()
    run.set_result(None)
    return BegunGroup(asked, reading, run)


def most_joint(block_bytes: int) -> int:
    """Return how many blocks of about this size are parsed as one."""
    return min(MOST_JOINT, -(-JOINT_BYTES // block_bytes))


class JointBlocks:
    """Blocks of files by their number, at most one of each.

    `begin` begins to read the next ones of some files, and `given` waits for them.
    """

    def __init__(
        self, begin: Callable[[list[Asked]], BegunGroup], given: Callable[[BegunGroup], list[Block]]
    ) -> None:
        self._begin = begin
        self._given = given
        self._begun: deque[BegunGroup] = deque()
        self._begun_numbers: set[int] = set()
        self._waiting: dict[int, Block] = {}
        self._whole: dict[int, dict[int, JointPart]] = {}
        """What was read as one with the block of a file, as long as all of it waits."""

    def __contains__(self, number: int) -> bool:
        return number in self._waiting or number in self._begun_numbers

    def __len__(self) -> int:
        return len(self._waiting) + len(self._begun_numbers)

    def is_being_read(self, number: int) -> bool:
        """Return whether the next block of a file is begun: nothing behind it may be."""
        return number in self._begun_numbers

    @property
    def last_begun(self) -> BegunGroup | None:
        """The last of the groups that are being read."""
        return self._begun[-1] if self._begun else None

    @property
    def has_room(self) -> bool:
        """True if another group may be begun, and none has to be waited for."""
        return len(self._begun) < MOST_BEGUN_GROUPS

    def begin(self, asked: Iterable[Asked]) -> None:
        """Begin to read the next block of each file; none of them waits already, or is begun."""
        while len(self._begun) >= MOST_BEGUN_GROUPS:
            self._settle_first()
        group = sorted(asked)
        if not group:  # packed files, which are cut one by one
            return
        self._begun.append(self._begin(group))
        self._begun_numbers.update([number for number, _ in group])

    def settle(self) -> None:
        """Wait for what is begun."""
        while self._begun:
            self._settle_first()

    def _settle_first(self) -> None:
        begun = self._begun.popleft()
        numbers = [number for number, _ in begun.asked]
        self._begun_numbers.difference_update(numbers)
        given = dict(zip(numbers, self._given(begun), strict=True))
        self._waiting |= given
        joint = {number: part for number, part in given.items() if isinstance(part, JointPart)}
        self._whole |= dict.fromkeys(joint, joint)

    def rows(self, number: int) -> JointRows | None:
        """Return the rows that were read as one with those of a file, if all of them wait.

        None where there are not only rows.
        """
        self._settle_for(number)
        joint = self._whole.get(number)
        return None if joint is None else joint[number].reading.rows()

    def take_rows(self, number: int) -> Iterable[int]:
        """Let go of what `rows` gave, as whoever asked takes all of it; return whose it was."""
        numbers = self._part(number)
        for each in numbers:
            del self._waiting[each]
        return numbers

    def take(self, number: int) -> Parsed | None:
        """Return the block of a file, None if that has ended.

        Raises:
            ZreplayError: the file cannot be read.
        """
        self._settle_for(number)
        block = self._waiting.pop(number)
        self._part(number)
        if isinstance(block, ZreplayError):
            raise block
        return block.parsed() if isinstance(block, JointPart) else block

    def forget(self, number: int) -> None:
        """Let go of the block of a file, if there is one."""
        self._settle_for(number)
        self._waiting.pop(number, None)
        self._part(number)

    def close(self) -> None:
        """Wait for what is begun, and let go of everything."""
        self.settle()
        self._waiting.clear()
        self._whole.clear()

    def _settle_for(self, number: int) -> None:
        while number in self._begun_numbers:
            self._settle_first()

    def _part(self, number: int) -> Iterable[int]:
        """Have the files whose blocks were read as one asked one by one; return them."""
        joint = self._whole.get(number, {})
        for each in joint:
            del self._whole[each]
        return joint
