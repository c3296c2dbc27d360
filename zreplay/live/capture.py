"""The capture: what the websocket delivered, on disk before it gets a record number.

    file   = "ZRCAPTR" version u8, capture id (8 bytes), *group
    group  = length u32, crc32 u32, body, length u32      length and crc32 are the body's
    body   = the records of zreplay/live/capture_records.py

Little-endian, append-only. A group is one write: it is there as a whole or not at all.
Because its length is at both ends, the last whole group is found from the end of the file,
however long that is.

Not MCAP: its writer costs more per message (scripts/bench --libraries), and a file truncated by
a crash cannot be continued (foxglove/mcap#1522 is still open).
"""

import contextlib
import errno
import os
import secrets
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from protocol.checksum import crc32
from protocol.errors import NO_ROOM_ERRNOS, InputError, ResultLogError
from protocol.program.diagnostics import Log
from protocol.program.failpoint import is_next, reach
from zreplay.live.capture_records import RECORD, Captured, Record, RecordKind, damaged, records_in

CAPTURE_ID_BYTES: Final = 8
MAX_GROUP_BYTES: Final = 2 * 1024 * 1024
CAPTURE_FULL: Final = "capture full"
DISK_FULL: Final = "disk full"
DISK_ERROR: Final = "disk error"

VERSION: Final = 1
_NAME: Final = b"ZRCAPTR"
MAGIC: Final = _NAME + bytes([VERSION])
_FIRST_OFFSET: Final = len(MAGIC) + CAPTURE_ID_BYTES
EMPTY_BYTES: Final = _FIRST_OFFSET
"""A capture no larger than this is empty."""
_GROUP_HEAD: Final = struct.Struct("<II")
_GROUP_TAIL: Final = struct.Struct("<I")
_GROUP_FRAME_BYTES: Final = _GROUP_HEAD.size + _GROUP_TAIL.size
# A torn write is shorter than a group, so the last whole one lies in this much of the end.
_WINDOW_BYTES: Final = 2 * (MAX_GROUP_BYTES + _GROUP_FRAME_BYTES)


log = Log("zreplay")


class Chunk(NamedTuple):
    """The records of the groups that begin at `groups`; the next ones do at `next_offset`."""

    records: list[Record]
    next_offset: int
    groups: list[int]


class Problem(NamedTuple):
    """Why nothing was appended: a phrase for the operator, and the disk's error."""

    state: str
    detail: str


