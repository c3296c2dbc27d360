"""The parts of finished tasks, and the markers that make them count.

Rule 1: a part counts once its marker is there, which names its files. Each attempt has names of
its own: a task may run any number of times, side by side, and be killed anywhere.
Rule 2: the name of a marker holds the key of all that decides what is in the part. What no marker
of a known key names is ignored, and removed once the output is whole.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import IO, Final
from uuid import uuid4

import msgspec

from protocol.checksum import crc32
from protocol.errors import ZreplayError
from protocol.json_text import json_bytes
from protocol.program.failpoint import reach
from zreplay.backfilling.proof import PartFile, Report
from zreplay.backfilling.store import Store, written

PARTS: Final = "parts"
DONE: Final = "done"
DATASET: Final = "mids"
"""The folder of Parquet files: `window=000017` and so on are in it."""
TABLE: Final = "table"
"""Their kind."""
COPY_BYTES: Final = 1024 * 1024


class RejectedRow(msgspec.Struct, frozen=True, array_like=True):
    """A rejected row in a part; `line` is counted from where the task began to read the file."""

    number: int
    rejection: tuple[str, int | None, int, str, str, str, str]


def stem(window: int, key: str) -> str:
    """Return what a part is called: their order is that of the windows."""
    return f"{window:06d}-{key}"


def marker_of(name: str) -> str:
    """Return the name of the marker of a part."""
    return f"{DONE}/{name}.json"


def read_report(store: Store, window: int, key: str) -> Report | None:
    """Return what a finished task said, None if there is no marker of that key."""
    data = store.read(marker_of(stem(window, key)))
    try:
        return None if data is None else msgspec.json.decode(data, type=Report)
    except msgspec.MsgspecError:
        return None


class CountedFile:
    """A file that is written from its beginning on, with what there is to know of it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.size_bytes = self.crc = 0
        self.before_close: Callable[[], None] = lambda: None
        """For who writes through it, and has something left to write."""

    @property
    def closed(self) -> bool:
        return self._file.closed

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Append bytes."""
        self._file.write(data)
        size_bytes = memoryview(data).nbytes
        self.size_bytes += size_bytes
        self.crc = crc32(data, self.crc)
        return size_bytes

    def tell(self) -> int:
        return self.size_bytes

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self.before_close()
        self._file.close()


class PartWriter:
    """Writes the part of a window, a file of each kind; without `commit`, nothing of it stays.

    Raises:
        ResultLogError: the store does not take it.
    """

    def __init__(self, store: Store, window: int, key: str, kinds: Sequence[str]) -> None:
        self._store = store
        self._window, self._key = window, key
        self._attempt = uuid4().hex[:12]
        self._scratch = {kind: store.scratch() for kind in kinds}
        self.files: dict[str, CountedFile] = {}
        with written(store.path):
            for kind, path in self._scratch.items():
                self.files[kind] = CountedFile(path.open("wb", COPY_BYTES))

    def write(self, kind: str, data: bytes | bytearray | memoryview) -> None:
        """Append to the file of a kind."""
        with written(self._store.path):
            self.files[kind].write(data)

    def drop(self, kind: str) -> None:
        """Leave out the file of a kind."""
        self.files.pop(kind).close()
        self._scratch.pop(kind).unlink()

    def commit(self, report: Report) -> Report:
        """Make the part count; return the report that counts: of several attempts, the first's.

        Raises:
            ZreplayError: the first one has other bytes.
        """
        files: dict[str, PartFile] = {}
        with written(self._store.path):
            for kind, file in self.files.items():
                file.close()
                files[kind] = PartFile(self._name(kind), file.size_bytes, file.crc)
            reach("backfill.before_part")
        for kind, part in files.items():
            self._store.publish(self._scratch[kind], part.name)
        reach("backfill.after_part")
        report = msgspec.structs.replace(report, files=files)
        name = marker_of(stem(self._window, self._key))
        if not self._store.create(name, json_bytes(report)):
            first = read_report(self._store, self._window, self._key)
            if first is None:  # cut short, or of an earlier version
                self._store.replace(name, json_bytes(report))
            else:
                self._yield_to(first, files)
                report = first
        reach("backfill.after_marker")
        return report

    def close(self) -> None:
        """Remove what was not committed."""
        for file in self.files.values():
            file.close()
        for path in self._scratch.values():
            path.unlink(missing_ok=True)

    def _yield_to(self, first: Report, files: Mapping[str, PartFile]) -> None:
        for part in files.values():
            self._store.remove(part.name)
        if first.is_repeatable and any(
            first.files[kind][1:] != part[1:] for kind, part in files.items()
        ):
            raise ZreplayError(f"partition {self._window} has other bytes than when it was run")

    def _name(self, kind: str) -> str:
        window = stem(self._window, self._key)
        if kind == TABLE:
            number, _, key = window.partition("-")
            return f"{DATASET}/window={number}/{key}-{self._attempt}.parquet"
        return f"{PARTS}/{window}-{self._attempt}.{kind.rpartition('/')[2]}"


def check_parts(store: Store, reports: Sequence[Report]) -> list[int]:
    """Return the windows of which a file of the part is not there, or not as long as it was."""
    sizes = {**store.sizes(PARTS), **store.sizes(DATASET)}
    return [
        window
        for window, report in enumerate(reports)
        if any(sizes.get(part.name) != part.size_bytes for part in report.files.values())
    ]


def forget(store: Store, name: str) -> None:
    """Remove the marker of a part, so that it does not count."""
    store.remove(marker_of(name))


def remove_others(store: Store, names: Sequence[str], reports: Sequence[Report]) -> None:
    """Remove parts and markers that the output does not name, and what was cut short."""
    kept = {part.name for report in reports for part in report.files.values()}
    kept |= set(map(marker_of, names))
    for folder in (PARTS, DONE, DATASET):
        for name in store.sizes(folder):
            if name not in kept:
                store.remove(name)
