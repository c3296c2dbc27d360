"""Files -> their parsed blocks, some of each file being parsed before they are asked for."""

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from protocol.errors import InputError
from zreplay.recordings.recording import Parsed, Recording, Unparsed

BLOCK_BYTES: Final = 4 * 1024 * 1024

FIRST_BLOCK_BYTES: Final = 256 * 1024
"""The first block of a file is small, so that the first quotes are soon there."""

LEAST_BLOCK_BYTES: Final = 64 * 1024

PARSED_AHEAD: Final = 2
"""So many blocks of a file are parsed side by side: pyarrow lets other threads run meanwhile."""


class ParseAhead:
    """The blocks of open files, each in its file's order. One thread asks."""

    def __init__(self, files: Sequence[Recording]) -> None:
        self._files = files
        self._parsers = ThreadPoolExecutor(PARSED_AHEAD, "parser")
        self._ahead: list[deque[Future[Parsed | None]]] = [deque() for _ in files]
        # Several files share what one may read at once: the blocks of all wait together.
        self._block_bytes = max(BLOCK_BYTES // len(files), LEAST_BLOCK_BYTES)
        self._next_bytes = [min(FIRST_BLOCK_BYTES, self._block_bytes)] * len(files)

    def next(self, number: int) -> Parsed | None:
        """Return the next block of a file, while the ones behind it are being parsed.

        None is the end of the file, after which it is not to be asked again.

        Raises:
            InputError: the file cannot be read.
        """
        ahead, file = self._ahead[number], self._files[number]
        is_first = self._next_bytes[number] < self._block_bytes
        while len(ahead) < (1 if is_first else PARSED_AHEAD):
            try:
                cut = file.cut(self._next_bytes[number])
            except InputError as error:
                failed: Future[Parsed | None] = Future()
                failed.set_exception(error)
                ahead.append(failed)
                break
            self._next_bytes[number] = self._block_bytes
            ahead.append(self._parsers.submit(_parsed, cut))
            if cut is None:
                break
        return ahead.popleft().result()

    def close(self) -> None:
        """End the threads, once what is being parsed is done."""
        self._parsers.shutdown(cancel_futures=True)


def _parsed(cut: Unparsed | None) -> Parsed | None:
    return None if cut is None else cut()
