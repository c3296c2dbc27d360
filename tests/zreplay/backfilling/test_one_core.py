"""A task is one core's work: whatever it reads and writes, it starts no thread."""

import gzip
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.zreplay.backfilling.recordings import HEADER
from tests.zreplay.recordings import dbn_bytes

QUOTES = 20_000
ROWS = "".join(
    f"1970-01-01 00:00:{s:02d}.{ms:03d},5,A,1,2,1,1\n" for s in range(20) for ms in range(1000)
)

PROGRAM = """
import json, os, sys, threading
from pathlib import Path
import pyarrow  # whose memory has a thread that sleeps
from tests.zreplay.backfilling.recordings import rules
from zreplay.backfilling.file_reading import FileTask
from zreplay.backfilling.partition import Task, run_task

of = json.loads(sys.argv[1])
files = tuple(
    FileTask(at, Path(path), 0, (0,), frozenset({0}), None) for at, path in enumerate(sys.argv[3:])
)
begun, start = [], threading.Thread.start
threading.Thread.start = lambda thread: (begun.append(thread), start(thread))
before = set(os.listdir("/proc/self/task"))
found = run_task(Task(0, "k", None, None, files, rules(**of)), Path(sys.argv[2]))
of_libraries = set(os.listdir("/proc/self/task")) - before
print(found.counts.quotes, len(begun) + len(of_libraries))
"""


def written(kind: str, folder: Path) -> list[Path]:
    text = (HEADER + ROWS).encode()
    path = folder / f"quotes{kind}"
    if kind == ".csv":
        path.write_bytes(text)
    elif kind == ".csv.gz":
        path.write_bytes(gzip.compress(text, 1))
    elif kind == ".csv.zst":
        with pa.output_stream(path, compression="zstd") as stream:
            stream.write(text)
    elif kind == ".dbn":
        records = (dbn_bytes.record(dbn_bytes.MBP1, number) for number in range(QUOTES))
        names = [("A", "118", date(2024, 7, 1), date(2034, 7, 1))]
        path.write_bytes(dbn_bytes.metadata(names=names) + b"".join(records))
    elif kind == "many .csv":
        paths = [folder / f"{number:02d}.csv" for number in range(40)]
        for each in paths:
            each.write_bytes(text)
        return paths
    else:
        names = HEADER.strip().split(",")
        rows = [line.split(",") for line in ROWS.splitlines()]
        table = pa.table(dict(zip(names, zip(*rows, strict=True), strict=True)))
        for name in names[1:]:
            if name != "ticker":
                at = table.schema.get_field_index(name)
                table = table.set_column(at, name, table[name].cast(pa.float64()))
        at = table.schema.get_field_index("timestamp")
        stamps = table["timestamp"].cast(pa.timestamp("ms"))
        table = table.set_column(at, "timestamp", stamps)
        if kind == ".parquet":
            pyarrow.parquet.write_table(table, path, compression="zstd")
        else:
            with pa.ipc.new_stream(path, table.schema) as stream:
                stream.write_table(table)
    return [path]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
@pytest.mark.parametrize(
    ("kind", "of"),
    [
        (".csv", {}),
        (".csv.gz", {}),
        (".csv.zst", {}),
        ("many .csv", {}),
        (".parquet", {}),
        (".arrows", {}),
        (".dbn", {}),
        (".csv", {"is_parquet": True}),
    ],
)
def test_a_task_starts_no_thread(kind: str, of: dict[str, bool], tmp_path: Path) -> None:
    assert (QUOTES * (40 if "many" in kind else 1), 0) == counted(of, written(kind, tmp_path))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
def test_a_task_that_is_told_to_reads_ahead(tmp_path: Path) -> None:
    quotes, threads = counted({"reads_ahead": True}, written(".csv", tmp_path))

    assert (QUOTES, True) == (quotes, threads > 0)


def counted(of: dict[str, bool], paths: list[Path]) -> tuple[int, int]:
    """Return how many quotes a task has read, and how many threads were begun."""
    words = [json.dumps(of), str(paths[0].parent / "out"), *map(str, paths)]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        cwd=Path(__file__).resolve().parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    quotes, threads = map(int, done.stdout.split())
    return quotes, threads