class CaptureWriter:
    """Appends groups to the one capture of a state folder; a torn tail is cut at the start.

    Raises:
        ResultLogError: the file cannot be opened or is not a capture.
        InputError: its end is damaged beyond what a torn write explains.
    """

    def __init__(self, path: Path, max_bytes: int) -> None:
        self.path = path
        self.last: Captured | None = None
        """The newest record of an earlier process, for the gap until now."""
        self._max_bytes = max_bytes
        self._is_torn = False
        try:
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            self._fd = os.open(path, flags, 0o644)
            with _closed_unless_done(self._fd):
                self._size_bytes = self._recover()
        except OSError as error:
            raise ResultLogError(
                f"cannot use the capture {path}: {error.strerror}",
                fix="choose another state folder: --state DIR",
                code="Z602",
            ) from error

    def append(self, records: Iterable[Captured]) -> Problem | None:
        """Write records, MAX_GROUP_BYTES at most, as one group; None when it is done.

        After a Problem the file is as it was, and the write may be retried.
        """
        body = b"".join(
            RECORD.pack(kind, recv_ns, len(payload)) + payload for kind, recv_ns, payload in records
        )
        length = len(body)
        if length > MAX_GROUP_BYTES:
            raise ValueError(f"group of {length} bytes is over {MAX_GROUP_BYTES}")
        head, tail = _GROUP_HEAD.pack(length, crc32(body)), _GROUP_TAIL.pack(length)
        group = head + body + tail
        if self._size_bytes + len(group) > self._max_bytes:
            return Problem(CAPTURE_FULL, f"{self.path} holds its {self._max_bytes} bytes")
        try:
            self._write(group)
        except OSError as error:
            with contextlib.suppress(OSError):
                self._cut_torn()
            return Problem(_state(error), f"cannot write {self.path}: {error.strerror}")
        return None

    def close(self) -> None:
        os.close(self._fd)

    def _write(self, group: bytes) -> None:
        self._cut_torn()
        reach("capture.before_write")
        if is_next("capture.torn_write"):
            os.write(self._fd, group[: len(group) // 2])
        reach("capture.torn_write")
        self._is_torn = True
        left = memoryview(group)
        while left:  # after a short write the next one raises the reason
            left = left[os.write(self._fd, left) :]
        self._is_torn = False
        self._size_bytes += len(group)
        reach("capture.after_write")

    def _cut_torn(self) -> None:
        if self._is_torn:
            os.ftruncate(self._fd, self._size_bytes)
            self._is_torn = False

    def _recover(self) -> int:
        """Return the length of the file after its torn tail was cut."""
        size_bytes = os.fstat(self._fd).st_size
        if size_bytes < _FIRST_OFFSET:
            os.ftruncate(self._fd, 0)
            os.write(self._fd, MAGIC + secrets.token_bytes(CAPTURE_ID_BYTES))
            return _FIRST_OFFSET
        _capture_id(self._fd, self.path)
        window_bytes = min(size_bytes - _FIRST_OFFSET, _WINDOW_BYTES)
        window_offset = size_bytes - window_bytes
        window = os.pread(self._fd, window_bytes, window_offset)
        end, body = _last_group(window)
        if not end and window_offset > _FIRST_OFFSET:
            raise damaged(self.path, f"no whole record before its end at byte {size_bytes}")
        body_offset = window_offset + end - _GROUP_TAIL.size - len(body)
        for kind, recv_ns, payload, _ in records_in(body, body_offset, self.path):
            self.last = Captured(RecordKind(kind), recv_ns, bytes(payload))
        if end < window_bytes:
            log.warning("torn end of the capture cut off", bytes=window_bytes - end)
            os.ftruncate(self._fd, window_offset + end)
        return window_offset + end


class CaptureReader:
    """Reads the whole groups of a capture that a writer may still be appending to.

    Raises:
        InputError: there is no capture, or it is damaged.
    """

    first_offset: Final = _FIRST_OFFSET

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise InputError(
                f"cannot read the capture {path}: {error.strerror}", code="Z406"
            ) from error
        with _closed_unless_done(self._fd):
            self.capture_id = _capture_id(self._fd, path)

    @property
    def size_bytes(self) -> int:
        return os.fstat(self._fd).st_size

    def read(self, offset: int, max_bytes: int) -> Chunk | None:
        """Return the groups from `offset` on, about `max_bytes`; None if there is none yet.

        At least one group is read, however long; `offset` must be where a group begins.

        Raises:
            InputError: a group is there, but not as it was written.
        """
        data = memoryview(os.pread(self._fd, max(max_bytes, _GROUP_HEAD.size), offset))
        if len(data) >= _GROUP_HEAD.size:
            first_bytes = _GROUP_HEAD.unpack_from(data)[0] + _GROUP_FRAME_BYTES
            if first_bytes > len(data) and first_bytes <= MAX_GROUP_BYTES + _GROUP_FRAME_BYTES:
                data = memoryview(os.pread(self._fd, first_bytes, offset))
        records: list[Record] = []
        groups: list[int] = []
        start = 0
        while len(data) - start >= _GROUP_HEAD.size:
            length, crc = _GROUP_HEAD.unpack_from(data, start)
            body_start = start + _GROUP_HEAD.size
            end = body_start + length + _GROUP_TAIL.size
            is_possible = 0 < length <= MAX_GROUP_BYTES
            if is_possible and end > len(data):
                break
            body = data[body_start : body_start + length]
            if not is_possible or crc32(body) != crc:
                raise damaged(self._path, f"the group at byte {offset + start}")
            records.extend(records_in(body, offset + body_start, self._path))
            groups.append(offset + start)
            start = end
        return Chunk(records, offset + start, groups) if start else None

    def close(self) -> None:
        os.close(self._fd)


@contextlib.contextmanager
def _closed_unless_done(fd: int) -> Iterator[None]:
    try:
        yield
    except BaseException:
        os.close(fd)
        raise


def _state(error: OSError) -> str:
    """Return what a failed write means: a full disk may have space later, a full file may not."""
    if error.errno in NO_ROOM_ERRNOS:
        return DISK_FULL
    return CAPTURE_FULL if error.errno == errno.EFBIG else DISK_ERROR


def _capture_id(fd: int, path: Path) -> bytes:
    head = os.pread(fd, _FIRST_OFFSET, 0)
    if len(head) < _FIRST_OFFSET or not head.startswith(_NAME):
        raise InputError(
            f"{path} is not a capture: it begins with {head[:8]!r}",
            fix="move it away, or choose another state folder: --state DIR",
            code="Z406",
        )
    if not head.startswith(MAGIC):
        raise InputError(
            f"{path} is a capture of version {head[len(_NAME)]}, this program reads {VERSION}",
            fix="use the version that wrote it, or move it away",
            code="Z406",
        )
    return head[len(MAGIC) :]


def _last_group(window: bytes) -> tuple[int, memoryview]:
    """Return the end of the last whole group in the window, 0 if none, and its body."""
    view = memoryview(window)
    for end in range(len(view), _GROUP_FRAME_BYTES, -1):
        (length,) = _GROUP_TAIL.unpack_from(view, end - _GROUP_TAIL.size)
        start = end - length - _GROUP_FRAME_BYTES
        if not length or start < 0:
            continue
        head_length, crc = _GROUP_HEAD.unpack_from(view, start)
        body = view[start + _GROUP_HEAD.size : end - _GROUP_TAIL.size]
        if head_length == length and crc32(body) == crc:
            return end, body
    return 0, view[:0]
