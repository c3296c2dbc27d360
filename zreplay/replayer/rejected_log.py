"""rejected.log: one JSON line for each row or message that is not a quote.

After a resume, a seek or a new pass the source reads rows again, and rejects the same ones
again. A row is in the log once all the same, whatever was killed: what is there is known by
file and offset, 8 bytes of memory a row.
"""

import contextlib
import os
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from protocol.errors import NO_ROOM_ERRNOS, ResultLogError, write_fix
from protocol.json_text import utf8_text
from protocol.limits import INT64_MAX
from protocol.program.failpoint import is_next, reach
from zreplay.quotes.rejection import Rejection
from zreplay.replayer.offset_set import OffsetSet


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
        self._known: dict[str, OffsetSet] = {}
        self._fd: int | None = None
        self._lock = threading.Lock()  # the reader and the loop both reject

    def recover(self, names: Sequence[str], *, is_begun: bool) -> None:
        """Read what the log has of these files; clear it if the run has not begun.

        Raises:
            ResultLogError: it cannot be read or cut, or is damaged.
        """
        self.close()
        self.count = 0
        self._waiting.clear()
        self._known.clear()
        if not self.path.exists():
            return
        try:
            with self.path.open("r+b") as lines:
                lines.truncate(self._know(lines, names) if is_begun else 0)
        except OSError as error:
            raise ResultLogError(
                f"cannot rewrite {self.path}: {error.strerror}", code="Z602"
            ) from error

    def recount(self) -> None:
        """Count what the file holds, for a run that was finished before."""
        with contextlib.suppress(FileNotFoundError), self.path.open("rb") as lines:
            self.count = sum(1 for _ in lines)

    def _know(self, lines: Iterable[bytes], names: Sequence[str]) -> int:
        """Take note of each line; return the end of the last whole one."""
        decoder = msgspec.json.Decoder(_Line)
        end = whole_end = 0
        for line in lines:
            end += len(line)
            try:
                location = decoder.decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError):
                continue
            if line.endswith(b"\n"):
                if not 0 <= location.offset <= INT64_MAX:
                    raise ResultLogError(
                        f"{self.path} is damaged: {location.offset} is not an offset "
                        f"in {location.file}",
                        fix="move it away; rows that are not read again are then no longer counted",
                        code="Z605",
                    )
                self._is_new(_name_now(location.file, names), location.offset)
                self.count += 1
                whole_end = end
        return whole_end

    def _is_new(self, file: str, offset: int) -> bool:
        known = self._known.get(file)
        if known is None:
            known = self._known[file] = OffsetSet()
        return known.add(offset)

    def append(self, rejection: Rejection) -> None:
        """Add a rejection, unless the log has it; it is in the file after the next `flush`."""
        with self._lock:
            if self._is_new(rejection.file, rejection.offset):
                self._waiting.append(rejection.as_line())
                self.count += 1

    def written(self) -> int:
        """Return how many lines the file has: those that wait for room are not in it."""
        with self._lock:
            return self.count - len(self._waiting)

    def flush(self) -> bool:
        """Write what was added; False if the disk is full, and it is kept for the next time.

        Raises:
            ResultLogError: the disk refuses it for another reason than a lack of room.
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
                    f"cannot write {self.path}: {error.strerror}",
                    fix=write_fix(error),
                    code="Z602",
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


def _name_now(file: str, names: Sequence[str]) -> str:
    """Return what a file is called now, however its name was spelled before."""
    # There it stands as JSON can carry it.
    now = {utf8_text(name): name for name in names}
    if file in now:
        return now[file]
    same = [name for text, name in now.items() if Path(text).name == Path(file).name]
    return same[0] if len(same) == 1 else file
