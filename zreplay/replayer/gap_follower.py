"""gaps.log of a recording: each gap as the writer of the capture hands it on.

Rule 1: what an earlier process captured and did not tell is read, from the newest place on up to
        which all was told: the mark, or the segment in which the last line of gaps.log stands.
Rule 2: a part that was dropped is told by its record in the capture. Whoever was killed before
        that was written finds it in the head of the dropped segment, and has it written now.
"""

import contextlib
from bisect import bisect_right
from pathlib import Path
from typing import Final

import msgspec

from protocol.errors import InputError
from protocol.program.replaced_file import replace_file
from zreplay.live.capture_folder import begins_in
from zreplay.live.capture_reader import CaptureReader
from zreplay.live.capture_records import RecordKind
from zreplay.live.captured_gaps import CapturedGaps
from zreplay.live.gap import dropped_gap, gap_in
from zreplay.live.group_reader import Chunk
from zreplay.replayer.gaps_log import GapsLog

READ_BYTES: Final = 1024 * 1024
MARK_BYTES: Final = 16 * 1024 * 1024
"""So much may be written before it is marked that all of it was told."""
MARK: Final = "told"


class _Mark(msgspec.Struct, frozen=True):
    """Of which capture, up to which offset, and how many lines gaps.log had then at least."""

    capture: str
    offset: int
    lines: int


class GapFollower:
    """Tells what was not told, and then what is handed on.

    Raises:
        InputError: the capture is damaged.
        ResultLogError: gaps.log cannot be written.
    """

    def __init__(self, path: Path, gaps: GapsLog, captured: CapturedGaps) -> None:
        self._path = path
        self._gaps = gaps
        self._captured = captured
        reader = CaptureReader(path)
        self._id = reader.capture_id.hex()
        drops = [head.dropped for head in reader.drops if head.dropped is not None]
        reader.close()
        self._told = self._told_before()
        self._catch_up()
        for dropped in gaps.untold(drops, self._id):
            captured.drop(dropped_gap(dropped))

    def follow(self) -> None:
        """Tell of the gaps that were captured since."""
        told = self._captured.offset
        if self._captured.was_cut():
            self._catch_up()
        for offset, payload in self._captured.take():
            self._tell(payload, offset)
        self._gaps.flush()
        if told - self._told >= MARK_BYTES and not self._gaps.stalled:
            self._mark(told)

    def _told_before(self) -> int:
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            mark = msgspec.json.decode((self._path / MARK).read_bytes(), type=_Mark)
            if mark.capture == self._id and mark.lines <= self._gaps.count:
                return mark.offset
        begins = begins_in(self._path)
        return begins[max(0, bisect_right(begins, self._gaps.told_to(self._id)) - 1)]

    def _catch_up(self) -> None:
        """Tell what stands in the capture behind what was told."""
        reader = CaptureReader(self._path)
        try:
            while chunk := self._read(reader):
                for record in chunk.records:
                    if record.kind == RecordKind.GAP:
                        self._tell(bytes(record.payload), record.offset)
                self._told = chunk.next_offset
        finally:
            reader.close()

    def _read(self, reader: CaptureReader) -> Chunk | None:
        """Read on; where the place was dropped meanwhile, what is in its stead."""
        try:
            return reader.read(self._told, READ_BYTES)
        except InputError:
            with contextlib.closing(CaptureReader(self._path)) as other:
                return other.read(self._told, READ_BYTES)

    def _tell(self, payload: bytes, offset: int) -> None:
        self._gaps.append(gap_in(self._path, offset, payload), self._id, offset)

    def _mark(self, offset: int) -> None:
        """Note that all before this offset was told; a disk that refuses leaves an older mark."""
        self._told = offset
        mark = _Mark(self._id, offset, self._gaps.count)
        with contextlib.suppress(OSError):
            replace_file(self._path / MARK, msgspec.json.encode(mark))
