"""A run from any kind of recording, with any options, survives its death byte for byte."""

import gzip
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet
import pytest

from tests.depth import the_first
from tests.end_to_end.processes import ROOT, command, environment, finish, logs, start, until
from tests.end_to_end.test_run_killed import committed_bytes
from tests.reference import reference_logs
from tests.reference_selection import Asked, selected_logs
from tests.zreplay.recordings.exact_members import gunzipped, unzstd

SAMPLE = ROOT / "fixtures" / "historical_sample.csv"


def parquet(data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    pa_parquet.write_table(pa_csv.read_csv(pa.BufferReader(data)), sink, row_group_size=3000)
    content: bytes = sink.getvalue().to_pybytes()
    return content


KINDS: dict[str, Callable[[bytes], bytes]] = {
    "csv.gz": gzip.compress,
    "csv.zst": lambda data: pa.compress(data, codec="zstd", asbytes=True),
    "parquet": parquet,
}

CUT_OFF = {"csv.gz": gunzipped, "csv.zst": unzstd}


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_from_any_kind_goes_on_where_it_was_killed(tmp_path: Path, kind: str) -> None:
    path, out = tmp_path / f"quotes.{kind}", tmp_path / "out"
    path.write_bytes(KINDS[kind](SAMPLE.read_bytes()))
    options = ("--start-offset", "250ms", "--latency", "scale:1.5", "--limit", "15000")
    arguments = ("run", path, "--out", out, *options, "--exclude", "BTC*")
    for least in (1, 300_000):
        run = start("zreplay", *arguments, "--speed", "2")
        until(lambda least=least: committed_bytes(out) > least, "commits")
        run.kill()
        run.communicate()
    done = finish("zreplay", *arguments, "--speed", "max", "--json")
    other = finish("zreplay", *arguments[:-2])

    assert 0 == done.returncode, done.stderr
    asked = Asked(exclude=("BTC*",), start_offset_ns=250_000_000, limit=15_000, latency="scale:1.5")
    expected = selected_logs([SAMPLE], asked)
    assert expected[:2] == logs(out)
    assert 15_000 == msgspec.json.decode(done.stdout)["quotes"]
    assert (6, True) == (other.returncode, "--fresh" in other.stderr)  # it is another run


@pytest.mark.parametrize("kind", the_first(1, ["csv.gz", "csv.zst"]))
def test_of_a_file_that_is_cut_off_all_whole_rows_are_in_the_logs_at_every_call(
    tmp_path: Path, kind: str
) -> None:
    path, out = tmp_path / f"quotes.{kind}", tmp_path / "out"
    compressed = KINDS[kind](SAMPLE.read_bytes())
    path.write_bytes(compressed[: len(compressed) * 6 // 10])
    content = CUT_OFF[kind](path.read_bytes())
    whole = tmp_path / "whole.csv"
    whole.write_bytes(content[: content.rfind(b"\n") + 1])
    arguments = ("run", path, "--speed", "max", "--out", out)

    run = start("zreplay", *arguments[:-4], "--speed", "1", "--out", out)
    until(lambda: committed_bytes(out) > 100_000, "commits")
    run.kill()
    run.communicate()
    results = []
    for _ in range(3):
        done = finish("zreplay", *arguments)
        results.append((done.returncode, "Z408" in done.stderr, logs(out)))

    assert [(4, True, reference_logs([whole])[:2])] * 3 == results
    shown = finish("zreplay", "inspect", path)
    rows = content.count(b"\n") - 1
    assert (4, True) == (shown.returncode, f": {rows:,} quotes" in shown.stdout)


def test_a_run_reads_what_is_piped_into_it_and_cannot_go_on_from_there(tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ("run", "-", "--out", out, "--speed")
    with SAMPLE.open("rb") as recording:
        cut_short = subprocess.Popen(
            command("zreplay", *arguments, "1"), stdin=recording, env=environment()
        )
        until(lambda: committed_bytes(out) > 1, "commits")
        cut_short.kill()
        cut_short.communicate()

    results = []
    for more in ([], ["--fresh"], []):
        with SAMPLE.open("rb") as recording:
            results.append(
                subprocess.run(
                    command("zreplay", *arguments, "max", *more),
                    stdin=recording,
                    capture_output=True,
                    text=True,
                    env=environment(),
                )
            )
    again, fresh, complete = results

    assert (4, True) == (again.returncode, "--fresh" in again.stderr)
    assert (0, reference_logs([SAMPLE])[:2]) == (fresh.returncode, logs(out))
    assert (6, True) == (complete.returncode, "this input is the same" in complete.stderr)


def test_a_pattern_is_all_its_files_and_a_window_of_them(tmp_path: Path) -> None:
    header, *rows = SAMPLE.read_bytes().splitlines(keepends=True)
    for number in range(3):
        content = header + b"".join(rows[number::3])
        (tmp_path / f"{number}.csv.gz").write_bytes(gzip.compress(content))
        (tmp_path / f"{number}.csv").write_bytes(content)
    out = tmp_path / "out"
    window = ("--from", "2026-01-15 12:00:02", "--to", "2026-01-15 12:00:06.5")
    done = finish("zreplay", "run", tmp_path / "*.csv.gz", "--speed", "max", "--out", out, *window)

    from_ns, to_ns = (
        int((datetime.fromisoformat(text) - datetime(1970, 1, 1)).total_seconds() * 1000) * 10**6
        for text in (window[1], window[3])
    )
    asked = Asked(from_ns=from_ns, to_ns=to_ns)
    expected = selected_logs([tmp_path / f"{number}.csv" for number in range(3)], asked)
    assert 0 == done.returncode, done.stderr
    assert expected[:2] == logs(out)
    assert 1000 < logs(out)[0].count(b"\n") < 19_000


@pytest.mark.parametrize("kind", the_first(2, ["csv", *KINDS]))
def test_strays_are_set_aside_once_in_a_run_that_was_killed(tmp_path: Path, kind: str) -> None:
    header, *rows = SAMPLE.read_bytes().splitlines(keepends=True)
    for place in (0, 1, 5_000, 5_001, 12_345, len(rows) - 2):
        rows[place] = rows[place].replace(b"2026-", b"2099-")
    plain, path, out = tmp_path / "plain.csv", tmp_path / f"quotes.{kind}", tmp_path / "out"
    plain.write_bytes(header + b"".join(rows))
    path.write_bytes(KINDS.get(kind, bytes)(plain.read_bytes()))
    arguments = ("run", path, "--out", out, "--to", "2026-01-15 12:00:20", "--speed")
    for least in (1, 300_000):
        run = start("zreplay", *arguments, "2")
        until(lambda least=least: committed_bytes(out) > least, "commits")
        run.kill()
        run.communicate()
    done = finish("zreplay", *arguments, "max", "--json")

    expected = reference_logs([plain])
    assert 1 == done.returncode, done.stderr
    assert expected[:2] == logs(out)
    assert (6, 6) == (expected.rejected, msgspec.json.decode(done.stdout)["rejected"])
