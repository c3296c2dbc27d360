"""Recordings in a store: the bytes of a run of the same files, also when connections break."""

import csv
import gzip
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet
import pytest
from backports import zstd

from tests.end_to_end.processes import ROOT, finish, logs, start, until
from tests.object_server import KEY, SECRET, ObjectServer, object_server
from tests.reference import parse_time, reference_logs
from zreplay.recordings.object_store import FIRST_BYTES, TRIES

SAMPLE = ROOT / "fixtures" / "historical_sample.csv"
ADDRESS = "s3://bucket/quotes"


@pytest.fixture
def store() -> Iterator[ObjectServer]:
    with object_server() as server:
        yield server


def split(folder: Path, parts: int) -> list[Path]:
    """Write the rows of the sample into files, in turn."""
    header, *rows = SAMPLE.read_bytes().splitlines(keepends=True)
    paths = [folder / f"{number:02d}.csv" for number in range(parts)]
    for number, path in enumerate(paths):
        path.write_bytes(header + b"".join(rows[number::parts]))
    return paths


def run(store: ObjectServer, out: Path, *arguments: object) -> tuple[int, str]:
    done = finish("zreplay", "run", *arguments, "--out", out, **store.environment)
    return done.returncode, done.stdout + done.stderr


def secrets_under(folder: Path) -> list[Path]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [
        path
        for path in files
        if KEY.encode() in path.read_bytes() or SECRET.encode() in path.read_bytes()
    ]


def test_a_folder_of_more_objects_than_are_open_at_once_gives_what_its_files_do(
    store: ObjectServer, tmp_path: Path
) -> None:
    paths = split(tmp_path, 20)
    store.objects = {f"quotes/{path.name}": path.read_bytes() for path in paths}
    store.breaks = TRIES - 1
    out = tmp_path / "out"

    code, said = run(store, out, ADDRESS, "--speed", "max")

    expected = reference_logs(paths)
    assert (0, expected.mids, expected.errors) == (code, *logs(out)), said
    assert KEY not in said and SECRET not in said
    assert [] == secrets_under(out)


def packed(kind: str, folder: Path) -> bytes:
    data = SAMPLE.read_bytes()
    if kind == "gz":
        return gzip.compress(data)
    if kind == "zst":
        return zstd.compress(data)
    if kind == "zip":
        with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.csv", data)
        return (folder / "a.zip").read_bytes()
    path = folder / "a.parquet"
    pa_parquet.write_table(pa_csv.read_csv(SAMPLE), path, row_group_size=3_000)
    return path.read_bytes()


@pytest.mark.parametrize("kind", ["gz", "zst", "zip", "parquet"])
def test_any_kind_of_recording_can_be_in_a_store(
    store: ObjectServer, tmp_path: Path, kind: str
) -> None:
    store.objects = {f"quotes/a.{kind}": packed(kind, tmp_path)}
    out = tmp_path / "out"

    code, said = run(store, out, f"{ADDRESS}/*.{kind}", "--speed", "max")

    assert (0, *reference_logs([SAMPLE])[:2]) == (code, *logs(out)), said


def test_a_run_that_was_killed_goes_on_by_ranges_and_not_from_the_beginning(
    store: ObjectServer, tmp_path: Path
) -> None:
    store.objects = {"quotes/a.csv": SAMPLE.read_bytes()}
    out = tmp_path / "out"
    arguments = ("run", f"{ADDRESS}/a.csv", "--out", out, "--speed")
    begun = start("zreplay", *arguments, "1", **store.environment)
    log = out / "mid_prices.log"
    until(lambda: log.exists() and log.stat().st_size > 200_000, "lines")
    begun.kill()
    begun.communicate()
    store.requests.clear()

    assert 0 == finish("zreplay", *arguments, "max", **store.environment).returncode
    assert (reference_logs([SAMPLE])[:2]) == logs(out)
    ranges = [each.partition("bytes=")[2].split("-") for each in store.requests if "bytes=" in each]
    fetched = [(int(first), int(last)) for first, last in ranges]
    assert all(last < FIRST_BYTES for first, last in fetched if first < FIRST_BYTES)
    assert len(SAMPLE.read_bytes()) - 1 == max(last for _, last in fetched)


DEFINITION = """
delimiter = ";"
[columns]
timestamp = "t"
ticker = "name"
bid_price = "bid"
ask_price = "ask"
latency = "lag"
[time]
form = "epoch"
[rows]
comments = ["#"]
[rows.keep]
kind = "Q"
"""


