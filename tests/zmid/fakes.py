"""A disk that fills up or dies at a chosen step, batches and results made by hand."""

import struct

from protocol.declaration import Declaration
from protocol.messages import HISTORICAL, RUN_BYTES, STAMP_EXCHANGE, Batch, Buffer, Columns, Result
from protocol.program_version import PROGRAM_VERSION
from protocol.result_folder import OUTPUTS, SEGMENTS, TABLE
from zmid.disk import DiskFull

RUN = b"r" * RUN_BYTES


class Killed(BaseException):
    """The process is dead; only what is on the disk remains."""


class FakeDisk:
    """Files in memory. A write is two steps, so that a death leaves a half of it."""

    def __init__(self) -> None:
        self.files: dict[str, bytearray] = {}
        self.steps = 0
        self.dies_at_step: int | None = None
        self.room_bytes: int | None = None
        self.synced: list[str] = []

    def size(self, name: str) -> int:
        return len(self.files.get(name, b""))

    def read(self, name: str, offset: int, length: int) -> bytes:
        return bytes(self.files.get(name, b"")[offset : offset + length])

    def write(self, name: str, offset: int, data: Buffer) -> None:
        file = self.files.setdefault(name, bytearray())
        growth = max(0, offset + len(data) - len(file))
        taken = len(data)
        if self.room_bytes is not None and growth > self.room_bytes:
            taken -= growth - self.room_bytes
        for part in (slice(0, taken // 2), slice(taken // 2, taken)):
            self._step()
            start = offset + (part.start or 0)
            file[len(file) : start] = bytes(max(0, start - len(file)))
            file[start : start + len(data[part])] = data[part]
        if self.room_bytes is not None:
            self.room_bytes -= min(growth, self.room_bytes)
        if taken < len(data):
            raise DiskFull("out: No space left on device")

    def truncate(self, name: str, length: int) -> None:
        self._step()
        file = self.files.setdefault(name, bytearray())
        if self.room_bytes is not None:
            self.room_bytes += max(0, len(file) - length)
        del file[length:]

    def sync(self, name: str) -> None:
        self._step()
        self.synced.append(name)

    def outputs(self) -> list[str]:
        return [name for name in self.files if name == TABLE or name.startswith(f"{OUTPUTS}/")]

    def left_of(self, name: str) -> str | None:
        return None

    def segments(self) -> list[str]:
        return sorted(name for name in self.files if name.startswith(f"{SEGMENTS}/"))

    def rename(self, name: str, to: str) -> None:
        self._step()
        self.files[to] = self.files.pop(name)

    def remove(self, name: str) -> None:
        self._step()
        self.files.pop(name, None)

    def _step(self) -> None:
        if self.steps == self.dies_at_step:
            raise Killed
        self.steps += 1


def result(
    first: int,
    count: int = 3,
    *,
    epoch: int = 1,
    arrival_ns: int = 0,
    run: bytes = RUN,
    threshold_ms: float = 20.0,
    processors: tuple[Declaration, ...] = (),
) -> Result:
    """A result whose every third quote was over the threshold.

    Each output of a processor has a line for each quote.
    """
    records = range(first, first + count)
    return Result(
        run=run,
        epoch=epoch,
        first=first,
        count=count,
        cursor=b"cursor %d" % (first + count),
        arrival_ns=arrival_ns,
        threshold_ms=threshold_ms,
        stamp=STAMP_EXCHANGE,
        mids=b"".join(b"mid %d\n" % record for record in records if record % 3),
        errors=b"".join(b"error %d\n" % record for record in records if not record % 3),
        skipped=sum(not record % 3 for record in records),
        blank=0,
        worker="worker",
        busy_ns=1000,
        before=0,
        after=0,
        processors=processors,
        outputs=tuple(
            b"".join(b"%s %d\n" % (file.name.encode(), record) for record in records)
            for each in processors
            for file in each.outputs
        ),
        version=PROGRAM_VERSION,
    )


def lines(end: int) -> tuple[bytes, bytes]:
    """The bytes of both logs when records 0 .. end - 1 are in them."""
    whole = result(0, end)
    return bytes(whole.mids), bytes(whole.errors)


def make_batch(quotes, mode=HISTORICAL):
    """Return a batch of (timestamp_ns, latency_ms, bid_price, ask_price) tuples."""
    timestamp_ns, latency_ms, bid_price, ask_price = zip(*quotes, strict=True)
    count = len(quotes)

    def f8(values):
        return struct.pack(f"<{count}d", *values)

    columns = Columns(
        index=bytes(8 * count),
        timestamp_ns=struct.pack(f"<{count}q", *timestamp_ns),
        latency_ms=f8(latency_ms),
        ask_amount=bytes(8 * count),
        ask_price=f8(ask_price),
        bid_price=f8(bid_price),
        bid_amount=bytes(8 * count),
        ticker_names=("A",),
        ticker_codes=bytes(4 * count),
    )
    return Batch(
        bytes(16), 1, 0, count, 0, "start", mode, 1, b"cursor", 0, PROGRAM_VERSION, columns
    )
