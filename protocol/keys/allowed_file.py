"""allowed.toml as it is now: read anew when it has changed, kept as it was while it is unreadable.

Who was let in before a file was damaged stays in: a slip of an editor ends no run.
"""

import os
from pathlib import Path
from threading import Lock

from protocol.errors import SettingsError
from protocol.keys.allowed import AllowedKeys, allowed_of
from protocol.keys.key_source import unforged_text

State = tuple[int, int, int] | None


class AllowedFile:
    """Looks whether a file has changed; any thread may ask."""

    def __init__(self, path: Path) -> None:
        """Read it.

        Raises:
            SettingsError: it cannot be read, or is no list of keys.
        """
        self.problem = ""
        """Why the last look found none, empty if it did."""
        self._path = path
        self._lock = Lock()
        self._state = self._state_now()
        self.first = allowed_of(unforged_text(path), str(path))

    def changed(self) -> AllowedKeys | None:
        """Return what is in it now; None if it has not changed, or cannot be read."""
        with self._lock:
            state = self._state_now()
            if state == self._state:
                return None
            self._state = state
            try:
                found = allowed_of(unforged_text(self._path), str(self._path))
            except SettingsError as error:
                self.problem = error.what
                return None
            self.problem = ""
            return found

    def _state_now(self) -> State:
        try:
            found = os.stat(self._path)
        except (OSError, ValueError):
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size
