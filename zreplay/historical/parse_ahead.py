"""Files -> their parsed blocks, some of each file being parsed before they are asked for."""

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from protocol.errors import InputError
from zreplay.recordings.recording import Parsed, Recording, Unparsed

BLOCK_BYTES: Final = 4 * 1024 * 1024
"""Of a file alone."""

SHARED_BLOCK_BYTES: Final = 256 * 1024
"""Of several files: what a block costs beside its rows is little by then, and memory is not."""

FIRST_BLOCK_BYTES: Final = 256 * 1024
"""The first block of a file is small, so that the first quotes are soon there."""

LEAST_BLOCK_BYTES: Final = 16 * 1024
"""Unless there are so many files that a block of each would be more than WAITING_BYTES."""

WAITING_BYTES: Final = 64 * 1024 * 1024
"""A block of each file waits for the others: together they are so large."""

FIRST_BYTES: Final = 8 * 1024 * 1024
"""And the first of all files so large, where that is less than each may be."""

PARSED_AHEAD: Final = 2
"""So many blocks of a file are parsed side by side: pyarrow lets other threads run meanwhile."""

FEW_FILES: Final = 16
"""Of more, nothing is parsed ahead: the blocks of all would fill memory, and each is so small that
to hand it to another thread takes as long as to parse it."""


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
        if len(files) > 1:
            share_bytes = _share(min(waiting_bytes, WAITING_BYTES), files)
            self._block_bytes = min(BLOCK_BYTES, SHARED_BLOCK_BYTES, share_bytes)
        first_bytes = min(FIRST_BLOCK_BYTES, self._block_bytes, _share(FIRST_BYTES, files))
        self._next_bytes = [first_bytes] * len(files)

    def next(self, number: int) -> Parsed | None:
        """Return the next block of a file, while the ones behind it are being parsed.

        None is the end of the file, after which it is not to be asked again.

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
        """Take note that a file will not be asked again."""
        self._ahead[number].clear()

    def close(self) -> None:
        """End the threads, once what is being parsed is done."""
        self._parsers.shutdown(cancel_futures=True)

    def _now(self, number: int) -> Parsed | None:
        cut = self._files[number].cut(self._next_bytes[number])
        self._next_bytes[number] = self._block_bytes
        return _parsed(cut)

    def _begin(self, number: int) -> bool:
        """Have the next block of a file parsed; False if there is none behind it."""
        try:
            cut = self._files[number].cut(self._next_bytes[number])
        except InputError as error:
            failed: Future[Parsed | None] = Future()
            failed.set_exception(error)
            self._ahead[number].append(failed)
            return False
        self._next_bytes[number] = self._block_bytes
        self._ahead[number].append(self._parsers.submit(_parsed, cut))
        return cut is not None


def _share(whole_bytes: int, files: Sequence[Recording]) -> int:
    least_bytes = min(LEAST_BLOCK_BYTES, WAITING_BYTES // len(files))
    return max(whole_bytes // len(files), least_bytes)


def _parsed(cut: Unparsed | None) -> Parsed | None:
    return None if cut is None else cut()
