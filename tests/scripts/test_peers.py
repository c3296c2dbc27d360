"""The alternatives of the benchmark write the same bytes: otherwise a ratio means nothing."""

import importlib
from pathlib import Path

import pytest

from scripts.bench_parts.peers import LOGS, PACKAGES, compared, requirements_of
from scripts.bench_parts.recording import recording
from tests.reference import reference_logs

HEADER = ",index,timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"
SHAPES = {
    "a tiny price": ("2025-01-01 00:00:00.001000", "3.9e-08", "3.8e-08", "1.5"),
    "fifteen digits": ("2025-01-01 00:00:00.002000", "2.056", "2.055", "1.5"),
    "a whole mid": ("2025-01-01 00:00:00.000000", "201", "200", "0"),
    "nothing": ("2025-01-01 00:00:00.003000", "0", "0", "1.5"),
    "microseconds": ("2025-01-01 00:00:00.003001", "1.25", "1.5", "-0.25"),
    "at the threshold": ("2025-01-01 00:00:00.004000", "1.5", "1.25", "20.0"),
    "above it": ("2025-01-01 00:00:00.004000", "1.5", "1.25", "120.0"),
    "latency of many digits": ("2025-01-01 00:00:00.004000", "1", "1", "24.435913010256233"),
    "the same arrival": ("2025-01-01 00:00:00.004500", "9.5", "9.25", "20.0"),
    "the same arrival again": ("2025-01-01 00:00:00.004500", "7.5", "7.25", "20.0"),
}


@pytest.fixture(params=PACKAGES)
def peer(request: pytest.FixtureRequest) -> str:
    """Give the name of an alternative that can run here."""
    pytest.importorskip(PACKAGES[request.param], reason="scripts/bench installs it when run")
    return str(request.param)


def test_what_is_installed_is_what_is_compared_with_and_no_more() -> None:
    names = [line.partition(">")[0] for line in requirements_of(["duckdb", "csv"])]

    assert ["duckdb"] == names
    assert ["nats-py", "pika", "redis"] == [
        line.partition(">")[0] for line in requirements_of(["redis", "nats", "pika"])
    ]
    assert [] == requirements_of([])


def write_both(peer: str, file: Path, folder: Path) -> tuple[Path, Path]:
    ours, theirs = folder / "ours", folder / "theirs"
    ours.mkdir()
    theirs.mkdir()
    importlib.import_module(f"scripts.bench_peers.{peer}_peer").write_logs(file, theirs)
    mids, errors, rejected = reference_logs([file])
    assert 0 == rejected
    for log, content in zip(LOGS, (mids, errors), strict=True):
        (ours / log).write_bytes(content)
    return ours, theirs


def test_a_peer_writes_the_bytes_of_a_recording(peer: str, tmp_path: Path) -> None:
    assert "same bytes" == compared(*write_both(peer, recording(3_000, tmp_path), tmp_path))


def test_a_peer_writes_the_bytes_of_the_bundled_sample(
    peer: str, checkout: Path, tmp_path: Path
) -> None:
    sample = checkout / "fixtures" / "historical_sample.csv"

    assert "same bytes" == compared(*write_both(peer, sample, tmp_path))


def test_a_peer_writes_the_bytes_of_every_shape_of_number(peer: str, tmp_path: Path) -> None:
    file = tmp_path / "quotes.csv"
    rows = (
        f"{number},9,{stamp},A@B,1,{ask},{bid},1,{latency}\n"
        for number, (stamp, ask, bid, latency) in enumerate(SHAPES.values())
    )
    file.write_text(HEADER + "".join(rows))

    assert "same bytes" == compared(*write_both(peer, file, tmp_path))


def test_lines_in_another_order_are_the_same_lines_and_one_more_is_not(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("ours", "shuffled", "twice")]
    for folder, mids in zip(folders, (b"1\n2\n", b"2\n1\n", b"1\n1\n2\n"), strict=True):
        folder.mkdir()
        (folder / LOGS[0]).write_bytes(mids)
        (folder / LOGS[1]).write_bytes(b"")
    ours, shuffled, twice = folders

    assert "same bytes" == compared(ours, ours)
    assert "same lines" == compared(ours, shuffled)
    assert "OTHER LINES" == compared(ours, twice)


def test_duckdb_finds_the_columns_where_it_is_told_none(tmp_path: Path) -> None:
    pytest.importorskip("duckdb", reason="scripts/bench installs it when run")
    from scripts.bench_peers.duckdb_peer import write_logs

    file = recording(10_000, tmp_path)
    folders = [tmp_path / "told", tmp_path / "detects"]
    for folder in folders:
        folder.mkdir()
        write_logs(file, folder, detects=folder.name == "detects")

    assert "same bytes" == compared(*folders)
