"""Which segments of each log are there: names of files and the manifest in, answers out.

A segment is closed, or waits for its name while the one before it still has that of the log, or is
open. Files that a user took away, or packed otherwise, are gone.
"""

from collections.abc import Sequence
from typing import NamedTuple

from protocol.commit import Commit, Tail
from protocol.result_folder import MANIFEST
from protocol.segment import OPEN, place_of, read_manifest, segment_file


class Numbered(NamedTuple):
    """The files of a log by their number."""

    closed: dict[int, str]
    waiting: dict[int, str]

    def has(self, number: int) -> bool:
        """Return whether this segment is there, though it is not the last."""
        is_open = bool(self.waiting) and min(self.waiting) - 1 == number
        return is_open or number in self.closed or number in self.waiting


class PresentSegments:
    """What was in the folder of segments when it was looked at."""

    def __init__(self, files: Sequence[str], manifest: bytes) -> None:
        self._files = files
        self._of: dict[str, Numbered] = {}
        self._ends: dict[tuple[str, int], tuple[str, Tail]] = {
            (each.log, each.number): (each.file, each.tail) for each in read_manifest(manifest)
        }

    def of(self, log: str) -> Numbered:
        """Return the segments of a log, but for its open one."""
        if log not in self._of:
            found = self._of[log] = Numbered({}, {})
            for file in self._files:
                place = place_of(log, file)
                if place is not None and not place.is_compressed:
                    (found.waiting if place.span == OPEN else found.closed)[place.number] = file
        return self._of[log]

    def file(self, log: str, number: int) -> str:
        """Return the file that a segment is in."""
        found = self.of(log)
        return found.closed.get(number) or found.waiting.get(number) or log

    def end(self, log: str, number: int) -> Tail | None:
        """Return where a segment was closed, None if the manifest does not say it."""
        found = self._ends.get((log, number))
        return found[1] if found else None

    def name(self, log: str, number: int) -> str:
        """Return the name of a segment once it is closed."""
        found = self._ends.get((log, number))
        return found[0] if found else segment_file(log, number, "closed")

    def lack(self, commit: Commit, newest: Commit) -> bool:
        """Return whether a segment in which a commit ends is gone, as a newer one needs it not."""
        tails = newest.tails
        return any(
            tail.number < tails.get(log, tail).number and not self.of(log).has(tail.number)
            for log, tail in commit.tails.items()
            if log != MANIFEST
        )
