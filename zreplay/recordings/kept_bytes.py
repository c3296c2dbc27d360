"""What was decompressed behind the last places that readings came to from afar.

A loop over a region of a compressed file comes to the same place in every pass: what stands there
is decompressed once.
"""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

from zreplay.recordings.byte_reader import FileBytes

MOST_BYTES: Final = 8 * 1024 * 1024
"""Of one file."""

MOST_BYTES_OF_ALL: Final = 32 * 1024 * 1024


class _Stretch:
    def __init__(self, start: int) -> None:
        self.start = start
        self.data = bytearray()
        self.is_last = False

    @property
    def end(self) -> int:
        return self.start + len(self.data)


class KeptBytes:
    """A stretch of each file, whatever names the file as it is now; any thread may ask."""

    def __init__(self) -> None:
        self._stretches: OrderedDict[Hashable, _Stretch] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, file: Hashable, offset: int) -> None:
        """Keep what stands from an offset on, instead of what is kept if that is elsewhere."""
        with self._lock:
            stretch = self._stretches.get(file)
            if stretch is not None and stretch.start <= offset <= stretch.end:
                return
            self._stretches[file] = _Stretch(offset)
            self._stretches.move_to_end(file)

    def add(self, file: Hashable, offset: int, found: FileBytes) -> None:
        """Keep what was read at an offset, if it goes on from what is kept and there is room."""
        with self._lock:
            stretch = self._stretches.get(file)
            if stretch is None or not stretch.start <= offset <= stretch.end or stretch.is_last:
                return
            new = found.data[stretch.end - offset :]
            if len(stretch.data) + len(new) > MOST_BYTES:
                return
            stretch.data += new
            stretch.is_last = found.is_last
            while sum(len(each.data) for each in self._stretches.values()) > MOST_BYTES_OF_ALL:
                self._stretches.popitem(last=False)

    def read(self, file: Hashable, offset: int, most_bytes: int) -> FileBytes | None:
        """Return what is kept from an offset on, None if that is no line and not the end."""
        with self._lock:
            stretch = self._stretches.get(file)
            if stretch is None or not stretch.start <= offset <= stretch.end:
                return None
            first = offset - stretch.start
            data = bytes(memoryview(stretch.data)[first : first + most_bytes])
            is_last = stretch.is_last and offset + len(data) == stretch.end
            if not is_last and len(data) < most_bytes and b"\n" not in data:
                return None
            self._stretches.move_to_end(file)
            return FileBytes(data, is_last)
