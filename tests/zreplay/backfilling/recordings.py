"""Random recordings and random plans for them, and what one plain reading makes of the files."""

import gzip
import random
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from protocol.messages import HISTORICAL
from tests.reference import historical_line, quotes_of, time_text, without_strays
from zmid.mid import mid_lines
from zmid.mid_rule import MidRule
from zreplay.backfilling.plan import Piece, Plan
from zreplay.backfilling.pool import Pool
from zreplay.backfilling.preparation import Prepared, identity_of
from zreplay.backfilling.settings import BackfillSettings, Rules
from zreplay.historical.historical_source import HistoricalSource
from zreplay.historical.selection import Selection
from zreplay.playback.batch_columns import unsent_batch
from zreplay.quotes.block import Block
from zreplay.quotes.rejection import Rejection
from zreplay.recordings.formats.format_options import NOTHING_SAID
from zreplay.recordings.recording import Parsed
from zreplay.recordings.recording_kind import open_recording

MS = 10**6
DAY_MS = 86_400_000
HEADER = "timestamp,latency,ticker,ask_price,bid_price,ask_amount,bid_amount\n"
BEGIN_NS = 1_759_449_600 * 10**9


class Here(Executor):
    """Runs each task at once, in this process."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def on_here(todo: Prepared) -> Callable[[], Pool]:
    """Return what makes an engine of this process."""
    return lambda: Pool(Here, 1, todo.settings.out)


@dataclass
class Chance:
    """How recordings are made: what is rare is left to a number."""

    seed: int

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.reorder_ms = self.random.choice([0, 20, 100])
        self.is_rough = self.random.random() < 0.7

    def files(self, folder: Path) -> list[Path]:
        """Write one to four files, some of them a .gz, some without rows."""
        paths = []
        for number in range(self.random.randint(1, 4)):
            rows = self.random.choice([0, 1, 5, 40, 150])
            text = HEADER + "".join(self._rows(rows, self.random.randint(0, 400)))
            path = folder / f"{number}.csv"
            if self.random.random() < 0.25:
                path = path.with_suffix(".csv.gz")
                path.write_bytes(gzip.compress(text.encode()))
            else:
                path.write_text(text)
            paths.append(path)
        return paths

    def _rows(self, count: int, at_ms: int) -> list[str]:
        """Return rows whose times are few, so that many are the same across files."""
        chance = self.random
        rows = []
        for _ in range(count):
            at_ms += chance.choice([0, 0, 1, 2, 3, 10])
            stamp_ms, latency_ms = at_ms, chance.choice([0, 1, 5, 19, 21, 60])
            if self.is_rough and chance.random() < 0.10:
                stamp_ms -= chance.choice([3, 30, 90, 300])
            if self.is_rough and chance.random() < 0.05:
                latency_ms = chance.choice([-2, -40, 150, 400])
            if self.is_rough and chance.random() < 0.02:
                stamp_ms += 3 * DAY_MS
            price = chance.choice(["100.5", "101.25", "", "99"])
            row = f"{time_text(BEGIN_NS + stamp_ms * MS)},{latency_ms},A,{price},100,1,1\n"
            if chance.random() < 0.04:
                row = chance.choice(["nonsense\n", "\n", f"{time_text(BEGIN_NS)},x,A,1,1,1,1\n"])
            rows.append(row)
        return rows

    def plan(self, paths: Sequence[Path]) -> Plan:
        """Cut the plain files anywhere, and the arrivals too; each piece is at home anywhere."""
        chance = self.random
        bounds = sorted(
            {BEGIN_NS + chance.randint(-50, 900) * MS for _ in range(chance.randint(0, 6))}
        )
        pieces = []
        for path in paths:
            offsets = [0]
            if path.suffix == ".csv":
                lines = path.read_bytes().splitlines(keepends=True)
                at = 0
                for line in lines[:-1]:
                    at += len(line)
                    if chance.random() < 0.04 and path.read_bytes()[at : at + 1] != b"\n":
                        offsets.append(at)
            homes = sorted(chance.randint(0, len(bounds)) for _ in offsets)
            pieces.append(tuple(map(Piece, offsets, homes, [None] * len(homes))))
        return Plan(tuple(bounds), tuple(pieces), (None,) * len(paths))


def rules(**more: Any) -> Rules:
    return Rules(**{"columns": NOTHING_SAID, "selection": Selection(), **more})


def prepared(paths: Sequence[Path], plan: Plan, out: Path, of: Rules) -> Prepared:
    settings = BackfillSettings(tuple(paths), of, out, workers=1)
    return Prepared(
        settings,
        tuple(paths),
        tuple(identity_of(path, settings) for path in paths),
        plan,
        (0,) * len(paths),
        0,
    )


class Read(NamedTuple):
    """What one reading makes of files."""

    mids: bytes
    errors: bytes
    rejected: bytes


def one_reading(paths: Sequence[Path], of: Rules) -> Read:
    """Return the logs by the reference, and the rejected rows as a run tells them, sorted."""
    rows = []
    for number, path in enumerate(paths):
        content = path.read_bytes()
        content = gzip.decompress(content) if path.suffix == ".gz" else content
        newest_ns = None
        for offset, quote in without_strays(quotes_of(content), of.max_jump_ns):
            if quote is None:
                continue
            is_late = newest_ns is not None and quote.arrival_ns < newest_ns - of.reorder_ns
            newest_ns = max(quote.timestamp_ns, newest_ns or quote.timestamp_ns)
            if not is_late:
                rows.append((quote.arrival_ns, number, offset, quote))
    texts: tuple[list[str], list[str]] = ([], [])
    for *_, quote in sorted(rows):
        is_error, line = historical_line(quote, of.threshold_ms, of.stamp)
        texts[is_error].append(line)
    mids, errors = ("".join(lines).encode() for lines in texts)
    return Read(mids, errors, b"".join(each.as_line() for each in _rejected(paths, of)))


def source_of(
    paths: Sequence[Path], of: Rules, reject: Callable[[Rejection], None]
) -> HistoricalSource:
    return HistoricalSource(
        paths,
        horizon_ns=of.reorder_ns,
        late=of.late,
        max_rows=of.max_buffer_rows,
        reject=reject,
        columns=of.columns,
        selection=of.selection,
        latency=of.latency,
        max_jump_ns=of.max_jump_ns,
    )


def _rejected(paths: Sequence[Path], of: Rules) -> list[Rejection]:
    found: list[Rejection] = []
    source = source_of(paths, of, found.append)
    while source.read() is not None:
        pass
    source.close()
    names = [str(path) for path in paths]
    first = {(names.index(each.file), each.offset): each for each in reversed(found)}
    return [first[place] for place in sorted(first)]


def by_source(paths: Sequence[Path], of: Rules) -> Read:
    """Return the logs by what a run reads: with filters, models and any kind of file."""
    texts: tuple[list[bytes], list[bytes]] = ([], [])
    source = source_of(paths, of, lambda rejection: None)
    while (piece := source.read()) is not None:
        for at in range(0, len(piece.block), 10_000):
            block = piece.block.take(slice(at, at + 10_000))
            for text, row in zip(*_lines(block, of), strict=True):
                texts[row].append(text)
    source.close()
    rejected = b"".join(each.as_line() for each in _rejected(paths, of))
    return Read(b"".join(texts[0]), b"".join(texts[1]), rejected)


def _lines(block: Block, of: Rules) -> tuple[list[bytes], list[int]]:
    lines = mid_lines(unsent_batch(block, HISTORICAL), MidRule(of.threshold_ms, of.stamp))
    return [bytes(lines.mids), bytes(lines.errors)], [0, 1]


def written(out: Path) -> Read:
    logs = [out / name for name in ("mid_prices.log", "errors.log", "rejected.log")]
    mids, errors, rejected = (path.read_bytes() if path.exists() else b"" for path in logs)
    return Read(mids, errors, rejected)


def parsed_of(folder: Path, rows: str) -> Parsed:
    """Return the rows of a CSV, as a block."""
    path = folder / "rows.csv"
    path.write_text(HEADER + rows)
    with closing(open_recording(path, 0)) as recording:
        unparsed = recording.cut(1 << 20)
        assert unparsed is not None
        return unparsed()
