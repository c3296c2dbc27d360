"""The threads on which files are cut: each file has one of them, and those that follow it another.

To cut a packed file is to decompress it, one step after the other. What comes behind its end is
decompressed meanwhile.
"""

from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Final

CUTTERS: Final = 2
"""As many as parse: no more is begun of files that follow one another."""


class Cutters:
    """Threads by the number of a file; what is begun on one is done in that order."""

    def __init__(self) -> None:
        self._threads = [ThreadPoolExecutor(1, f"cutter-{number}") for number in range(CUTTERS)]

    def of(self, number: int) -> Executor:
        """Return the one thread that cuts a file."""
        return self._threads[number % CUTTERS]

    def shutdown(self) -> None:
        """End them, once what each is at is done."""
        for thread in self._threads:
            thread.shutdown(cancel_futures=True)
