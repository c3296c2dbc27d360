"""Our own code against the library that does the same, for those who ask why we have it.

CPU time of this one process, since other work on the machine affects wall time. Nothing is synced,
on either side, as with `--durability process`.
"""

import sqlite3
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np

from protocol.checksum import crc32
from protocol.commit import SLOT_COUNT
from protocol.messages import Result
from protocol.result_folder import ERRORS, MIDS
from scripts.bench_parts.peers import install
from scripts.bench_parts.pipeline import Plan
from scripts.bench_parts.report import Section
from scripts.bench_parts.rounds import Spread, alternate, ratio
from zmid.disk import Folder
from zmid.result_log import NAMES, ResultLog
from zreplay.live.capture import CaptureWriter
from zreplay.live.capture_records import Captured, RecordKind
from zreplay.playback.durations import DurationHistogram
from zreplay.quotes.block import Int64s

ROUNDS = 5
COMMITS, VALUES, MESSAGES = 2_000, 200_000, 50_000
GROUP = 32
"""How many messages of a feed arrive with one read."""
RUN = bytes(16)
LINES = b"2025-01-01 00:00:00.120, 200.5\n" * 10
QUOTE = b'{"timestamp": "2025-10-02 23:59:57.290000", "ticker": "BTC", "ask_price": 2.0}'
LARGEST_CAPTURE_BYTES = 1 << 30


class Pair(NamedTuple):
    """One thing done by us and by a library: each returns the microseconds it took."""

    what: str
    package: str
    ours: Callable[[Path], float]
    library: Callable[[Path], float]


def libraries(plan: Plan) -> Section:
    """Our commit ring, histogram and capture beside SQLite, hdrhistogram and MCAP."""
    install(["hdrhistogram", "mcap"])
    section = Section("libraries", "CPU microseconds beside a library that does the same")
    for pair in PAIRS:
        if not find_spec(pair.package):
            section.notes.append(f"{pair.package} was skipped: it is not installed.")
            continue
        taken = alternate(
            plan.rounds or ROUNDS,
            {"zreplay": _in_folder(pair.ours), pair.package: _in_folder(pair.library)},
        )
        section.rows.append(
            {
                "one": pair.what,
                "zreplay, us": Spread.of(taken["zreplay"]),
                "library": pair.package,
                "library, us": Spread.of(taken[pair.package]),
                "times as long": ratio(taken[pair.package], taken["zreplay"]),
            }
        )
    return section


def _in_folder(work: Callable[[Path], float]) -> Callable[[], float]:
    def trial() -> float:
        with tempfile.TemporaryDirectory() as folder:
            return work(Path(folder))

    return trial


def _each_us(count: int, work: Callable[[], object]) -> float:
    begun = time.process_time_ns()
    work()
    return (time.process_time_ns() - begun) / count / 1000


def ring(folder: Path) -> float:
    """Commit groups of ten lines to both logs and the ring."""
    log = ResultLog(Folder(folder, NAMES))
    log.adopt(RUN)
    log.commit_epoch(1)

    def work() -> None:
        for number in range(COMMITS):
            first = 10 * number
            mine = (
                RUN,
                1,
                first,
                10,
                b"cursor",
                0,
                20.0,
                "exchange",
                LINES,
                b"",
                0,
                0,
                "worker",
                1,
            )
            log.append([Result(*mine, 0, 0, (), (), "")])

    return _each_us(COMMITS, work)


def sqlite(folder: Path) -> float:
    """Append the same to both logs; a row of SQLite in WAL mode is the commit, not the ring."""
    logs = Folder(folder, (MIDS, ERRORS))
    base = sqlite3.connect(folder / "commits.db", isolation_level=None)
    base.execute("PRAGMA journal_mode = WAL")
    base.execute("PRAGMA synchronous = OFF")
    base.execute("CREATE TABLE commits (slot PRIMARY KEY, next, cursor, length, crc)")

    def work() -> None:
        length, crc = 0, 0
        for number in range(COMMITS):
            logs.write(MIDS, length, LINES)
            length, crc = length + len(LINES), crc32(LINES, crc)
            row = (number % SLOT_COUNT, 10 * number, b"cursor", length, crc)
            base.execute("REPLACE INTO commits VALUES (?, ?, ?, ?, ?)", row)

    taken = _each_us(COMMITS, work)
    base.close()
    return taken


def histogram_of(quotes: int) -> Callable[[Path], float]:
    """Return what counts durations in batches of this many quotes."""

    def histogram(_: Path) -> float:
        durations, values = DurationHistogram(), _durations().astype(float)
        batches = [values[first : first + quotes] for first in range(0, VALUES, quotes)]

        def work() -> None:
            for batch in batches:
                durations.record(batch if quotes > 1 else batch.tolist())
            assert durations.count == VALUES

        return _each_us(VALUES, work)

    return histogram


def hdr(_: Path) -> float:
    """Count the same one by one, which is all it can, to three digits."""
    from hdrh.histogram import HdrHistogram

    durations, values = HdrHistogram(1, 1 << 40, 3), _durations().tolist()

    def work() -> None:
        for value in values:
            durations.record_value(value)

    return _each_us(VALUES, work)


def _durations() -> Int64s:
    return np.random.default_rng(1).lognormal(12, 1, VALUES).astype(np.int64)


def capture(folder: Path) -> float:
    """Append the messages of a feed, a group for each read."""
    writer = CaptureWriter(folder / "capture", LARGEST_CAPTURE_BYTES)

    def work() -> None:
        for first in range(0, MESSAGES, GROUP):
            numbers = range(first, first + GROUP)
            writer.append([Captured(RecordKind.MESSAGE, number, QUOTE) for number in numbers])

    taken = _each_us(MESSAGES, work)
    writer.close()
    return taken


def mcap(folder: Path) -> float:
    """Append the same with MCAP's own writer, uncompressed."""
    from mcap.writer import CompressionType, Writer

    with (folder / "capture.mcap").open("wb") as file:
        writer = Writer(file, compression=CompressionType.NONE)
        writer.start()
        schema = writer.register_schema("quote", "jsonschema", b"{}")
        channel = writer.register_channel("quotes", "json", schema)

        def work() -> None:
            for number in range(MESSAGES):
                writer.add_message(channel, log_time=number, data=QUOTE, publish_time=number)

        taken = _each_us(MESSAGES, work)
        writer.finish()
    return taken


PAIRS = (
    Pair("commit of 10 lines", "sqlite3", ring, sqlite),
    Pair("duration of a batch of 1", "hdrh", histogram_of(1), hdr),
    Pair("duration of a batch of 100", "hdrh", histogram_of(100), hdr),
    Pair("captured message", "mcap", capture, mcap),
)
