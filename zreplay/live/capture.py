"""The capture: what the websocket delivered, on disk before it gets a record number.

    folder  = one file a segment, named after the offset of its first group
    segment = head, *group          zreplay/live/segment_head.py, zreplay/live/capture_groups.py

Append-only. A group is one write: it is there as a whole or not at all. Offsets are those of the
whole capture, and stay what they are when its oldest segments are deleted. When: segment_book.py.

Version 2 added numbers of connections and kinds of records, version 3 segments. A capture of an
earlier version is one file; it becomes the first segment, and its offsets are the bytes it had.

Not MCAP: its writer costs more per message (scripts/bench --libraries), and a file truncated by
a crash cannot be continued (foxglove/mcap#1522 is still open).
"""

import contextlib
import errno
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from protocol.errors import NO_ROOM_ERRNOS, ResultLogError
from protocol.program.diagnostics import Log
from protocol.program.failpoint import is_next, reach
from zreplay.live.capture_groups import group_of
from zreplay.live.capture_hold import CaptureHold
from zreplay.live.capture_records import Captured, RecordKind, packed
from zreplay.live.capture_recovery import recover
from zreplay.live.captured_gaps import CapturedGaps
from zreplay.live.gap import dropped_gap
from zreplay.live.group_heads import GroupHeads
from zreplay.live.segment_book import CaptureRules, Delete, Drop, SegmentBook, Step, Then
from zreplay.live.segment_files import first_record_ns, place_head
from zreplay.live.segment_head import Dropped, SegmentHead, name_of
from zreplay.quotes.timestamp_text import time_text

CAPTURE_FULL: Final = "capture full"
DISK_FULL: Final = "disk full"
DISK_ERROR: Final = "disk error"
USUAL_GROUP_BYTES: Final = 4096
EVERY_KIND_BUT_MESSAGES: Final = frozenset(RecordKind) - {RecordKind.MESSAGE}

log = Log("zreplay")


class Problem(NamedTuple):
    """Why nothing was appended: a phrase for the operator, and the disk's error."""

    state: str
    detail: str


