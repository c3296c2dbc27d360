"""Files -> their parsed blocks, some of each file parsed before they are asked for."""

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from protocol.errors import InputError
from zreplay.recordings.recording import Parsed, Recording, Unparsed

BLOCK_BYTES: Final = 4 * 1024 * 1024
"""Of a file alone."""

SHARED_BLOCK_BYTES: Final = 256 * 1024
"""Of several files: the fixed cost of a block is small by then, its memory is not."""

SHARED_BYTES: Final = 16 * 1024 * 1024
"""Where the blocks of all are no larger together, one may be, up to FEW_BLOCK_BYTES."""

FEW_BLOCK_BYTES: Final = 1024 * 1024

FIRST_BLOCK_BYTES: Final = 256 * 1024
"""The first block of a file is small, so that the first quotes are there soon."""

LEAST_BLOCK_BYTES: Final = 16 * 1024
"""Unless there are so many files that a block of each would be more than WAITING_BYTES."""

WAITING_BYTES: Final = 64 * 1024 * 1024
"""A block of each file waits for the others: their size together."""

FIRST_BYTES: Final = 8 * 1024 * 1024
"""The size of the first blocks of all files together, if that is less than each may have."""

PARSED_AHEAD: Final = 2
"""Blocks of a file that are parsed in parallel: pyarrow lets other threads run meanwhile."""

FEW_FILES: Final = 16
"""With more files nothing is parsed ahead: the blocks of all would fill memory, and each is so
small that handing it to another thread takes as long as parsing it."""


class ParseAhead:
    """The blocks of open files, each in its file's order. One thread asks.

    `waiting_bytes` is about how much text of several files may wait for that of the others.
    """

    def __init__(self, files: Sequence[Recording], waiting_bytes: int = WAITING_BYTES) -> None:
        self._files = files
        self._parsers = ThreadPoolExecutor(PARSED_AHEAD, "parser")
        # Not one of them is opened by this.
        self._ahead: list[deque[Future[Parsed | None]]] = [deque() for _ in range(len(files))]
        self._is_of_few = len(files) <= FEW_FILES
        self._block_bytes = BLOCK_BYTES
        waiting_bytes = min(waiting_bytes, WAITING_BYTES)
        if len(files) > 1:
            share_bytes = _share(waiting_bytes, files)
            shared_bytes = max(SHARED_BLOCK_BYTES, SHARED_BYTES // len(files))
            self._block_bytes = min(BLOCK_BYTES, FEW_BLOCK_BYTES, shared_bytes, share_bytes)
        first_bytes = min(FIRST_BLOCK_BYTES, self._block_bytes, _share(FIRST_BYTES, files))
        self._next_bytes = [first_bytes] * len(files)
        # What each file may have waiting; those that have ended leave room to the others.
        self._own_bytes = [self._block_bytes] * len(files)
        self._room_bytes = waiting_bytes - sum(self._own_bytes)
        self._last: int | None = None

    def next(self, number: int) -> Parsed | None:
        """Return the next block of a file, while those after it are being parsed.

        None is the end of the file; do not call again after it.

        Raises:
            InputError: the file cannot be read.
        """
        if not self._is_of_few:
            return self._now(number)
        ahead = self._ahead[number]
        is_first = self._next_bytes[number] < self._block_bytes
        while len(ahead) < (1 if is_first else PARSED_AHEAD) and self._begin(number):
            pass
        return ahead.popleft().result()

    def end(self, number: int) -> None:
        """Record that no more of a file will be asked for."""
        self._ahead[number].clear()
        self._own(number, 0)

    def close(self) -> None:
        """End the threads, once what is being parsed is done."""
        self._parsers.shutdown(cancel_futures=True)

    def _now(self, number: int) -> Parsed | None:
        wanted_bytes = self._next_bytes[number]
        if number == self._last:
            # It alone is behind all others: of files that follow one another, one is read on.
            own_bytes = self._own_bytes[number]
            more_bytes = min(2 * own_bytes, BLOCK_BYTES, own_bytes + self._room_bytes)
            wanted_bytes = max(wanted_bytes, more_bytes)
        self._last = number
        self._own(number, max(wanted_bytes, self._block_bytes))
        unparsed = self._files[number].cut(wanted_bytes)
        self._next_bytes[number] = self._block_bytes
        return _parsed(unparsed)

    def _own(self, number: int, block_bytes: int) -> None:
        """Take note of how large the block of a file is that waits for those of the others."""
        self._room_bytes += self._own_bytes[number] - block_bytes
        self._own_bytes[number] = block_bytes

    def _begin(self, number: int) -> bool:
        """Start parsing the next block of a file; False if there is none after it."""
        try:
            unparsed = self._files[number].cut(self._next_bytes[number])
        except InputError as error:
            failed: Future[Parsed | None] = Future()
            failed.set_exception(error)
            self._ahead[number].append(failed)
            return False
        self._next_bytes[number] = self._block_bytes
        self._ahead[number].append(self._parsers.submit(_parsed, unparsed))
        return unparsed is not None


def _share(whole_bytes: int, files: Sequence[Recording]) -> int:
    least_bytes = min(LEAST_BLOCK_BYTES, WAITING_BYTES // len(files))
    return max(whole_bytes // len(files), least_bytes)


def _parsed(unparsed: Unparsed | None) -> Parsed | None:
    return None if unparsed is None else unparsed()
