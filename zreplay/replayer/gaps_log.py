"""gaps.log: one JSON line for each time for which a live feed, or some of it, gave nothing.

The lines are a function of the capture: each is one record of it, in order, behind those of the
silences that it ends (zreplay/live/gap.py). After a resume the capture is read again from
an earlier place; what the log has is known by the byte of its last line.
"""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from protocol.errors import NO_ROOM_ERRNOS, ResultLogError, write_fix
from zreplay.live.gap import DROPPED, SILENT, Gap, GapLine, OpenSilences
from zreplay.live.segment_head import Dropped
from zreplay.quotes.timestamp_text import instant_ns

TIME_NS: Final = 1_000_000
"""What a time in a line is a multiple of."""

_line_of: Final = msgspec.json.Decoder(GapLine).decode


class GapsLog:
    """Appends gaps, each as it is told; `stalled` says why the disk takes none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self.stalled = ""
        self._waiting = b""
        self._last, self._silences = GapLine(), OpenSilences()

    def recover(self, *, is_begun: bool) -> None:
        """Read what the log has and cut a torn end; clear it if the run has not begun.

        Raises:
            ResultLogError: it cannot be read or cut.
        """
        self.count, self.stalled, self._waiting = 0, "", b""
        self._last, self._silences = GapLine(), OpenSilences()
        try:
            with self.path.open("r+b") as lines:
                lines.truncate(self._know(lines.read()) if is_begun else 0)
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._refused(error) from error

    def append(self, gap: Gap, capture: str, offset: int) -> None:
        """Write a gap whose record is at this byte of the capture, unless the log has it.

        Raises:
            ResultLogError: the disk refuses it for another reason than a lack of room.
        """
        if self._has(gap, capture, offset):
            return
        line = gap.line(capture, offset)
        for each in (*self._silences.ended_by(line), line):
            self._silences.take(each)
            self._waiting += each.pack()
            self.count += 1
        self._last = line
        self.flush()

    def told_to(self, capture: str) -> int:
        """Return the offset of the last line in a capture, -1 if there is none of it."""
        return self._last.offset if self._last.capture == capture else -1

    def untold(self, drops: Sequence[Dropped], capture: str) -> list[Dropped]:
        """Return what of these drops of a capture has no line.

        Raises:
            ResultLogError: it cannot be read.
        """
        if not drops:
            return []
        told = self._drops_told(capture)
        untold = []
        for dropped in drops:
            if dropped.to_ns - dropped.to_ns % TIME_NS not in told:
                before = [t for t in told if t <= dropped.to_ns]
                from_ns = max(dropped.from_ns, *before) if before else dropped.from_ns
                untold.append(dropped._replace(from_ns=from_ns))
        return untold

    def _drops_told(self, capture: str) -> set[int]:
        """Return where the drops end that have a line, Unix ns as exactly as a line says it."""
        try:
            data = self.path.read_bytes() + self._waiting
        except FileNotFoundError:
            data = self._waiting
        except OSError as error:
            raise self._refused(error) from error
        told = set()
        for text in data.splitlines():
            with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError):
                line = _line_of(text)
                if line.reason == DROPPED and line.capture == capture:
                    told.add(instant_ns(line.to or "") or 0)
        return told

    def flush(self) -> None:
        """Write what waits for room, all of it or nothing; without any it goes on waiting.

        Raises:
            ResultLogError: the disk refuses it for another reason.
        """
        if not self._waiting:
            return
        try:
            with self.path.open("ab", buffering=0) as log:
                end, left = log.tell(), memoryview(self._waiting)
                try:
                    while left:
                        left = left[log.write(left) :]
                except OSError:
                    with contextlib.suppress(OSError):
                        os.ftruncate(log.fileno(), end)
                    raise
        except OSError as error:
            if error.errno not in NO_ROOM_ERRNOS:
                raise self._refused(error) from error
            self.stalled = f"{self.path}: {error.strerror}"
            return
        self._waiting, self.stalled = b"", ""

    def _has(self, gap: Gap, capture: str, offset: int) -> bool:
        """Tell whether it is written; what was torn off may have lines for silences it ends."""
        last = self._last
        if capture != last.capture or offset > last.offset:
            return False
        return offset < last.offset or gap.reason == last.reason or last.reason != SILENT

    def _know(self, data: bytes) -> int:
        """Take note of the lines; return the end of the last whole one."""
        end = data.rfind(b"\n") + 1
        lines = data[:end].splitlines()
        self.count = len(lines)
        for line in lines:
            with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError):
                self._last = _line_of(line)
                self._silences.take(self._last)
        return end

    def _refused(self, error: OSError) -> ResultLogError:
        return ResultLogError(
            f"cannot write {self.path}: {error.strerror}", fix=write_fix(error), code="Z602"
        )
