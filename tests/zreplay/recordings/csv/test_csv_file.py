"""A recording is read the same from any place in blocks of any size."""

import os
from contextlib import closing
from pathlib import Path

import pytest

from protocol.errors import InputError
from zreplay.quotes.rejection import NOT_A_NUMBER, VALUE_LIMIT, Rejection, RowCode
from zreplay.quotes.ticker_table import joined
from zreplay.recordings.byte_reader import FileBytes, PlainBytes
from zreplay.recordings.csv.csv_file import CsvFile
from zreplay.recordings.csv.first_lines import USUAL_HEADER_BYTES
from zreplay.recordings.csv.line_fields import MAX_LINE_BYTES
from zreplay.recordings.source_block import FilePlace, SourceBlock

HEADER = ",index,timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"


def row(number: int, price: str = "1") -> str:
    return f"{number},{number},2025-10-02 00:00:{number % 60:02d},T{number},1,{price},1,1,0.5\n"


class Recording:
    """A file for a test, and what was rejected in it."""

    def __init__(self, path: Path, content: str | bytes) -> None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.rejections: list[Rejection] = []
        self.file = CsvFile(path, 0)

    def read_all(self, block_bytes: int = 4096) -> list[SourceBlock]:
        blocks = []
        while (unparsed := self.file.cut(block_bytes)) is not None:
            block, rejections = unparsed()
            blocks.append(block)
            self.rejections += rejections
        self.file.close()
        return blocks

    def indexes(self, block_bytes: int = 4096) -> list[int]:
        return [index for b in self.read_all(block_bytes) for index in b.block.index.tolist()]


def test_every_row_comes_once_whatever_the_size_of_a_block(tmp_path: Path) -> None:
    content = HEADER + "".join(row(number) for number in range(50))

    for block_bytes in (1, 7, 64, 100_000):
        assert list(range(50)) == Recording(tmp_path / "a.csv", content).indexes(block_bytes)


@pytest.mark.parametrize("size", [USUAL_HEADER_BYTES + change for change in (-1, 0, 1)] + [60_000])
def test_a_header_may_be_long_and_stand_behind_blank_lines(tmp_path: Path, size: int) -> None:
    blank = "\r\n" * ((size - len(HEADER)) // 2)
    for header in (HEADER.rjust(size, "x"), (blank + HEADER).rjust(size, "\n")):
        assert size == len(header)
        recording = Recording(tmp_path / "a.csv", header + row(1) + row(2, "abc") + row(3))

        assert [1, 3] == recording.indexes()
        assert header.count("\n") + 2 == recording.rejections[0].line


def test_blocks_follow_one_another_without_a_hole(tmp_path: Path) -> None:
    content = HEADER + "\n" + "".join(row(number) for number in range(20)) + "\r\n\n"
    blocks = Recording(tmp_path / "a.csv", content).read_all(200)

    assert FilePlace(len(HEADER), 2) == blocks[0].start
    assert [block.end for block in blocks[:-1]] == [block.start for block in blocks[1:]]
    assert FilePlace(len(content), 25) == blocks[-1].end


def test_reading_goes_on_from_the_place_of_any_block(tmp_path: Path) -> None:
    content = HEADER + "".join(row(number, "x" if number % 5 == 0 else "1") for number in range(30))
    recording = Recording(tmp_path / "a.csv", content)
    whole = recording.read_all(200)
    rejected = list(recording.rejections)

    for block in whole:
        again = Recording(tmp_path / "a.csv", content)
        again.file.seek(block.start)
        rows = [position for b in again.read_all(333) for position in b.block.position.tolist()]
        expected = [position for b in whole for position in b.block.position.tolist()]
        assert [p for p in expected if p >= block.start.offset] == rows
        assert [r for r in rejected if r.offset >= block.start.offset] == again.rejections


def test_mark_quotes_carriage_returns_and_a_missing_last_line_feed_are_read(tmp_path: Path) -> None:
    lines = (HEADER + row(1).replace("T1", '"T,1"') + row(2)).replace("\n", "\r\n").rstrip()
    recording = Recording(tmp_path / "a.csv", b"\xef\xbb\xbf" + lines.encode())

    block = joined([source.block for source in recording.read_all()])

    assert ("T,1", "T2") == tuple(name for name in block.ticker_names if name)
    assert lines.encode().index(b"2,2,2025") + 3 == block.position[1]
    assert [] == recording.rejections


def test_a_rejection_names_file_line_byte_column_value_and_reason(tmp_path: Path) -> None:
    content = HEADER + row(1) + "\n" + row(2, "abc") + "junk\n" + row(3)
    recording = Recording(tmp_path / "a.csv", content)

    assert [1, 3] == recording.indexes()
    path, fields = str(tmp_path / "a.csv"), "1 fields, the header has 9"
    assert [
        Rejection(path, 4, content.index("2,2"), "ask_price", "abc", *NOT_A_NUMBER),
        Rejection(path, 5, content.index("junk"), "", "junk", fields, RowCode.FIELDS),
    ] == recording.rejections


@pytest.mark.parametrize("block_bytes", [50, 1000, MAX_LINE_BYTES, 1 << 20])
@pytest.mark.parametrize("end", ["\n" + row(3), "\n", "\r\n" + row(3), ""])
def test_a_line_without_end_is_one_rejected_row(tmp_path: Path, block_bytes: int, end: str) -> None:
    content = HEADER + row(1) + "x" * (MAX_LINE_BYTES + 300) + end
    recording = Recording(tmp_path / "a.csv", content)

    assert ([1, 3] if "3" in end else [1]) == recording.indexes(block_bytes)
    [rejection] = recording.rejections
    assert (3, len(HEADER + row(1))) == (rejection.line, rejection.offset)
    assert f"line longer than {MAX_LINE_BYTES} bytes" == rejection.reason
    assert "x" * VALUE_LIMIT == rejection.value


def test_the_line_after_a_long_one_has_its_right_number(tmp_path: Path) -> None:
    content = HEADER + "x" * (3 * MAX_LINE_BYTES) + "\n" + row(1, "bad")
    recording = Recording(tmp_path / "a.csv", content)
    recording.read_all(1000)

    assert [2, 3] == [rejection.line for rejection in recording.rejections]


def test_a_file_of_a_header_only_has_no_rows(tmp_path: Path) -> None:
    assert [] == Recording(tmp_path / "a.csv", HEADER.strip()).read_all()


def test_tardis_quotes_are_read(tmp_path: Path) -> None:
    content = (
        "exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount\n"
        "binance,btcusdt,1759363200000000,1759363200020000,1,2,1,1\n"
    )

    [block] = Recording(tmp_path / "a.csv", content).read_all()

    assert [20.0] == block.block.latency_ms.tolist()
    assert ("BTCUSDT@BINANCE",) == block.block.ticker_names


def refused(path: Path) -> InputError:
    with pytest.raises(InputError) as error:
        CsvFile(path, 0).open()
    assert str(path) in error.value.what
    assert "" != error.value.fix
    return error.value


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "nowhere.csv").what


