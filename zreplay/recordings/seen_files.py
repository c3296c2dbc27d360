"""What was found of files, known as long as each is as it was; another process may be told.

A run looks at its files, and so does its replayer, which may be begun before.
"""

from collections.abc import Hashable
from typing import Any, Final

from zreplay.quotes.file_numbers import MAX_FILES

FEW_FILES: Final = 16
"""To look at so many again takes less than to be told of them."""

_TOLD: Final[dict[str, "SeenFiles[Any, Any]"]] = {}


class SeenFiles[Said: Hashable, Found]:
    """What was found by file and by what was said of it; with too many, it starts over.

    It is told to others if it has a name.
    """

    def __init__(self, most: int = MAX_FILES, name: str = "") -> None:
        self._most = most
        self._found: dict[tuple[str, Said], tuple[object, Found]] = {}
        if name:
            _TOLD[name] = self

    def find(self, file: str, said: Said, stamp: object) -> Found | None:
        """Return what was found of a file that has this stamp, None if nothing was."""
        found_stamp, found = self._found.get((file, said), (None, None))
        return found if found_stamp == stamp else None

    def note(self, file: str, said: Said, stamp: object, found: Found) -> None:
        """Take note of what was found of a file that had this stamp then."""
        if len(self._found) >= self._most:
            self._found.clear()
        self._found[file, said] = stamp, found

    def clear(self) -> None:
        """Forget everything."""
        self._found.clear()


def told() -> bytes:
    """Return what `hear` takes; nothing of few files."""
    found = {name: seen._found for name, seen in _TOLD.items()}
    if max(map(len, found.values()), default=0) <= FEW_FILES:
        return b""
    import pickle  # which few runs need

    return pickle.dumps(found)


def hear(data: bytes) -> None:
    """Know what another process has `told`: one that this one was forked from."""
    if data:
        import pickle

        for name, found in pickle.loads(data).items():
            if name in _TOLD:
                _TOLD[name]._found.update(found)