class CaptureWriter:
    """Appends groups to the one capture of a folder; a torn tail is cut at the start.

    Raises:
        ResultLogError: the folder cannot be used.
        InputError: what is there is not a capture, or damaged beyond what a torn write explains.
    """

    def __init__(
        self,
        path: Path,
        rules: CaptureRules | int,
        hold: CaptureHold | None = None,
        gaps: CapturedGaps | None = None,
    ) -> None:
        self.path = path
        self.hold = hold or CaptureHold()
        self.gaps = gaps
        """Who is told of gaps as they are written; without it a reader finds them."""
        self._fd = -1
        self._is_torn = False
        self._opened_ns = time.monotonic_ns()
        if isinstance(rules, int):
            rules = CaptureRules(rules)
        try:
            recovered = recover(path)
            newest = recovered.segments[-1]
            if newest.head.dropped is None:
                self._fd = _opened(newest.path)
        except OSError as error:
            raise ResultLogError(
                f"cannot use the capture {path}: {error.strerror}",
                fix="choose another state folder: --state DIR",
                code="Z602",
            ) from error
        self._id = newest.head.capture_id
        self._is_old = self._fd < 0 or not newest.head.is_of_this_version
        self.book = SegmentBook(rules, [each.segment for each in recovered.segments])
        self.last = recovered.last
        """The newest record of an earlier process, for the gap until now."""
        self.last_ns = self.last.recv_ns if self.last is not None else 0
        """When the newest record came, Unix ns."""
        self.lost = recovered.lost
        """What was missing when an earlier process ended, as it stood in the last group."""
        self.greatest_connection = recovered.greatest_connection
        """The greatest number of a connection in the last group of an earlier process."""
        self._heads = GroupHeads(self.lost)

    @property
    def rules(self) -> CaptureRules:
        return self.book.rules

    @property
    def end_offset(self) -> int:
        """Behind all that was written."""
        return self.book.end

    def append(self, records: Sequence[Captured]) -> Problem | None:
        """Write records, MAX_GROUP_BYTES at most, as one group; None when it is done.

        A READER and an OVERLAP are given without `began`. After a Problem the capture has what it
        had, and the write may be retried.
        """
        heads = self._heads.copy()
        with_head = heads.add(records, self.book.end)
        group = group_of(b"".join(map(packed, with_head)))
        is_about_itself = EVERY_KIND_BUT_MESSAGES.issuperset(r.kind for r in records)
        has_room = True
        while True:
            try:
                if not self._make_room(len(group), records, is_about_itself, has_room=has_room):
                    return self._full()
                self._write(group)
            except OSError as error:
                with contextlib.suppress(OSError):
                    self._cut_torn()
                problem = _problem(error, self.path)
                if problem.state != DISK_FULL or not has_room:
                    return problem
                has_room = False  # what may be deleted makes some
                if (
                    self._step(len(group), is_about_itself=is_about_itself, has_room=False)
                    is Then.FULL
                ):
                    return problem
            else:
                self._heads, self.last_ns = heads, records[-1].recv_ns
                if self.gaps is not None:
                    self.gaps.wrote(with_head, self.book.end - len(group), self.book.end)
                return None

    def lack_of_room(self) -> Problem | None:
        """Return why no message can be written, None if one can."""
        step = self._step(USUAL_GROUP_BYTES, is_about_itself=False, has_room=True)
        return self._full() if step is Then.FULL else None

    def _full(self) -> Problem:
        return Problem(CAPTURE_FULL, f"{self.path} holds its {self.book.rules.quota_bytes} bytes")

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _step(self, group_bytes: int, *, is_about_itself: bool, has_room: bool) -> Step | None:
        if self._is_old:
            return Then.ROLL
        return self.book.step(
            group_bytes,
            now_ns=time.time_ns(),
            open_ns=time.monotonic_ns() - self._opened_ns,
            needed=self.hold.needed,
            read_to=self.hold.read_to,
            is_about_itself=is_about_itself,
            has_room=has_room,
        )

    def _make_room(
        self,
        group_bytes: int,
        records: Sequence[Captured],
        is_about_itself: bool,
        *,
        has_room: bool,
    ) -> bool:
        """Roll, delete and drop as the book says; False if the capture is full."""
        self._cut_torn()
        while True:
            step = self._step(group_bytes, is_about_itself=is_about_itself, has_room=has_room)
            match step:
                case None:
                    return True
                case Then.FULL:
                    return False
                case Then.ROLL:
                    self._roll()
                    has_room = True
                case Delete():
                    self._delete()
                    has_room = True
                case Drop():
                    if not self._drop(step, records[0].recv_ns):
                        return False
                    has_room = True

    def _write(self, group: bytes) -> None:
        reach("capture.before_write")
        if is_next("capture.torn_write"):
            os.write(self._fd, group[: len(group) // 2])
        reach("capture.torn_write")
        self._is_torn = True
        left = memoryview(group)
        while left:  # after a short write the next one raises the reason
            left = left[os.write(self._fd, left) :]
        self._is_torn = False
        self.book.grown(len(group), time.time_ns())
        reach("capture.after_write")

    def _cut_torn(self) -> None:
        if self._is_torn:
            os.ftruncate(self._fd, self.book.segments[-1].size_bytes)
            self._is_torn = False

    def _roll(self) -> None:
        """Begin a segment behind the newest one."""
        path = self.path / name_of(self.book.end)
        reach("capture.before_roll")
        place_head(path, SegmentHead(self._id, self.book.end))
        reach("capture.after_roll")
        fd = _opened(path)
        self.close()
        self._fd, self._opened_ns, self._is_old = fd, time.monotonic_ns(), False
        self.book.rolled(time.time_ns())

    def _delete(self) -> None:
        """Delete the oldest segment."""
        reach("capture.before_delete")
        (self.path / name_of(self.book.segments[0].begin)).unlink(missing_ok=True)
        reach("capture.after_delete")
        self.book.deleted()

    def _drop(self, drop: Drop, now_ns: int) -> bool:
        """Put a head in the place of what is dropped, durably; False if it is being read."""
        first, last = drop.segments[0], drop.segments[-1]
        if not self.hold.may_drop(first.begin):
            return False
        try:
            began_ns = self._began_ns(last.begin, now_ns)
            from_ns = first.dropped.from_ns if first.dropped else began_ns
            what = Dropped(last.end, from_ns, self._began_ns(last.end, now_ns))
            head = SegmentHead(self._id, first.begin, dropped=what)
            reach("capture.before_drop")
            place_head(self.path / name_of(first.begin), head, is_durable=True)
            reach("capture.dropped")
            for segment in drop.segments[1:]:
                (self.path / name_of(segment.begin)).unlink(missing_ok=True)
                reach("capture.drop_deleted")
        finally:
            self.hold.dropped()
        self.book.dropped(drop, what)
        if self.gaps is not None:
            self.gaps.drop(dropped_gap(what._replace(from_ns=began_ns)))
        log.warning(
            "captured quotes were dropped before they were read",
            **{"from": time_text(what.from_ns), "to": time_text(what.to_ns)},
        )
        return True

    def _began_ns(self, begin: int, otherwise_ns: int) -> int:
        first_ns = first_record_ns(self.path / name_of(begin))
        return otherwise_ns if first_ns is None else first_ns


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)


def _problem(error: OSError, path: Path) -> Problem:
    """Return what a failed write means: a full disk may have space later, a full file may not."""
    state = DISK_FULL if error.errno in NO_ROOM_ERRNOS else DISK_ERROR
    if error.errno == errno.EFBIG:
        state = CAPTURE_FULL
    return Problem(state, f"cannot write {path}: {error.strerror}")
