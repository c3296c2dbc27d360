"""What the first look at each file of a replay found, for those who ask while it begins.

It looks whether each path is a folder and each file is there, names its run by them, and begins
their indexes and the reading of them: of thousands of files each look takes longer than all else
that is done there. Whoever looks later looks anew, and so sees what has changed since.
"""

import os
import time
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Final

from zreplay.recordings.file_stamp import Stamp, stamp_from
from zreplay.recordings.regular_file import found_at, size_of

FRESH_NS: Final = 1_000_000_000
"""A replay that waits longer before it reads looks again."""


class FirstLooks:
    """The stamps of regular files, from `begin` to `end`, and for FRESH_NS at most."""

    def __init__(self) -> None:
        self._stamps: dict[str, Stamp] = {}
        self._until_ns = 0

    def begin(self) -> None:
        """Remember from now on what is looked at."""
        self._stamps, self._until_ns = {}, time.monotonic_ns() + FRESH_NS

    def end(self) -> None:
        """Forget it: whoever asks from now on looks."""
        self._stamps, self._until_ns = {}, 0

    def is_folder(self, path: Path) -> bool:
        """Look at a path of this machine; return whether it is a folder."""
        try:
            found = os.stat(path)
        except (OSError, ValueError):
            return False
        self._note(path, found)
        return S_ISDIR(found.st_mode)

    def check(self, path: Path) -> None:
        """Look whether a recording is there, and may be read.

        Raises:
            InputError: it is missing, no regular file, or not to be read by this user.
        """
        if self.stamp(path) is not None and os.access(path, os.R_OK):
            return
        found = found_at(path)
        if found is None:
            size_of(path)
        else:
            self._note(path, found)

    def stamp(self, path: Path) -> Stamp | None:
        """Return the stamp of a file that was looked at, None if nobody has, or long ago."""
        stamp = self._stamps.get(str(path))
        return stamp if stamp is not None and time.monotonic_ns() < self._until_ns else None

    def _note(self, path: Path, found: os.stat_result) -> None:
        if self._until_ns and S_ISREG(found.st_mode):
            self._stamps[str(path)] = stamp_from(found)


FIRST_LOOKS: Final = FirstLooks()
"""Those of this process."""
