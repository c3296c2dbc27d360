"""Reads a capture from where it is asked to, segment after segment, while it is being written.

Which segment an offset is in is known by the names; none is opened but those that are read.
"""

import contextlib
import os
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from protocol.checksum import crc32
from protocol.errors import InputError
from zreplay.live.capture_folder import begins_in
from zreplay.live.capture_groups import FRAME_BYTES, GROUP_HEAD, GROUP_TAIL, MAX_GROUP_BYTES
from zreplay.live.capture_hold import CaptureHold
from zreplay.live.capture_records import Record, records_in
from zreplay.live.segment_files import cannot_read, found
from zreplay.live.segment_head import Dropped, SegmentHead, damaged, name_of


class Chunk(NamedTuple):
    """The records of the groups that begin at `groups`; the next ones do at `next_offset`.

    Of what was `dropped` before it was read there are none: nothing behind it may be read with
    what is known from before.
    """

    records: list[Record]
    next_offset: int
    groups: list[int]
    dropped: Dropped | None = None


class GroupReader:
    """Reads whole groups; offsets are those of the capture, whatever was deleted of it.

    `path` is the folder of the segments, or a capture of one file. With `hold` its writer, in this
    process, drops nothing that was read; another reader is told when its place was deleted.
    """

    def __init__(self, path: Path, hold: CaptureHold | None = None) -> None:
        self.path = path
        self._hold = hold
        self._fd = -1
        self._folder = path if path.is_dir() else None
        self._path, self._head = path, SegmentHead(b"", 0)
        self._drops: list[SegmentHead] = []

    @property
    def oldest_offset(self) -> int:
        """Where the oldest group begins that is there now.

        Raises:
            InputError: there is no capture.
        """
        if self._folder is None:
            return found(self.path).segment.begin
        begins = begins_in(self._folder)
        if not begins:
            raise no_segment(self.path)
        return begins[0]

    @property
    def end_offset(self) -> int:
        """The offset behind all that is there now.

        Raises:
            InputError: there is no capture.
        """
        if self._folder is None:
            return found(self.path).segment.end
        begins = begins_in(self._folder)
        if not begins:
            raise no_segment(self.path)
        return found(self._folder / name_of(begins[-1])).segment.end

    def read(self, offset: int, max_bytes: int) -> Chunk | None:
        """Return the groups from `offset` on, about `max_bytes`; None if there is none yet.

        At least one group is read, however long, and never of two segments; `offset` must be
        where a group begins.

        Raises:
            InputError: a group is there, but not as it was written; or was deleted.
        """
        if not self._go_to(offset):
            return None
        if self._head.dropped is not None:
            if self._folder is None and offset >= self._head.dropped.to:
                return None
            if self._hold is None and self._head not in self._drops:  # who plays on needs none
                self._drops.append(self._head)
            return Chunk([], self._head.dropped.to, [], self._head.dropped)
        chunk = self._groups(offset, max_bytes)
        if chunk is None and self._goes_on(offset):
            return self.read(offset, max_bytes)
        return chunk

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _groups(self, offset: int, max_bytes: int) -> Chunk | None:
        at = offset - self._head.begin + self._head.size_bytes
        data = memoryview(os.pread(self._fd, max(max_bytes, GROUP_HEAD.size), at))
        if len(data) >= GROUP_HEAD.size:
            first_bytes = GROUP_HEAD.unpack_from(data)[0] + FRAME_BYTES
            if first_bytes > len(data) and first_bytes <= MAX_GROUP_BYTES + FRAME_BYTES:
                data = memoryview(os.pread(self._fd, first_bytes, at))
        records: list[Record] = []
        groups: list[int] = []
        start = 0
        while len(data) - start >= GROUP_HEAD.size:
            length, crc = GROUP_HEAD.unpack_from(data, start)
            body_start = start + GROUP_HEAD.size
            end = body_start + length + GROUP_TAIL.size
            is_possible = 0 < length <= MAX_GROUP_BYTES
            if is_possible and end > len(data):
                break
            body = data[body_start : body_start + length]
            if not is_possible or crc32(body) != crc:
                raise damaged(self._path, f"the group at byte {at + start}")
            records.extend(records_in(body, offset + body_start, self._path))
            groups.append(offset + start)
            start = end
        return Chunk(records, offset + start, groups) if start else None

    def _go_to(self, offset: int) -> bool:
        """Be in the segment of an offset; False if it is being dropped."""
        head = self._head
        if self._fd >= 0 and head.begin <= offset:
            end = head.dropped.to if head.dropped else self._end()
            if offset < end or (offset == end and head.dropped is None):
                return True
            if offset == end and self._folder is not None:
                return self._enter(offset)
        if self._folder is None:
            if self._fd < 0:
                self._open(self.path)
            return True
        begins = begins_in(self._folder)
        at = bisect_right(begins, offset) - 1
        if at < 0:
            raise self._deleted(offset)
        return self._enter(begins[at])

    def _goes_on(self, offset: int) -> bool:
        """Go to the next segment; False if this is the newest, and has no whole group more."""
        if self._folder is None or offset == self._head.begin:
            return False
        if offset < self._end():
            return self._is_whole_by_now(offset)
        if self._enter(offset):
            return True
        if os.fstat(self._fd).st_nlink:
            return False
        # Ours was deleted, and so may be the next one; but that may just have been begun, too.
        if not self._enter(offset):
            raise self._deleted(offset)
        return True

    def _is_whole_by_now(self, offset: int) -> bool:
        """Tell whether a group has been finished; one that never will be is damage."""
        assert self._folder is not None
        is_closed = begins_in(self._folder)[-1] > self._head.begin
        if self._groups(offset, 1) is not None:
            return True
        if is_closed:
            raise damaged(self._path, f"the group at byte {offset} of the capture is cut off")
        return False

    def _end(self) -> int:
        return self._head.begin + os.fstat(self._fd).st_size - self._head.size_bytes

    def _enter(self, begin: int) -> bool:
        """Open the segment that begins there, if there is one and it may be read."""
        assert self._folder is not None
        if self._hold is not None and not self._hold.may_read(begin):
            return False
        # Not asked by a Path: whose names Python 3.12 keeps for ever, and each place has its own.
        if not os.path.exists(os.path.join(self._folder, name_of(begin))):
            return False
        self._open(self._folder / name_of(begin))
        return True

    def _open(self, path: Path) -> None:
        try:
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise cannot_read(path, error) from error
        with closed_unless_done(fd):
            head = SegmentHead.unpack(os.pread(fd, 128, 0), path)
        self.close()
        self._fd, self._path, self._head = fd, path, head

    def _deleted(self, offset: int) -> InputError:
        return InputError(
            f"{self.path}: what was captured at byte {offset} was deleted",
            fix="read a copy, or give more room: --capture-quota, --keep-capture",
            code="Z406",
        )


def no_segment(path: Path) -> InputError:
    return InputError(f"cannot read the capture {path}: there is no segment in it", code="Z406")


@contextlib.contextmanager
def closed_unless_done(fd: int) -> Iterator[None]:
    try:
        yield
    except BaseException:
        os.close(fd)
        raise