def test_a_directory_is_no_recording(tmp_path: Path) -> None:
    assert "directory" in refused(tmp_path).what


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert "not a regular file" in refused(tmp_path / "pipe").what


@pytest.mark.parametrize("before", ["\n", "\r\n\n", "\ufeff\n", "\ufeff"])
def test_blank_lines_before_the_header_mean_nothing_and_are_counted(
    before: str, tmp_path: Path
) -> None:
    recording = Recording(tmp_path / "a.csv", before + HEADER + row(0) + "junk\n")

    assert [0] == recording.indexes()
    lines_before = before.count("\n")
    assert [lines_before + 3] == [rejection.line for rejection in recording.rejections]
    offset = len((before + HEADER + row(0)).encode())
    assert [offset] == [rejection.offset for rejection in recording.rejections]


def test_an_empty_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()

    assert "empty" in refused(tmp_path / "a.csv").what
    (tmp_path / "a.csv").write_bytes(b"\r\n\n")
    assert "empty" in refused(tmp_path / "a.csv").what


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEADER.replace("bid_price", "x"))

    assert "bid_price" in refused(tmp_path / "a.csv").what


def test_a_binary_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(bytes(range(255, 0, -1)) * 1000)

    assert "not the header" in refused(tmp_path / "a.csv").what


class _DamagedBehind(PlainBytes):
    """A file of which whatever stands from this byte on cannot be read."""

    damaged_from = 0

    def read(self, offset: int, most_bytes: int) -> FileBytes:
        data = super().read(offset, most_bytes).data[: max(0, self.damaged_from - offset)]
        if len(data) < most_bytes:
            data = data[: data.rfind(b"\n") + 1]
        if not data:
            raise InputError("the disk cannot be read", code="Z401")
        return FileBytes(data, is_last=False)


@pytest.mark.parametrize("torn", [0, 1, MAX_LINE_BYTES, 3 * MAX_LINE_BYTES])
@pytest.mark.parametrize("block_bytes", [1024, 4 * MAX_LINE_BYTES])
def test_a_line_that_is_too_long_is_rejected_though_damage_stands_behind_it(
    torn: int, block_bytes: int, tmp_path: Path
) -> None:
    long_line = "x" * (2 * MAX_LINE_BYTES) + "\n"
    content = HEADER + row(1) + long_line
    reader = type("Damaged", (_DamagedBehind,), {"damaged_from": len(content) + torn})
    path = tmp_path / "a.csv"
    path.write_text(content + "y" * (4 * MAX_LINE_BYTES))
    file = CsvFile(path, 0, open_reader=reader)
    numbers, rejections = [], []

    with closing(file), pytest.raises(InputError, match="the disk cannot be read"):
        while (unparsed := file.cut(block_bytes)) is not None:
            parsed = unparsed()
            numbers += parsed.source.block.index.tolist()
            rejections += parsed.rejections

    assert ([1], [3]) == (numbers, [rejection.line for rejection in rejections])
    assert (len(content), 4) == (file.place.offset, file.place.line)
