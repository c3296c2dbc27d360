"""Where reading can resume: the last checkpoints of a run, each in a slot of one file.

    magic 8 | version u32 | files u32 | run 16 | number u64 | arrival i64 | position i64 |
    refused u64 | 28 bytes a file (zreplay/ordering/order_cursor.py) | crc32 u32

Little-endian. `refused` is how many lines rejected.log had: rows refused before these places are
not reported again.

A checkpoint depends only on the files and the options, which the run is a hash of. An older one
leads to the same quotes, since all that is not behind the cursor is skipped; one whose key is later
than that of the cursor must not be used. A slot that is torn, damaged or of another run or version
is ignored, and so is a file that cannot be read: the run resumes without it, but takes longer.
"""

import contextlib
import errno
import os
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from protocol.checksum import crc32
from protocol.messages import RUN_BYTES
from protocol.program.diagnostics import Log
from protocol.program.failpoint import is_next, reach
from zreplay.ordering.order_cursor import PLACE_BYTES, Key, OrderCursor

VERSION: Final = 1
"""It rises with each change of this form, and of what is a row, a stray or late."""

SLOT_COUNT: Final = 32
RECENT_SLOTS: Final = 16
EARLIER_EVERY: Final = 32
"""The other slots have every 32nd, so that one is left however far the sink is behind."""

LEAST_ROWS: Final = 65_536
LEAST_INTERVAL_NS: Final = 500_000_000
MOST_SHARE: Final = 0.02
"""Checkpoints are so many rows and so long apart, and take no more than this share of the time."""

_MAGIC: Final = b"ZRCHECKP"
_HEAD: Final = struct.Struct(f"<8sII{RUN_BYTES}sQqqQ")
_SUM: Final = struct.Struct("<I")

log = Log("zreplay")


class _Slot(NamedTuple):
    key: Key
    number: int
    refused: int
    at: int


def encode(run: bytes, number: int, checkpoint: OrderCursor, refused: int) -> bytes:
    """Return a checkpoint as a slot holds it."""
    places = checkpoint.places
    count = len(places) // PLACE_BYTES
    head = _HEAD.pack(_MAGIC, VERSION, count, run, number, *checkpoint.last_key, refused)
    data = head + places
    return data + _SUM.pack(crc32(data))


def decode(data: bytes) -> OrderCursor | None:
    """Return the checkpoint of a slot, None if it is torn or damaged."""
    if len(data) < _HEAD.size + _SUM.size:
        return None
    if (crc32(data[: -_SUM.size]),) != _SUM.unpack_from(data, len(data) - _SUM.size):
        return None
    *_, arrival_ns, position, _ = _HEAD.unpack_from(data)
    return OrderCursor((arrival_ns, position), data[_HEAD.size : -_SUM.size])


class CheckpointRing:
    """The checkpoints of one run over so many files. Any thread may ask while another adds."""

    def __init__(
        self,
        path: Path,
        run: bytes,
        file_count: int,
        *,
        least_rows: int = LEAST_ROWS,
        least_interval_ns: int = LEAST_INTERVAL_NS,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._path = path
        self._run = run
        self._file_count = file_count
        self._least_rows = least_rows
        self._least_interval_ns = least_interval_ns
        self._clock = clock
        self._slot_bytes = _HEAD.size + PLACE_BYTES * file_count + _SUM.size
        self._lock = threading.Lock()
        self._has_failed = False
        self._rows = 0
        self._next_ns: int | None = None
        self._slots = self._found()
        self._number = max((slot.number + 1 for slot in self._slots.values()), default=0)

    def newest(self, key: Key, refused: int) -> OrderCursor | None:
        """Return the checkpoint from which the least is read to come to a key, None if none does.

        `refused` is how many lines rejected.log has: with fewer than it had, a row would be
        missing there.
        """
        with self._lock:
            slots = [slot for slot in self._slots.values() if slot.key <= key]
        for slot in sorted(slots, reverse=True):
            if slot.refused <= refused:
                checkpoint = self._read(slot)
                if checkpoint is not None:
                    return checkpoint
                with self._lock:
                    is_there = self._slots.get(slot.at) == slot  # or a new one is being written
                if is_there:
                    log.info("a checkpoint is damaged", file=str(self._path), slot=slot.at)
        return None

    def forget(self) -> None:
        """Drop all checkpoints: the run begins, and rejected.log with it."""
        with self._lock:
            self._slots.clear()
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)

    def hurry(self) -> None:
        """Have the next checkpoint taken at once: reading continues elsewhere."""
        self._next_ns = None

    def offer(
        self, take: Callable[[], OrderCursor | None], rows: int, refused: Callable[[], int]
    ) -> None:
        """Take a checkpoint if one is due, after `rows` more rows were read.

        All that was refused up to there is among the `refused` lines of rejected.log.
        """
        began_ns = self._clock()
        self._rows += rows
        if self._next_ns is not None and (
            began_ns < self._next_ns or self._rows < self._least_rows
        ):
            return
        checkpoint = take()
        if checkpoint is None:
            return
        self._add(checkpoint, refused())
        now_ns = self._clock()
        wait_ns = max(self._least_interval_ns, int((now_ns - began_ns) / MOST_SHARE))
        self._next_ns, self._rows = now_ns + wait_ns, 0

    def _add(self, checkpoint: OrderCursor, refused: int) -> None:
        number = self._number
        index = number % RECENT_SLOTS
        if number % EARLIER_EVERY == 0:
            index = RECENT_SLOTS + number // EARLIER_EVERY % (SLOT_COUNT - RECENT_SLOTS)
        data = encode(self._run, number, checkpoint, refused)
        with self._lock:
            self._slots.pop(index, None)
        try:
            self._write(index * self._slot_bytes, data)
        except OSError as error:
            if not self._has_failed:
                self._has_failed = True
                why = f"{self._path}: {error.strerror}"
                log.warning("no checkpoint: a restart has more to read", reason=why)
            return
        self._has_failed = False
        self._number += 1
        with self._lock:
            self._slots[index] = _Slot(checkpoint.last_key, number, refused, index)

    def _write(self, offset: int, data: bytes) -> None:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            reach("checkpoint.before_write")
            if is_next("checkpoint.torn_write"):
                os.pwrite(descriptor, data[: len(data) // 2], offset)
            reach("checkpoint.torn_write")
            if os.pwrite(descriptor, data, offset) < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            reach("checkpoint.after_write")
        finally:
            os.close(descriptor)

    def _found(self) -> dict[int, _Slot]:
        """Return the slots of the file that belong to this run, by their headers."""
        slots: dict[int, _Slot] = {}
        for index in range(SLOT_COUNT):
            head = self._pread(index, _HEAD.size)
            if len(head) < _HEAD.size:
                continue
            magic, version, files, run, number, *key, refused = _HEAD.unpack(head)
            if (magic, version, files, run) == (_MAGIC, VERSION, self._file_count, self._run):
                slots[index] = _Slot((key[0], key[1]), number, refused, index)
        return slots

    def _read(self, slot: _Slot) -> OrderCursor | None:
        data = self._pread(slot.at, self._slot_bytes)
        checkpoint = decode(data)
        # Another file may be there by now.
        is_it = checkpoint is not None and checkpoint.last_key == slot.key
        return checkpoint if is_it and len(data) == self._slot_bytes else None

    def _pread(self, index: int, size: int) -> bytes:
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return b""
        try:
            return os.pread(descriptor, size, index * self._slot_bytes)
        except OSError:
            return b""
        finally:
            os.close(descriptor)
