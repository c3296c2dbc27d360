"""Quotes written in each format that a replayer reads, and read back by its source."""

import csv
import gzip
import io
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pa_parquet

from tests.forms import in_form
from zreplay.historical.historical_source import HistoricalSource
from zreplay.live.capture import CaptureWriter
from zreplay.live.capture_groups import MAX_GROUP_BYTES
from zreplay.live.capture_records import Captured, RecordKind
from zreplay.live.live_source import LiveSource
from zreplay.quotes.rejection import Rejection
from zreplay.quotes.source import Piece
from zreplay.recordings.csv import csv_rows

HORIZON_NS = 2**63 - 1
"""So far apart the rows may be that none is late."""
RECV_NS = 1_759_449_600_000_000_000
MESSAGE_BYTES = 512 * 1024
COLUMNS = (
    *("index", "timestamp", "ticker", "ask_amount", "ask_price", "bid_price", "bid_amount"),
    "latency",
)


class Text(NamedTuple):
    """A quote as somebody wrote it: each value is a text, an empty one is missing."""

    index: str
    timestamp: str
    ticker: str
    ask_amount: str
    ask_price: str
    bid_price: str
    bid_amount: str
    latency: str


class Read(NamedTuple):
    pieces: list[Piece]
    rejections: list[Rejection]


def read_csv(folder: Path, quotes: Sequence[Text]) -> Read:
    return _replayed(_csv_file(folder / "quotes.csv", quotes))


def read_csv_without_compiled_parts(folder: Path, quotes: Sequence[Text]) -> Read:
    with in_form("plain"):
        return read_csv(folder, quotes)


def read_csv_line_by_line(folder: Path, quotes: Sequence[Text]) -> Read:
    """Let every line be judged on its own: pyarrow reads none."""
    with (
        patch.object(csv_rows.CsvRows, "_parse", lambda *_: None),
        patch.object(csv_rows, "FEW_LINES", 1 << 40),
    ):
        return read_csv_without_compiled_parts(folder, quotes)


def read_compressed_csv(folder: Path, quotes: Sequence[Text]) -> Read:
    path = _csv_file(folder / "quotes.csv", quotes)
    packed = folder / "quotes.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes(), 1))
    return _replayed(packed)


def read_parquet(folder: Path, quotes: Sequence[Text]) -> Read:
    """Write every column as text, which is the widest that Parquet can say."""
    columns = {name: [getattr(quote, name) for quote in quotes] for name in COLUMNS}
    path = folder / "quotes.parquet"
    pa_parquet.write_table(
        pa.table({name: pa.array(texts, pa.string()) for name, texts in columns.items()}), path
    )
    return _replayed(path)


def read_live(folder: Path, quotes: Sequence[Text]) -> Read:
    rejections: list[Rejection] = []
    with closing(LiveSource(_capture(folder, quotes), rejections.append)) as source:
        return Read(list(iter(source.poll, None)), rejections)


def read_capture(folder: Path, quotes: Sequence[Text]) -> Read:
    return _replayed(_capture(folder, quotes))


FORMS: dict[str, Callable[[Path, Sequence[Text]], Read]] = {
    form.__name__.removeprefix("read_"): form
    for form in (
        read_csv,
        read_csv_without_compiled_parts,
        read_csv_line_by_line,
        read_compressed_csv,
        read_parquet,
        read_live,
        read_capture,
    )
}


def _csv_file(path: Path, quotes: Sequence[Text]) -> Path:
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerows((COLUMNS, *quotes))
    path.write_text(file.getvalue(), encoding="utf-8", newline="")
    return path


def _capture(folder: Path, quotes: Sequence[Text]) -> Path:
    path = folder / "capture"
    shutil.rmtree(path, ignore_errors=True)
    with closing(CaptureWriter(path, 1 << 40)) as writer:
        for group in _groups(quotes):
            assert writer.append(group) is None
    return path


def _groups(quotes: Sequence[Text]) -> Iterator[list[Captured]]:
    group: list[Captured] = []
    for quote in quotes:
        named = {name: value for name, value in quote._asdict().items() if name != "latency"}
        group.append(Captured(RecordKind.MESSAGE, RECV_NS, json.dumps(named).encode()))
        if sum(record.size_bytes for record in group[-2:]) * len(group) > MAX_GROUP_BYTES // 2:
            yield group
            group = []
    if group:
        yield group


def _replayed(path: Path) -> Read:
    rejections: list[Rejection] = []
    source = HistoricalSource(
        [path], horizon_ns=HORIZON_NS, late="stop", max_rows=1_000_000, reject=rejections.append
    )
    with closing(source):
        return Read(list(iter(source.read, None)), rejections)
