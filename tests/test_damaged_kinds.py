"""Damage in a file of any kind is an error or counted rows: no traceback, no hang, no crash."""

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet
import pytest
from backports import zstd

import zreplay
from protocol.errors import InputError
from tests.zreplay.recordings.dbn_bytes import MBP1, TRADE, metadata, record
from tests.zreplay.recordings.test_raw_capture_file import spot

ROWS = 300
TRIES = 12
CSV = b"timestamp,ticker,ask_price,bid_price,latency\n" + b"".join(
    b"2025-10-02 23:59:57.%03d,T%d,%d.5,1.25,3.5\n" % (row, row % 7, 2 + row) for row in range(ROWS)
)
TABLE = pa_csv.read_csv(pa.BufferReader(CSV))
DBN = metadata() + b"".join(record((MBP1, MBP1, TRADE)[row % 3], row) for row in range(ROWS))


def written(write: Callable[[pa.BufferOutputStream], object]) -> bytes:
    sink = pa.BufferOutputStream()
    write(sink)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def arrow(sink: pa.BufferOutputStream, new: Callable[..., pa.RecordBatchFileWriter]) -> None:
    with new(sink, TABLE.schema) as writer:
        writer.write_table(TABLE, max_chunksize=50)


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", CSV)
    return file.getvalue()


KINDS = {
    "a.csv": CSV,
    "a.csv.gz": gzip.compress(CSV),
    "a.csv.zst": zstd.compress(CSV),
    "a.zip": zipped(),
    "a.parquet": written(lambda sink: pa_parquet.write_table(TABLE, sink, row_group_size=90)),
    "a.arrow": written(lambda sink: arrow(sink, pa.ipc.new_file)),
    "a.arrows": written(lambda sink: arrow(sink, pa.ipc.new_stream)),
    "a.dbn": DBN,
    "a.dbn.zst": zstd.compress(DBN),
    "binance.txt": "".join(spot(row) for row in range(ROWS)).encode(),
}


def damaged(data: bytes, chance: Random) -> bytes:
    """Return the data cut off, with rubbish in it or in the place of some, or some bits turned."""
    at, size = chance.randrange(1, len(data)), chance.choice((1, 16, 700))
    kind = chance.randrange(4)
    if kind == 0:
        return data[:at]
    if kind == 1:
        return data[:at] + chance.randbytes(size) + data[at:]
    if kind == 2:
        return data[:at] + chance.choice((bytes(size), chance.randbytes(size))) + data[at + size :]
    turned = bytearray(data)
    for _ in range(chance.choice((1, 3, 20))):
        turned[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(turned)


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_damaged_is_said_or_counted(kind: str, tmp_path: Path) -> None:
    path, chance, told = tmp_path / kind, Random(kind), 0
    path.write_bytes(KINDS[kind])
    whole = zreplay.inspect(path)["files"][0]
    assert ROWS == whole["rows"] + whole["left_out"] and not whole["rejected"]

    for _ in range(TRIES):
        path.write_bytes(damaged(KINDS[kind], chance))
        try:
            found = zreplay.inspect(path)
        except InputError as error:
            assert str(path) in error.what and error.fix
            told += 1
        else:
            told += bool(found["broken_off"] or found["files"][0]["rejected"])
    assert told
