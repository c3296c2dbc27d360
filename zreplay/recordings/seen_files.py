"""What was found of files, known as long as each is as it was; another process may be told.

A run looks at its files, and so does its replayer, which may be begun before.
"""

from collections.abc import Hashable
from typing import Any, Final

from zreplay.quotes.file_numbers import MAX_FILES

FEW_FILES: Final = 16
"""To look at so many again takes less than to be told of them."""

type _Found[Said, Found] = dict[Said, dict[str, tuple[object, Found]]]

_NOTHING: Final = object()
_TOLD: Final[dict[str, "SeenFiles[Any, Any]"]] = {}


class SeenFiles[Said: Hashable, Found]:
    """What was found by file and by what was said of it; with too many, it starts over.

    It is told to others if it has a name.
    """

    def __init__(self, most: int = MAX_FILES, name: str = "") -> None:
        self._most = most
        self._count = 0
        self._found: _Found[Said, Found] = {}
        self._last: tuple[object, dict[str, tuple[object, Found]]] = _NOTHING, {}
        """What was said last, and what was found with it: of all files of a run the same is."""
        if name:
            _TOLD[name] = self

    def find(self, file: str, said: Said, stamp: object) -> Found | None:
        """Return what was found of a file that has this stamp, None if nothing was."""
        found_stamp, found = self._kept(file, said)
        return found if found_stamp == stamp else None

    def last(self, file: str, said: Said) -> Found | None:
        """Return what was found of a file when it was looked at last, whatever it is by now."""
        return self._kept(file, said)[1]

    def _kept(self, file: str, said: Said) -> tuple[object, Found | None]:
        last_said, files = self._last
        if last_said is not said:
            files = self._found.get(said, {})
            if files:
                self._last = said, files  # who is told has an equal one of its own
        return files.get(file, (None, None))

    def note(self, file: str, said: Said, stamp: object, found: Found) -> None:
        """Take note of what was found of a file that had this stamp then."""
        if self._count >= self._most:
            self.clear()
        last_said, files = self._last
        if last_said is not said:
            files = self._found.setdefault(said, {})
            self._last = said, files
        self._count += file not in files
        files[file] = stamp, found

    def clear(self) -> None:
        """Forget everything."""
        self._last = _NOTHING, {}
        self._found, self._count = {}, 0

    def update(self, found: _Found[Said, Found]) -> None:
        """Take note of what another has found."""
        for said, files in found.items():
            self._found.setdefault(said, {}).update(files)
        self._count = sum(map(len, self._found.values()))


def told() -> bytes:
    """Return what `hear` takes; nothing of few files."""
    found = {name: seen._found for name, seen in _TOLD.items()}
    if max((seen._count for seen in _TOLD.values()), default=0) <= FEW_FILES:
        return b""
    import pickle  # which few runs need

    return pickle.dumps(found)


def hear(data: bytes) -> None:
    """Know what another process has `told`: one that this one was forked from."""
    if data:
        import pickle

        for name, found in pickle.loads(data).items():
            if name in _TOLD:
                _TOLD[name].update(found)
