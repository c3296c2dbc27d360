"""When lines are committed, seen from outside, by watching the files of the sink.

A line is committed when its bytes are in the log and the commit is in the ring. The sink writes
the ring right after the lines; both are seen here at the next look.
"""

import contextlib
import threading
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

from protocol.commit import SLOT_BYTES, SLOT_COUNT, Commit, unpack
from protocol.result_folder import (
    MIDS,
    RING,
)
from tests.end_to_end.processes import until

Int64s = npt.NDArray[np.int64]
LOOK_SECONDS = 0.0005
SILENCE_SECONDS = 5.0
SILENCE_LOOK_SECONDS = 0.05


def newest_commit(out: Path) -> Commit | None:
    """Return the newest commit of the ring, None if there is none (yet)."""
    try:
        ring = (out / RING).read_bytes()
    except OSError:
        return None
    slots = (unpack(ring[number * SLOT_BYTES :][:SLOT_BYTES]) for number in range(SLOT_COUNT))
    return max(filter(None, slots), key=lambda commit: commit.number, default=None)


def committed(out: Path) -> int:
    """Return how many records are committed."""
    newest = newest_commit(out)
    return newest.next if newest else 0


class GrowthWatch:
    """Notes when mid_prices.log has grown, on a thread that looks every half millisecond."""

    def __init__(self, out: Path) -> None:
        self._path = out / MIDS
        self._looks: list[tuple[int, int]] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> "GrowthWatch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def size_bytes(self) -> int:
        return self._looks[-1][1] if self._looks else 0

    def wait_for_silence(self) -> None:
        """Wait for a first line, and then until the log has not grown for a while."""
        until(lambda: self.size_bytes, "a first line")
        size_bytes, since = self.size_bytes, time.monotonic()
        while time.monotonic() - since < SILENCE_SECONDS:
            time.sleep(SILENCE_LOOK_SECONDS)
            if self.size_bytes > size_bytes:
                size_bytes, since = self.size_bytes, time.monotonic()

    def committed_ns(self, ends: Int64s) -> Int64s:
        """Return when the log was first seen to reach each of these bytes, in Unix time."""
        seen_ns, sizes = np.array(self._looks, np.int64).T
        times: Int64s = seen_ns[np.searchsorted(sizes, ends)]
        return times

    def _watch(self) -> None:
        while not self._ended.is_set():
            with contextlib.suppress(OSError):
                size = self._path.stat().st_size
                if size > self.size_bytes:
                    self._looks.append((time.time_ns(), size))
            time.sleep(LOOK_SECONDS)


def line_ends(log: bytes) -> Int64s:
    """Return the length of the log up to and with each of its lines."""
    return np.flatnonzero(np.frombuffer(log, np.uint8) == ord("\n")) + 1


def stamps_ns(log: bytes) -> Int64s:
    """Return the exchange time that each line of mid_prices.log begins with."""
    texts = [line.partition(b",")[0].decode() for line in log.splitlines()]
    return np.array(texts, "datetime64[ns]").astype(np.int64)
