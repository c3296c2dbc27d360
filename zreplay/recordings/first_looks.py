"""What the first look at each file of a replay found, for those who ask while it begins.

It looks whether its files are there, names its run by them, and begins their indexes and the
reading of them: of thousands of files each look takes longer than all else that is done there.
Whoever looks later looks anew, and so sees what has changed since.
"""

import time
from pathlib import Path
from typing import Final

from zreplay.recordings.file_stamp import Stamp, stamp_from
from zreplay.recordings.regular_file import found_at, size_of

FRESH_NS: Final = 1_000_000_000
"""A replay that waits longer before it reads looks again."""


class FirstLooks:
    """The stamps of files that may be read, from `begin` to `end`, and for FRESH_NS at most."""

    def __init__(self) -> None:
        self._stamps: dict[str, Stamp] = {}
        self._until_ns = 0

    def begin(self) -> None:
        """Remember from now on what is looked at."""
        self._stamps, self._until_ns = {}, time.monotonic_ns() + FRESH_NS

    def end(self) -> None:
        """Forget it: whoever asks from now on looks."""
        self._stamps, self._until_ns = {}, 0

    def look_at(self, path: Path) -> None:
        """Look whether a recording is there.

        Raises:
            InputError: it is missing, no regular file, or not to be read by this user.
        """
        found = found_at(path)
        if found is None:
            size_of(path)
        elif self._until_ns:
            self._stamps[str(path)] = stamp_from(found)

    def stamp(self, path: Path) -> Stamp | None:
        """Return the stamp of a file that was looked at, None if nobody has, or long ago."""
        stamp = self._stamps.get(str(path))
        return stamp if stamp is not None and time.monotonic_ns() < self._until_ns else None


FIRST_LOOKS: Final = FirstLooks()
"""Those of this process."""
