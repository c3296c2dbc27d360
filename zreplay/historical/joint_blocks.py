"""The next blocks of files that are asked for soon, read and parsed as one.

Of many files each block is small. What it costs to have one parsed is paid once for some of them.
Another thread could do it beside who orders, and then all takes longer: each works for less time
than it takes them to take turns.
"""

from collections.abc import Callable, Iterable
from typing import Final

from protocol.errors import ZreplayError
from zreplay.recordings.recording import Parsed

MOST_JOINT: Final = 64
"""So many blocks at most are parsed as one."""

JOINT_BYTES: Final = 1024 * 1024
"""So much text at most: what is made of it stays in the cache until the last block is taken."""

Asked = tuple[int, int]
"""The number of a file, and about how many bytes to read of it."""

Block = Parsed | ZreplayError | None
"""What comes next in a file: None at its end, or why it cannot be read."""


class JointBlocks:
    """Blocks of files by their number, at most one of each."""

    def __init__(self, read: Callable[[list[Asked]], list[Block]]) -> None:
        self._read = read
        self._waiting: dict[int, Block] = {}

    def __contains__(self, number: int) -> bool:
        return number in self._waiting

    def begin(self, asked: Iterable[Asked]) -> None:
        """Read the next block of each file; none of them waits already."""
        group = list(asked)
        self._waiting |= zip((number for number, _ in group), self._read(group), strict=True)

    def take(self, number: int) -> Parsed | None:
        """Return the block of a file, None if that has ended.

        Raises:
            ZreplayError: the file cannot be read.
        """
        block = self._waiting.pop(number)
        if isinstance(block, ZreplayError):
            raise block
        return block

    def forget(self, number: int) -> None:
        """Let go of the block of a file, if there is one."""
        self._waiting.pop(number, None)
