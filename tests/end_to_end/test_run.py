"""`zreplay run` against the independent reference: both logs, byte for byte."""

from pathlib import Path

import msgspec
import pytest

from tests.end_to_end.processes import ROOT, finish, logs
from tests.reference import reference_logs

HEADER = ",index,timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency"
REAL = ROOT.parent / "shared" / "data" / "historical_sample.csv"

ROWS = [
    "0,7,2025-01-01 00:00:00.000000,A@X,1.0,201.0,200.0,2.0,120",
    "1,6,2025-01-01 00:00:00.200000,B@X,1.0,3.0,2.0,,1",
    "2,5,2025-01-01 00:00:00.700000,C@X,,1e-07,3.9e-08,1.0,10.0",
    "3,4,2025-01-01 00:00:00.700000,C@X,1,2.0557,2.0553,1,20",
    "4,3,2025-01-01 00:00:00.700000000,C@X,1,2,2,1,20.000000001",
    "5,2,2025-01-01 00:00:00.700000001,D@X,1,5,6,1,-700",
    '6,1,2025-01-01T00:00:00.123456Z,"quoted, ticker",1,5,6,1,0.5',
    "7,0,2024-12-31 23:59:59,E@X,1,0,0,1,1000.5",
    "8,0,2025-01-01 00:00:00.7,E@X,1,123456789012.3,123456789012.5,1,10.0",
]
SHAPES = {
    "plain": "\n".join([HEADER, *ROWS]) + "\n",
    "crlf": "\r\n".join([HEADER, *ROWS]) + "\r\n",
    "byte-order mark": "\ufeff" + "\n".join([HEADER, *ROWS]) + "\n",
    "no final newline": "\n".join([HEADER, *ROWS]),
    "bad rows between": "\n".join([HEADER, "x", *ROWS[:4], ROWS[0] + ",9", *ROWS[4:], "", "1,2"]),
}


def run_to_the_end(out: Path, *arguments: object) -> dict[str, object]:
    done = finish("zreplay", "run", "--speed", "max", "--json", "--out", out, *arguments)
    assert done.returncode in (0, 1), done.stderr
    summary: dict[str, object] = msgspec.json.decode(done.stdout)
    assert done.returncode == (1 if summary["rejected"] else 0)
    return summary


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_file_gives_the_reference_bytes(tmp_path: Path, shape: str) -> None:
    """Quotes, line ends, marks and bad rows do not change what the good rows give."""
    path = tmp_path / "quotes.csv"
    path.write_text(SHAPES[shape], newline="")

    summary = run_to_the_end(tmp_path / "out", path)

    mids, errors, rejected = reference_logs([path])
    assert (mids, errors) == logs(tmp_path / "out")
    assert rejected == summary["rejected"]


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_the_number_of_workers_does_not_change_a_byte(tmp_path: Path, workers: int) -> None:
    path = ROOT / "fixtures" / "historical_sample.csv"

    run_to_the_end(tmp_path / "out", path, "--workers", workers)

    mids, errors, _ = reference_logs([path])
    assert (mids, errors) == logs(tmp_path / "out")


def test_several_files_are_merged_in_arrival_order(tmp_path: Path) -> None:
    """Ties between files go to the file that was named first."""
    lines = (ROOT / "fixtures" / "historical_sample.csv").read_text().splitlines()
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    paths[0].write_text("\n".join([lines[0], *lines[1::2]]) + "\n")
    paths[1].write_text("\n".join([lines[0], *lines[2::2]]) + "\n")

    run_to_the_end(tmp_path / "out", *paths)

    mids, errors, _ = reference_logs(paths)
    assert (mids, errors) == logs(tmp_path / "out")


@pytest.mark.skipif(not REAL.exists(), reason="the real recording is not part of the project")
def test_the_real_sample_gives_the_reference_bytes(tmp_path: Path) -> None:
    run_to_the_end(tmp_path / "out", REAL)

    mids, errors, _ = reference_logs([REAL])
    assert (mids, errors) == logs(tmp_path / "out")


def test_a_finished_run_started_again_says_so_and_touches_nothing(tmp_path: Path) -> None:
    path = ROOT / "fixtures" / "historical_sample.csv"
    out = tmp_path / "out"
    run_to_the_end(out, path)
    before = {path: path.stat().st_mtime_ns for path in (out, *out.iterdir())}

    again = finish("zreplay", "run", path, "--out", out)

    assert 0 == again.returncode
    assert "already complete" in again.stdout
    assert before == {path: path.stat().st_mtime_ns for path in (out, *out.iterdir())}


def test_the_folder_of_another_run_is_refused_and_fresh_takes_it(tmp_path: Path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("\n".join([HEADER, *ROWS[:5]]) + "\n")
    second.write_text("\n".join([HEADER, *ROWS]) + "\n")
    run_to_the_end(tmp_path / "out", first)

    refused = finish("zreplay", "run", second, "--out", tmp_path / "out")

    assert 6 == refused.returncode
    assert "--fresh" in refused.stderr
    run_to_the_end(tmp_path / "out", second, "--fresh")
    assert reference_logs([second])[:2] == logs(tmp_path / "out")
