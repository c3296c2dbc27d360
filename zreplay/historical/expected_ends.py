"""Where files that follow one another are likely to end: each has as many blocks as the last one.

Whether a file has ended is known once it was cut to its end. Whoever waits for that does nothing
meanwhile, and day files are about as large as one another: the next is begun before it is known.
A guess decides what is begun first, and nothing else.
"""

from concurrent.futures import Future

from zreplay.recordings.recording import Parsed

Cut = Future[Future[Parsed] | None]
"""The parsing of a block, once it is cut; None at the end of its file."""


def is_end(cut: Cut) -> bool:
    """Return whether nothing comes of a cut but the end of its file, or an error."""
    return cut.done() and (cut.exception() is not None or cut.result() is None)


class ExpectedEnds:
    """Counts the blocks of so many files."""

    def __init__(self, files: int) -> None:
        self._given = [0] * files
        self._usual: int | None = None

    def noted(self, number: int, given: Parsed | None) -> Parsed | None:
        """Return the next block of a file, noted; None is its end."""
        if given is None:
            self._usual = self._given[number]
        else:
            self._given[number] += 1
        return given

    def is_likely(self, number: int, begun: int) -> bool:
        """Tell whether a file may well end behind so many blocks more that are begun."""
        return self._given[number] + begun == self._usual
