"""rejected.log: one JSON line for each row or message that is no quote.

After a resume the source reads again from the oldest block with unsent quotes, and rejects
the same rows again. So the log is first cut back to what lies before the place where each
source goes on: a row is in it once, whatever was killed.
"""

import contextlib
import os
import threading
from collections.abc import Mapping
from pathlib import Path

import msgspec

from protocol.errors import NO_ROOM_ERRNOS, ResultLogError
from protocol.failpoint import is_next, reach
from zreplay.rejection import Rejection


class _Line(msgspec.Struct):
    file: str
    offset: int


class RejectedLog:
    """Appends rejections; one write a group, nothing buffered beyond `flush`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self.stalled = ""
        self._waiting: list[bytes] = []
        self._fd: int | None = None
        self._lock = threading.Lock()  # the reader and the loop both reject

    def cut_back(self, go_on: Mapping[str, int]) -> None:
        """Keep the lines before the offset at which each file is to be read on from."""
        self.close()
        self.count = 0
        self._waiting.clear()
        if not self.path.exists():
            return
        places = _Places(go_on)
        try:
            with self.path.open("r+b") as lines:
                end = 0
                for line in lines:
                    if not places.is_before(line):
                        break
                    end += len(line)
                    self.count += 1
                later = [line for line in lines if places.is_before(line)]
                if not later:
                    lines.truncate(end)  # as nearly always: nothing to write, also on a full disk
                    return
                lines.seek(0)
                kept_path = self.path.with_suffix(".tmp")
                kept_path.write_bytes(lines.read(end) + b"".join(later))
                reach("rejected.before_rename")
                kept_path.replace(self.path)
                reach("rejected.after_rename")
                self.count += len(later)
        except OSError as error:
            raise ResultLogError(
                f"cannot rewrite {self.path}: {error.strerror}", code="Z602"
            ) from error

    def recount(self) -> None:
        """Count what the file holds, for a run that was finished before."""
        with contextlib.suppress(FileNotFoundError), self.path.open("rb") as lines:
            self.count = sum(1 for _ in lines)

    def append(self, rejection: Rejection) -> None:
        """Take a rejection; it is in the file after the next `flush`."""
        with self._lock:
            self._waiting.append(rejection.as_line())
            self.count += 1

    def flush(self) -> bool:
        """Write what was taken; False if the disk is full, and then it waits.

        Raises:
            ResultLogError: the disk does not take it, and not for want of room.
        """
        with self._lock:
            data = b"".join(self._waiting)
            if not data or self._write(data):
                self._waiting.clear()
                self.stalled = ""
            return not self.stalled

    def _write(self, data: bytes) -> bool:
        """Append all of it or nothing."""
        end = 0
        try:
            if self._fd is None:
                flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
                self._fd = os.open(self.path, flags, 0o644)
            end = os.lseek(self._fd, 0, os.SEEK_END)
            reach("rejected.before_write")
            if is_next("rejected.torn_write"):
                os.write(self._fd, data[: len(data) // 2])
            reach("rejected.torn_write")
            left = memoryview(data)
            while left:
                left = left[os.write(self._fd, left) :]
            reach("rejected.after_write")
        except OSError as error:
            if error.errno not in NO_ROOM_ERRNOS:
                raise ResultLogError(
                    f"cannot write {self.path}: {error.strerror}", code="Z602"
                ) from error
            if self._fd is not None:
                os.ftruncate(self._fd, end)
            self.stalled = f"{self.path}: {error.strerror}"
            return False
        return True

    def close(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


class _Places:
    """Where each file is to be read on from, however its name was spelled before."""

    def __init__(self, go_on: Mapping[str, int]) -> None:
        self._decoder = msgspec.json.Decoder(_Line)
        self._go_on = go_on
        names = [Path(name).name for name in go_on]
        self._by_name = {
            Path(name).name: offset
            for name, offset in go_on.items()
            if names.count(Path(name).name) == 1
        }

    def is_before(self, line: bytes) -> bool:
        """Tell whether a line stands for something before the place of its file."""
        try:
            place = self._decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return False  # the torn last line of a killed process
        offset = self._go_on.get(place.file, self._by_name.get(Path(place.file).name, 0))
        return line.endswith(b"\n") and place.offset < offset
