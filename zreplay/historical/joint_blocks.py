"""The next blocks of files that are asked for soon, read and parsed as one.

Of many files each block is small. What it costs to have one parsed is paid once for some of them.
Another thread could do it beside who orders, and then all takes longer: each works for less time
than it takes them to take turns.
"""

from collections.abc import Callable, Iterable
from typing import Final

from protocol.errors import ZreplayError
from zreplay.recordings.joint_rows import JointPart, JointRows
from zreplay.recordings.recording import Parsed

MOST_JOINT: Final = 64
"""So many blocks at most are parsed as one."""

JOINT_BYTES: Final = 1024 * 1024
"""So much text at most: what is made of it stays in the cache until the last block is taken."""

Asked = tuple[int, int]
"""The number of a file, and about how many bytes to read of it."""

Block = Parsed | JointPart | ZreplayError | None
"""What comes next in a file: None at its end, or why it cannot be read."""


class JointBlocks:
    """Blocks of files by their number, at most one of each."""

    def __init__(self, read: Callable[[list[Asked]], list[Block]]) -> None:
        self._read = read
        self._waiting: dict[int, Block] = {}
        self._whole: dict[int, dict[int, JointPart]] = {}
        """What was read as one with the block of a file, as long as all of it waits."""

    def __contains__(self, number: int) -> bool:
        return number in self._waiting

    def begin(self, asked: Iterable[Asked]) -> None:
        """Read the next block of each file; none of them waits already."""
        group = sorted(asked)
        given = dict(zip((number for number, _ in group), self._read(group), strict=True))
        self._waiting |= given
        joint = {number: part for number, part in given.items() if isinstance(part, JointPart)}
        self._whole |= dict.fromkeys(joint, joint)

    def rows(self, number: int) -> JointRows | None:
        """Return the rows that were read as one with those of a file, if all of them wait.

        None where there are not only rows.
        """
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
        block = self._waiting.pop(number)
        self._part(number)
        if isinstance(block, ZreplayError):
            raise block
        return block.parsed() if isinstance(block, JointPart) else block

    def forget(self, number: int) -> None:
        """Let go of the block of a file, if there is one."""
        self._waiting.pop(number, None)
        self._part(number)

    def _part(self, number: int) -> Iterable[int]:
        """Have the files whose blocks were read as one asked one by one; return them."""
        joint = self._whole.get(number, {})
        for each in joint:
            del self._whole[each]
        return joint
