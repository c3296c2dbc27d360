"""What becomes of closed logs: the oldest are removed, the others compressed, one at a time.

What a commit of the ring can still name is left as it is, for recovery may open it again. Age is by
arrival, of any gap a day at most (zmid/arrivals.py): an instant far ahead removes nothing. Whatever
is killed, a segment is there whole, compressed or not, or was removed:

    X.zst.part    being written; removed at the next start
    X.zst         whole; X is removed behind it, at the latest at the next start
"""

import os
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Lock, Thread
from typing import Final

from protocol.committed_log import segment_names
from protocol.program.diagnostics import Log
from protocol.program.failpoint import reach
from protocol.result_folder import MANIFEST
from protocol.retention import Retention
from protocol.segment import COMPRESSED, Segment, read_manifest

PART: Final = ".part"
PIECE_BYTES: Final = 1024 * 1024

log = Log("sink")


class LogKeeping:
    """Knows the closed segments of a folder; `turn` removes what may go and compresses the rest.

    It compresses in a thread, which ends when nothing is left.
    """

    def __init__(self, folder: Path, retention: Retention, *, compresses: bool) -> None:
        self._folder = folder
        self._retention = retention
        self._compresses = compresses
        self._read_bytes = 0
        self._kept: list[Segment] = []
        self._plain: list[Segment] = []
        self._free: deque[Path] = deque()
        self._is_given_up = False
        self._replacing = Lock()
        self._thread: Thread | None = None

    @property
    def is_busy(self) -> bool:
        """Whether something is left that may be compressed."""
        return bool(self._free) or (self._thread is not None and self._thread.is_alive())

    def begin(self) -> None:
        """Finish what a sink that was killed has begun."""
        names = {*segment_names(self._folder)}
        for name in names:
            if name.endswith(COMPRESSED + PART) or f"{name}{COMPRESSED}" in names:
                self._path(name).unlink(missing_ok=True)

    def turn(self, manifest_bytes: int, elapsed_ns: int, named: Mapping[str, int]) -> None:
        """See to what was closed, as far as so many bytes of the manifest say.

        `named` is the least number of each log that a commit can still name.
        """
        if manifest_bytes > self._read_bytes:
            self._read_on(manifest_bytes)
        for each in removable(self._kept, named, self._retention, elapsed_ns):
            with self._replacing:
                reach("log_keeping.remove")
                for end in ("", COMPRESSED):
                    self._path(f"{each.file}{end}").unlink(missing_ok=True)
            self._kept.remove(each)
            if each in self._plain:
                self._plain.remove(each)
        left = []
        for each in self._plain:
            if each.number < named.get(each.log, 0):
                self._free.append(self._path(each.file))
            else:
                left.append(each)
        self._plain = left
        if self._free and not (self._thread is not None and self._thread.is_alive()):
            self._thread = Thread(target=self._compress_free, daemon=True)
            self._thread.start()

    def wait(self, timeout_seconds: float | None = None) -> None:
        """Let what may be compressed come to its end, for so long at most."""
        if self._thread is not None:
            self._thread.join(timeout_seconds)

    def give_up(self, after_seconds: float) -> None:
        """Leave to the next start what is not compressed after so long."""
        self.wait(after_seconds)
        self._is_given_up = True
        self.wait()

    def _read_on(self, manifest_bytes: int) -> None:
        with self._path(MANIFEST).open("rb") as file:
            file.seek(self._read_bytes)
            listed = read_manifest(file.read(manifest_bytes - self._read_bytes))
        self._read_bytes = manifest_bytes
        there = {*segment_names(self._folder)}
        if self._retention.is_on:
            self._kept += [
                each for each in listed if {each.file, f"{each.file}{COMPRESSED}"} & there
            ]
        if self._compresses:
            self._plain += [each for each in listed if each.file in there]

    def _path(self, name: str) -> Path:
        return self._folder / name

    def _compress_free(self) -> None:
        while self._free and not self._is_given_up:
            path = self._free.popleft()
            try:
                compress(path, self._replacing, lambda: self._is_given_up)
            except FileNotFoundError:
                pass  # it was removed, or a user took it away
            except OSError as error:
                log.warning("a closed log is not compressed", file=path.name, reason=error.strerror)


def removable(
    kept: Sequence[Segment], named: Mapping[str, int], retention: Retention, elapsed_ns: int
) -> list[Segment]:
    """Return which closed segments are not to be kept any more, and may go."""
    newest: dict[str, int] = {}
    for each in kept:
        newest[each.log] = max(newest.get(each.log, 0), each.number)
    gone = []
    for each in kept:
        is_over = retention.most is not None and newest[each.log] - each.number >= retention.most
        is_old = retention.age_ns is not None and elapsed_ns - each.elapsed_ns > retention.age_ns
        if (is_over or is_old) and each.number < named.get(each.log, 0):
            gone.append(each)
    return gone


def compress(path: Path, replacing: Lock, is_given_up: Callable[[], bool]) -> None:
    """Put a compressed file in the place of one, unless that is given up meanwhile.

    `replacing` is held by whoever removes the one or the other.

    Raises:
        FileNotFoundError: it is gone, and stays so.
        OSError: the other cannot be written; the file is as it was.
    """
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    part, whole = (path.with_name(f"{path.name}{end}") for end in (COMPRESSED + PART, COMPRESSED))
    try:
        with path.open("rb") as source, part.open("wb") as target:
            compressor = zstd.ZstdCompressor()
            while piece := source.read(PIECE_BYTES):
                target.write(compressor.compress(piece))
                reach("log_keeping.compressing")
                if is_given_up():
                    break
            else:
                target.write(compressor.flush())
            target.flush()
            os.fsync(target.fileno())
        if is_given_up():
            part.unlink()
            return
        with replacing:
            reach("log_keeping.before_rename")
            path.stat()
            part.rename(whole)
            reach("log_keeping.after_rename")
            path.unlink()
    except OSError:
        part.unlink(missing_ok=True)
        raise
