"""The product: two append files, and a ring of commit records that says how far they count.

A commit writes the mids, the errors and then one record; what lies behind the lengths of the
newest record that fits does not exist, and recovery cuts it off. Nothing is ever appended
to a file whose end is not the one that its record describes.

The files come in as `LogFiles`, so that a test can bring a disk that dies at any step.
"""

import errno
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Protocol

from protocol.errors import ResultLogError
from protocol.failpoint import is_next, reach
from protocol.messages import Buffer
from zmid.commit_record import SLOT_BYTES, SLOTS, CommitRecord, Progress, Tail, pack, unpack

_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_BEFORE_THE_FIRST: Final = -1


class LogFile(Protocol):
    """A file by offset; every method may raise OSError."""

    name: str

    def size_bytes(self) -> int: ...
    def read(self, length_bytes: int, offset: int) -> bytes: ...

    def write(self, data: Buffer, offset: int) -> int:
        """Write at `offset`; return how many bytes were taken, which may be fewer."""
        ...

    def truncate(self, length_bytes: int) -> None: ...
    def sync(self) -> None: ...


@dataclass(frozen=True, slots=True)
class LogFiles:
    """The three files of a folder, which is named in errors only."""

    folder: str
    mids: LogFile
    errors: LogFile
    ring: LogFile


class DiskFull(Exception):
    """There is no room for a commit. Nothing has changed: try again later."""


class ResultLog:
    """Owns the committed state of a folder.

    Args:
        files: where it lies.
        is_synced: sync before a commit counts, for the loss of power.

    Raises:
        ResultLogError: the folder's logs are not as any of its commit records says.
    """

    def __init__(self, files: LogFiles, *, is_synced: bool = False) -> None:
        self.repairs: list[str] = []
        self.record: CommitRecord | None = None
        self._files = files
        self._is_synced = is_synced
        with self._disk_errors("recover"):
            self._recover()

    @property
    def progress(self) -> Progress | None:
        """What is committed; None in a folder that no run has adopted."""
        return self.record.progress if self.record else None

    def commit(self, progress: Progress, mids: Buffer, errors: Buffer) -> None:
        """Append the lines and make `progress` the committed one.

        Raises:
            DiskFull: there is no room; files and record are as before.
            ResultLogError: the disk fails in another way; a restart recovers.
        """
        files = self._files
        before = self.record or CommitRecord(_BEFORE_THE_FIRST, progress)
        record = before.following(progress, mids, errors)
        with self._disk_errors("commit"):
            try:
                reach("result_log.before_mids")
                self._write(files.mids, mids, before.mids.length_bytes, "torn_mids")
                reach("result_log.after_mids")
                self._write(files.errors, errors, before.errors.length_bytes, "torn_errors")
                reach("result_log.after_errors")
                if self._is_synced:
                    self._sync(files.mids, mids)
                    self._sync(files.errors, errors)
                packed = pack(record)
                self._write(files.ring, packed, record.slot_offset, "torn_ring")
                reach("result_log.after_ring")
                if self._is_synced:
                    self._sync(files.ring, packed)
            except OSError as error:
                if error.errno not in _NO_ROOM:
                    raise
                self._cut(before)
                raise DiskFull(f"{files.folder}: {error.strerror}") from error
        self.record = record
        reach("result_log.after_commit")

    def _write(self, file: LogFile, data: Buffer, offset: int, torn: str) -> None:
        left = memoryview(data)
        if left and is_next(f"result_log.{torn}"):
            file.write(left[: len(left) // 2], offset)
        if left:
            reach(f"result_log.{torn}")
        while left:
            taken = file.write(left, offset)
            if taken <= 0:
                raise OSError(errno.ENOSPC, "a write took nothing")
            left, offset = left[taken:], offset + taken

    @staticmethod
    def _sync(file: LogFile, data: Buffer) -> None:
        if data:
            file.sync()

    def _cut(self, record: CommitRecord) -> None:
        """Drop what lies behind a record's lengths."""
        for file, tail in ((self._files.mids, record.mids), (self._files.errors, record.errors)):
            surplus_bytes = file.size_bytes() - tail.length_bytes
            if surplus_bytes > 0:
                file.truncate(tail.length_bytes)

    def _recover(self) -> None:
        records = self._records()
        misfits: list[str] = []
        for record in records:
            misfit = self._misfit(record)
            if misfit is None:
                self._step_back(records[: len(misfits)])
                self._cut(record)
                self.record = record
                self.repairs += misfits
                return
            misfits.append(misfit)
        if records or self._files.mids.size_bytes() or self._files.errors.size_bytes():
            reason = misfits[0] if misfits else f"{self._files.ring.name} holds no usable record"
            raise ResultLogError(
                f"the logs in {self._files.folder} cannot be continued: {reason}",
                fix="choose another folder: --out DIR, or begin anew and remove these: --fresh",
            )

    def _records(self) -> list[CommitRecord]:
        """Return the records of the ring, newest first."""
        records = []
        for slot in range(SLOTS):
            data = self._files.ring.read(SLOT_BYTES, slot * SLOT_BYTES)
            record = unpack(data)
            if record and record.slot_offset == slot * SLOT_BYTES:
                records.append(record)
            elif data.count(0) != len(data):
                self.repairs.append(f"slot {slot} of {self._files.ring.name} is torn or damaged")
        return sorted(records, key=lambda record: record.n, reverse=True)

    def _misfit(self, record: CommitRecord) -> str | None:
        """Say why the files are not as the record describes them, or None if they are."""
        return self._tail_misfit(self._files.mids, record.mids) or self._tail_misfit(
            self._files.errors, record.errors
        )

    @staticmethod
    def _tail_misfit(file: LogFile, tail: Tail) -> str | None:
        size_bytes = file.size_bytes()
        if size_bytes < tail.length_bytes:
            return f"{file.name} has {size_bytes} bytes, {tail.length_bytes} were committed"
        group = file.read(tail.length_bytes - tail.group_start, tail.group_start)
        if zlib.crc32(group) != tail.group_crc:
            return f"the end of {file.name} is damaged (bytes {tail.group_start} and after)"
        return None

    def _step_back(self, misfits: list[CommitRecord]) -> None:
        """Void records that do not fit, lest they fit again once the files have regrown."""
        for record in misfits:
            self._write(self._files.ring, bytes(SLOT_BYTES), record.slot_offset, "torn_void")
        if misfits and self._is_synced:
            self._files.ring.sync()

    @contextmanager
    def _disk_errors(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ResultLogError(
                f"cannot {what} the logs in {self._files.folder}: {error.strerror}",
                fix="look at the disk; a restart goes on from the last commit",
            ) from error
