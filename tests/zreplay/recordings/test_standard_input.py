"""Piped data arrives once, forwards, and as soon as it is there."""

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.errors import InputError
from zreplay.historical.historical_source import HistoricalSource
from zreplay.quotes.rejection import Rejection
from zreplay.recordings import standard_input
from zreplay.recordings.csv.csv_file import CsvFile
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.recordings.standard_input import StandardInput

HEADER = b"index,timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"


def row(number: int) -> bytes:
    return b"%d,2025-10-02 00:00:00,T,1,1,1,1,1\n" % number


class Pipe:
    """What stands before the `|`."""

    def __init__(self, write_fd: int) -> None:
        self._write_fd = write_fd

    def write(self, data: bytes) -> None:
        assert len(data) == os.write(self._write_fd, data)

    def end(self) -> None:
        os.close(self._write_fd)


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipe]:
    read_fd, write_fd = os.pipe()
    monkeypatch.setattr(sys, "stdin", io.FileIO(read_fd))
    monkeypatch.setattr(StandardInput, "_is_begun", False)
    monkeypatch.setattr(standard_input, "WAIT_SECONDS", 0.001)
    yield Pipe(write_fd)
    sys.stdin.close()


def indexes(file: CsvFile) -> list[int]:
    unparsed = file.cut(1000)
    assert unparsed is not None
    return unparsed().source.block.index.tolist()


def test_rows_come_as_they_are_written_and_a_half_one_waits(pipe: Pipe) -> None:
    file = CsvFile(STANDARD_INPUT, 0, open_reader=StandardInput)
    file.open()
    assert [] == indexes(file)
    pipe.write(HEADER + row(1) + row(2)[:10])
    assert [1] == indexes(file)
    assert [] == indexes(file)
    pipe.write(row(2)[10:] + row(3).strip())
    assert [2] == indexes(file)
    pipe.end()
    assert [3] == indexes(file)

    assert None is file.cut(1000)


def test_a_block_is_no_larger_than_it_was_asked_for(pipe: Pipe) -> None:
    content = HEADER + b"".join(row(number) for number in range(100))
    pipe.write(content)
    pipe.end()
    file = CsvFile(STANDARD_INPUT, 0, open_reader=StandardInput)
    blocks = []
    while (unparsed := file.cut(300)) is not None:
        blocks.append(unparsed().source.block.index.tolist())

    assert list(range(100)) == sum(blocks, [])
    assert max(map(len, blocks)) <= 300 // len(row(0))


def test_it_cannot_be_read_twice(pipe: Pipe) -> None:
    pipe.end()
    StandardInput()

    with pytest.raises(InputError, match="cannot be read again") as error:
        StandardInput()
    assert "Z409" == error.value.code


def test_it_goes_only_forwards(pipe: Pipe) -> None:
    pipe.write(b"0123456789")
    reader = StandardInput()
    reader.read(0, 5)
    reader.read(5, 5)

    for offset in (4, 11):
        with pytest.raises(InputError, match=f"from byte {offset}"):
            reader.read(offset, 1)


def test_a_terminal_is_no_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    master_fd, slave_fd = os.openpty()
    with io.FileIO(slave_fd) as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        monkeypatch.setattr(StandardInput, "_is_begun", False)
        with pytest.raises(InputError, match="terminal"):
            StandardInput(Path("-"))
    os.close(master_fd)


def test_a_row_that_is_not_decided_yet_does_not_block_who_reads(pipe: Pipe) -> None:
    rejections: list[Rejection] = []
    source = HistoricalSource(
        [STANDARD_INPUT],
        horizon_ns=0,
        late="stop",
        max_rows=100,
        reject=rejections.append,
        max_jump_ns=86_400 * 10**9,
    )

    def read() -> list[int]:
        piece = source.read()
        assert piece is not None
        return piece.block.index.tolist()

    pipe.write(HEADER + row(0).replace(b"2025", b"2099"))
    assert [[]] * 5 == [read() for _ in range(5)]
    pipe.write(b"".join(row(number) for number in range(1, 9)))
    assert [[]] * 5 == [read() for _ in range(5)]
    assert [] == rejections
    pipe.write(row(9) + row(10).replace(b"00:00:00", b"00:00:01"))
    assert list(range(1, 10)) == [index for _ in range(5) for index in read()]
    assert ["Z110"] == [each.code for each in rejections]
    pipe.end()
    assert [10] == [index for piece in iter(source.read, None) for index in piece.block.index]
    source.close()