def otherwise_written() -> bytes:
    """Return the sample in a format of one's own, with rows between that do not count."""
    rows = csv.DictReader(SAMPLE.read_text().splitlines())
    lines = ["t;kind;name;bid;ask;lag"]
    for row in rows:
        us = parse_time(row["timestamp"]) // 1_000
        said = f"{row['ticker']};{row['bid_price']};{row['ask_price']};{row['latency']}"
        lines += [f"{us};Q;{said}", *([f"{us};T;{said}", "# so"] * (us % 7 == 0))]
    return "\n".join([*lines, ""]).encode()


def test_one_in_a_format_of_ones_own_goes_on_too_and_not_with_another_definition(
    store: ObjectServer, tmp_path: Path
) -> None:
    store.objects = {"quotes/a.csv": otherwise_written()}
    out, mine = tmp_path / "out", tmp_path / "mine.toml"
    mine.write_text(DEFINITION)
    arguments = ("run", f"{ADDRESS}/a.csv", "--format", mine, "--out", out, "--speed")
    store.breaks = TRIES - 1
    begun = start("zreplay", *arguments, "1", **store.environment)
    log = out / "mid_prices.log"
    until(lambda: log.exists() and log.stat().st_size > 200_000, "lines")
    begun.kill()
    begun.communicate()
    mine.write_text(f"{DEFINITION}flag = 1\n")
    changed = finish("zreplay", *arguments, "max", **store.environment)
    mine.write_text(DEFINITION)
    store.breaks = TRIES - 1

    assert (6, True) == (changed.returncode, "Z603" in changed.stderr), changed.stderr
    assert "--format was" in changed.stderr
    assert 0 == finish("zreplay", *arguments, "max", **store.environment).returncode
    assert reference_logs([SAMPLE])[:2] == logs(out)


def test_an_object_that_was_replaced_is_another_run(store: ObjectServer, tmp_path: Path) -> None:
    out = tmp_path / "out"
    store.objects = {"quotes/a.csv": SAMPLE.read_bytes()}
    assert 0 == run(store, out, ADDRESS, "--speed", "max")[0]
    store.objects = {"quotes/a.csv": SAMPLE.read_bytes().replace(b"2026-01-15", b"2026-01-16")}

    code, said = run(store, out, ADDRESS, "--speed", "max")

    assert 6 == code, said


def test_a_connection_that_never_holds_ends_the_run_with_what_came_before_and_it_goes_on(
    store: ObjectServer, tmp_path: Path
) -> None:
    paths = split(tmp_path, 20)
    store.objects = {f"quotes/{path.name}": path.read_bytes() for path in paths}
    out = tmp_path / "out"
    store.breaks = 10**9
    code, said = run(store, out, ADDRESS, "--speed", "max")

    assert 4 == code, said
    assert "Z401" in said and f"the connection failed {TRIES} times" in said
    assert KEY not in said and SECRET not in said
    store.breaks = 0
    code, said = run(store, out, ADDRESS, "--speed", "max")
    assert (0, *reference_logs(paths)[:2]) == (code, *logs(out)), said


def test_no_credential_is_on_a_command_line(store: ObjectServer, tmp_path: Path) -> None:
    store.objects = {"quotes/a.csv": SAMPLE.read_bytes()}
    out = tmp_path / "out"
    arguments = ("run", ADDRESS, "--speed", "1", "--out", out, "--json")
    begun = start("zreplay", *arguments, **store.environment)
    log = out / "mid_prices.log"
    until(lambda: log.exists() and log.stat().st_size > 1_000, "lines")
    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if readable(path)]
    begun.terminate()
    summary = json.loads(begun.communicate()[0])

    assert any(str(out).encode() in line for line in lines)
    assert not any(KEY.encode() in line or SECRET.encode() in line for line in lines)
    assert KEY not in json.dumps(summary)
    assert [] == secrets_under(out)


def readable(path: Path) -> bool:
    try:
        return bool(path.read_bytes())
    except OSError:
        return False


def test_where_nothing_answers_it_is_said_in_the_time_of_its_tries(tmp_path: Path) -> None:
    nobody = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": KEY}
    more = {"AWS_SECRET_ACCESS_KEY": SECRET, "AWS_EC2_METADATA_DISABLED": "true"}
    done = finish("zreplay", "inspect", f"{ADDRESS}/a.csv", **nobody, **more)

    assert (4, True) == (done.returncode, "the connection failed" in done.stderr), done.stderr
