"""Each file's blocks come in its order, whatever is parsed meanwhile, and an error after them."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, cast
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import InputError
from zreplay.historical import parse_ahead
from zreplay.historical.parse_ahead import ParseAhead
from zreplay.quotes.block import EMPTY, MAX_FILES
from zreplay.recordings.csv.csv_file import CsvFile
from zreplay.recordings.recording import Parsed, Recording, Unparsed
from zreplay.recordings.source_block import FilePlace, SourceBlock

NOWHERE: Final = FilePlace(0, 1)
NO_LINES: Final = np.array([], np.int64)
NO_ROWS: Final = Parsed(SourceBlock(EMPTY, NOWHERE, NOWHERE, NO_LINES, NO_LINES), [])
HEADER = "index,timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"


@contextmanager
def reading(folder: Path, *row_counts: int) -> Iterator[ParseAhead]:
    """Read files of so many rows each, numbered by `index`."""
    files = []
    for number, count in enumerate(row_counts):
        path = folder / f"{number}.csv"
        rows = (f"{index},2025-10-02 00:00:00,T,1,1,1,1,1\n" for index in range(count))
        path.write_text(HEADER + "".join(rows))
        files.append(CsvFile(path, number))
        files[-1].open()
    ahead = ParseAhead(files)
    yield ahead
    ahead.close()
    for file in files:
        file.close()


def indexes_of(ahead: ParseAhead, number: int) -> list[list[int]]:
    blocks = []
    while (parsed := ahead.next(number)) is not None:
        blocks.append(parsed.source.block.index.tolist())
    return blocks


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parse_ahead, "BLOCK_BYTES", 400)
    monkeypatch.setattr(parse_ahead, "FIRST_BLOCK_BYTES", 100)
    monkeypatch.setattr(parse_ahead, "LEAST_BLOCK_BYTES", 50)


def test_every_file_comes_whole_and_in_its_own_order(tmp_path: Path) -> None:
    with reading(tmp_path, 40, 0, 25) as ahead:
        blocks = [indexes_of(ahead, number) for number in (2, 1, 0)]

    assert [list(range(25)), [], list(range(40))] == [sum(parts, []) for parts in blocks]


def test_the_first_block_is_small_and_the_others_are_not(tmp_path: Path) -> None:
    with reading(tmp_path, 100) as ahead:
        sizes = [len(block) for block in indexes_of(ahead, 0)]

    assert sizes[0] < sizes[1]


def test_the_blocks_of_many_files_are_smaller_so_that_all_may_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parse_ahead, "BLOCK_BYTES", 4000)
    monkeypatch.setattr(parse_ahead, "WAITING_BYTES", 8000)
    with reading(tmp_path, *[100] * 10) as ahead:
        sizes = [len(block) for block in indexes_of(ahead, 0)]
    with reading(tmp_path, 100) as ahead:
        alone = [len(block) for block in indexes_of(ahead, 0)]

    row_bytes = len("1,2025-10-02 00:00:00,T,1,1,1,1,1\n")
    assert 800 // row_bytes >= max(sizes)
    assert 3000 // row_bytes < max(alone)


def test_rows_that_may_not_wait_make_blocks_smaller(tmp_path: Path) -> None:
    files = [CsvFile(tmp_path / "0.csv", 0)] * 2

    assert 60 == ParseAhead(files, 120)._block_bytes
    assert parse_ahead.LEAST_BLOCK_BYTES == ParseAhead(files, 1)._block_bytes


class Endless:
    """A file that notes how much of it was asked for at once."""

    def __init__(self) -> None:
        self.asked_bytes: list[int] = []

    def cut(self, block_bytes: int) -> Unparsed:
        self.asked_bytes.append(block_bytes)
        return lambda: NO_ROWS


def asked_in_turn(count: int, turns: list[int]) -> list[Endless]:
    """Ask files for their next blocks; a number below zero is one that ends."""
    files, ended = [Endless() for _ in range(count)], set[int]()
    with patch.multiple(parse_ahead, FEW_FILES=0, BLOCK_BYTES=4000, WAITING_BYTES=9000):
        ahead = ParseAhead(cast(list[Recording], files))
        for number in turns:
            if number < 0:
                ended.add(-number % count)
                ahead.end(-number % count)
            elif number % count not in ended:
                ahead.next(number % count)
            waiting = [
                file for at, file in enumerate(files) if file.asked_bytes and at not in ended
            ]
            assert sum(file.asked_bytes[-1] for file in waiting) <= 9000
        ahead.close()
    return files


def test_a_file_that_is_asked_again_and_again_is_read_in_larger_blocks() -> None:
    one, *_ = asked_in_turn(5, [0, 0, 0, -1, -2, 0, 0, 4, 0, 0])

    assert [100, 1800, 1800, 3600, 4000, 1800, 3600] == one.asked_bytes


@given(st.integers(2, 12), st.lists(st.integers(-11, 11), max_size=60))
def test_what_may_wait_of_all_files_is_bounded(count: int, turns: list[int]) -> None:
    files = asked_in_turn(count, turns)

    assert 4000 >= max([0, *(size for file in files for size in file.asked_bytes)])


def test_a_file_that_has_ended_leaves_its_room_to_the_others() -> None:
    with patch.multiple(parse_ahead, FEW_FILES=0, BLOCK_BYTES=4000, WAITING_BYTES=4000):
        files = [Endless(), Endless()]
        ahead = ParseAhead(cast(list[Recording], files))
        for number in (0, 0, 0, 1, 1, 1):
            ahead.next(number)
        ahead.end(0)
        ahead.next(1)
        ahead.next(1)
        ahead.close()

    assert [100, 2000, 2000] == files[0].asked_bytes
    assert [100, 2000, 2000, 4000, 4000] == files[1].asked_bytes


def test_a_block_of_each_of_all_files_that_there_can_be_is_no_more_than_may_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()
    many = [CsvFile(Path("nowhere"), 0)] * MAX_FILES
    ahead = ParseAhead(many)
    ahead.close()

    assert {parse_ahead.WAITING_BYTES // MAX_FILES} == {ahead._block_bytes, *ahead._next_bytes}
    assert parse_ahead.LEAST_BLOCK_BYTES == ParseAhead(many[:4000])._next_bytes[0]


@pytest.mark.parametrize("few_files", [2, 3])
def test_of_more_than_a_few_files_nothing_is_parsed_ahead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few_files: int
) -> None:
    monkeypatch.setattr(parse_ahead, "FEW_FILES", few_files)
    with reading(tmp_path, 40, 0, 30) as ahead:
        ahead.next(0)
        ahead.next(0)
        assert (few_files == 3) == bool(ahead._ahead[0])
        blocks = [indexes_of(ahead, number) for number in (2, 1)]

    assert [list(range(30)), []] == [sum(parts, []) for parts in blocks]


def test_nothing_is_held_of_a_file_that_is_not_asked_again(tmp_path: Path) -> None:
    with reading(tmp_path, 40) as ahead:
        ahead.next(0)
        ahead.next(0)
        assert ahead._ahead[0]
        ahead.end(0)

        assert not ahead._ahead[0]


@pytest.mark.parametrize("few_files", [0, 1])
def test_a_file_that_cannot_be_read_on_says_so_behind_what_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few_files: int
) -> None:
    monkeypatch.setattr(parse_ahead, "FEW_FILES", few_files)

    def broken(*_: object) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with reading(tmp_path, 40) as ahead:
        first = ahead.next(0)
        monkeypatch.setattr(os, "pread", broken)
        with pytest.raises(InputError):
            ahead.next(0)

    assert first is not None and len(first.source.block) > 0
