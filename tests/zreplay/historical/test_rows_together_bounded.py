"""Whether too many rows wait follows from the rows: not from what is read together or ahead."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from protocol.compiled_parts import ROWS, are_in_use
from protocol.errors import InputError
from tests.depth import few
from tests.forms import NOT_IN_USE
from zreplay.historical import historical_source, parse_ahead
from zreplay.historical.historical_source import HistoricalSource

pytestmark = pytest.mark.skipif(not are_in_use(ROWS), reason=NOT_IN_USE)

HEADER = "timestamp,ticker,ask_price,bid_price,latency\n"
HORIZON_NS = 20_000_000
LEAST_LATENCY_MS = -15
"""Some arrive before their timestamp, none is late."""

Row = tuple[int, str]
Split = Callable[[random.Random, list[Row], int], list[list[Row]]]


BLOCK_BYTES = 400
OTHER_BYTES = (150, 3_000, parse_ahead.BLOCK_BYTES)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parse_ahead, "FEW_FILES", 0)
    have_blocks_of(BLOCK_BYTES, monkeypatch)


def have_blocks_of(size_bytes: int, patch: pytest.MonkeyPatch) -> None:
    for name in ("BLOCK_BYTES", "FIRST_BLOCK_BYTES", "LEAST_BLOCK_BYTES"):
        patch.setattr(parse_ahead, name, size_bytes)


def by_ticker(chance: random.Random, rows: list[Row], files: int) -> list[list[Row]]:
    """Split rows as a market does: a few files have most of them."""
    weights = [1 / (1 + file) for file in range(files)]
    found: list[list[Row]] = [[] for _ in range(files)]
    for row in rows:
        found[chance.choices(range(files), weights)[0]].append(row)
    return found


def by_hour(_: random.Random, rows: list[Row], files: int) -> list[list[Row]]:
    """Split rows into files that follow one another."""
    size = -(-len(rows) // files)
    return [rows[file * size : (file + 1) * size] for file in range(files)]


def at_random(chance: random.Random, rows: list[Row], files: int) -> list[list[Row]]:
    """Split rows into files that begin and end at any time."""
    found: list[list[Row]] = [[] for _ in range(files)]
    spans = [sorted(chance.choices(range(len(rows)), k=2)) for _ in range(files)]
    for at, row in enumerate(rows):
        there = [file for file, (begin, end) in enumerate(spans) if begin <= at <= end]
        found[chance.choice(there or range(files))].append(row)
    return found


def written(folder: Path, seed: int, split: Split, files: int, count: int) -> list[Path]:
    chance = random.Random(seed)
    at_us, rows = 0, []
    for _ in range(count):
        at_us += chance.choice((0, 0, 500, 1_000, 4_000))
        latency_ms = chance.choice((1, 1, 5, LEAST_LATENCY_MS))
        rows.append((at_us, f"T,2,1,{latency_ms}\n"))
    paths = []
    for number, part in enumerate(split(chance, rows, files)):
        lines = "".join(
            f"2025-10-02 00:00:{at_us // 1_000_000:02}.{at_us % 1_000_000:06},{rest}"
            for at_us, rest in part
        )
        path = folder / f"{number:04}.csv"
        path.write_text(HEADER + lines)
        paths.append(path)
    return paths


def read(paths: list[Path], max_rows: int) -> tuple[bytes, str]:
    """Return the places of all rows in the order in which they came, and what ended them."""
    source = HistoricalSource(
        paths, horizon_ns=HORIZON_NS, late="stop", max_rows=max_rows, reject=lambda _: None
    )
    found, error = b"", ""
    try:
        while (piece := source.read()) is not None:
            found += piece.block.position.tobytes()
    except InputError as refused:
        error = f"{refused.code}: {refused.what}"
    finally:
        source.close()
    return found, error


def read_by_turns(paths: list[Path], max_rows: int) -> tuple[bytes, str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(historical_source, "take_together", lambda *_: False)
        return read(paths, max_rows)


def read_in_blocks_of(size_bytes: int, paths: list[Path], max_rows: int) -> tuple[bytes, str]:
    """Return what comes where blocks begin with this size, and grow, and few files have threads."""
    with pytest.MonkeyPatch.context() as patch:
        have_blocks_of(size_bytes, patch)
        patch.setattr(parse_ahead, "BLOCK_BYTES", 16 * size_bytes)
        patch.setattr(parse_ahead, "FEW_FILES", 16)
        return read(paths, max_rows)


def least_room(paths: list[Path], most: int) -> int:
    """Return with how many waiting rows at least files are read to their end, each at its turn."""
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        if read_by_turns(paths, middle)[1]:
            low = middle
        else:
            high = middle
    return high


@pytest.mark.parametrize("split", [by_ticker, by_hour, at_random])
@pytest.mark.parametrize("seed", range(few(4)))
def test_rows_that_are_taken_early_take_no_room_from_others(
    tmp_path: Path, split: Split, seed: int
) -> None:
    files = random.Random(seed).choice((1, 2, 7, 20, 70, 300))
    paths = written(tmp_path, seed, split, files, 1_500)
    least = least_room(paths, 2_000)

    for max_rows in (1, least // 2, least - 1, least, least + 1, least + 7, 2 * least):
        most = max(1, max_rows)
        expected = read_by_turns(paths, most)
        assert expected == read(paths, most), (files, least, most)
        for size_bytes in OTHER_BYTES:
            assert expected == read_in_blocks_of(size_bytes, paths, most), (files, least, most)


def test_thousands_of_small_files_take_no_room_from_others(tmp_path: Path) -> None:
    paths = written(tmp_path, 1, at_random, 5_000, 10_000)

    for most in (1_000, 5_000):
        assert read_by_turns(paths, most) == read(paths, most), most
