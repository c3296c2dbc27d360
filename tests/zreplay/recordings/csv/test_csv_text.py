"""Whoever reads a text, the compiled code, pyarrow or the judge: it says the same."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.zreplay.recordings.csv.csv_lines import (
    GOOD,
    HEADER_OF_MORE,
    HEADER_OF_MORE_TARDIS,
    ODD_BYTES,
    OFFSET,
    OURS,
    TARDIS,
    Quote,
    fields_of_ours,
    fields_of_tardis,
    files,
    good_line,
    lines_of,
    lines_with_odd_bytes,
    odd_lines,
    one_by_one,
    quotes_of,
)
from zreplay.quotes.block import first_position
from zreplay.quotes.rejection import Rejection
from zreplay.recordings.byte_reader import Stretch
from zreplay.recordings.csv import csv_rows, plain_rows
from zreplay.recordings.csv.csv_file import CsvFile
from zreplay.recordings.csv.csv_header import Layout, read_header
from zreplay.recordings.csv.csv_lines import line_count
from zreplay.recordings.csv.csv_text import CsvText, TextRows
from zreplay.recordings.csv.judged_rows import LineFault
from zreplay.recordings.csv.plain_rows import ALWAYS_ODD, ODD_SHARE
from zreplay.recordings.source_block import FilePlace


def read(data: bytes, layout: Layout = OURS, file_number: int = 0) -> TextRows:
    lines = line_count(data, len(data))
    return CsvText(layout, file_number).read(data, len(data), lines, OFFSET)


def judged(data: bytes, layout: Layout = OURS) -> tuple[list[Quote], list[LineFault]]:
    rows = read(data, layout)
    return quotes_of(rows.block), rows.faults


def places(data: bytes) -> list[tuple[int, int]]:
    rows = read(data)
    return list(zip(rows.starts.tolist(), rows.numbers.tolist(), strict=True))


@settings(max_examples=300, deadline=None)
@given(files(good_line | good_line | lines_of(fields_of_ours) | odd_lines))
def test_what_is_read_is_what_the_judge_says_of_each_line(data: bytes) -> None:
    assert one_by_one(data, OURS) == judged(data)


@settings(max_examples=50, deadline=None)
@given(files(lines_of(fields_of_tardis)))
def test_that_holds_for_tardis(data: bytes) -> None:
    assert one_by_one(data, TARDIS) == judged(data, TARDIS)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2 * ALWAYS_ODD), st.integers(0, 3 * ODD_SHARE))
def test_it_holds_for_any_share_of_odd_lines(odd: int, good: int) -> None:
    line = GOOD.replace(b"A@B", b'"A,B"')
    data = b"".join(b"%s\n%s\n" % (line, GOOD) for _ in range(odd)) + good * (GOOD + b"\n")

    assert one_by_one(data, OURS) == judged(data)


@pytest.mark.parametrize("bad", [b"junk", b"\xff" + GOOD])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("bad_count", [1, ALWAYS_ODD + 10])
def test_every_line_not_blank_has_its_place(bad: bytes, end: bytes, bad_count: int) -> None:
    lines = [GOOD, b"", bad, GOOD, *[bad] * (bad_count - 1), b"", GOOD, b""]
    data = end.join(lines)
    starts = [sum(len(line) + len(end) for line in lines[:at]) for at in range(len(lines))]

    assert [(starts[at], at) for at, line in enumerate(lines) if line] == places(data)


def test_a_position_holds_the_file_and_the_byte() -> None:
    block = read(GOOD + b"\n\n" + GOOD + b"\n" + b'"A"' + b"\n", file_number=3).block

    offsets = [OFFSET, OFFSET + len(GOOD) + 2]
    assert [first_position(3) + offset for offset in offsets] == block.position.tolist()


@pytest.mark.parametrize("data", [b"", b"\n", b"\r\n\n", b"junk\n"])
def test_a_text_may_hold_no_row(data: bytes) -> None:
    assert [] == judged(data)[0]


def test_only_what_lies_before_the_size_is_read() -> None:
    data = GOOD + b"\n" + GOOD + b"\n"

    assert 1 == len(CsvText(OURS, 0).read(bytearray(data), len(GOOD) + 1, 1, 0).block)


def test_without_a_compiler_all_is_read_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"\n".join([GOOD, b"junk", GOOD.replace(b"A@B", b'"A"'), b"", GOOD, b""])
    compiled = judged(data), places(data)
    monkeypatch.setattr(plain_rows, "IS_COMPILED", False)

    assert compiled == (judged(data), places(data))


MORE = read_header(HEADER_OF_MORE, "a")
MORE_TARDIS = read_header(HEADER_OF_MORE_TARDIS, "a")
FORMS: dict[str, dict[str, int]] = {
    "compiled, the judge for what is odd": {},
    "compiled, pyarrow for a text with odd lines": {"ALWAYS_ODD": 0, "ODD_SHARE": 10**9},
    "pyarrow, the judge for a text that it cannot read": {"IS_COMPILED": False},
    "pyarrow, the judge for suspects": {"IS_COMPILED": False, "FEW_LINES": 1},
}

Account = tuple[list[Quote], list[tuple[object, ...]]]
"""The rows, and of each rejection all that is told of it."""


@contextmanager
def form(name: str) -> Iterator[None]:
    with ExitStack() as stack:
        for constant, value in FORMS[name].items():
            module = csv_rows if constant == "FEW_LINES" else plain_rows
            stack.enter_context(patch.object(module, constant, value))
        yield


class BytesReader:
    """A file that is only bytes."""

    is_random = True

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size_bytes = len(data)

    def read(self, offset: int, most_bytes: int) -> Stretch:
        return Stretch(
            self._data[offset : offset + most_bytes], offset + most_bytes >= len(self._data)
        )

    def share(self, offset: int) -> float:
        return 0.0

    def close(self) -> None: ...


def account_of(
    content: bytes, first_bytes: int, rest_bytes: int, place: FilePlace | None
) -> Account:
    """Read a file from a place, cut into a first block of so many bytes and others."""
    file = CsvFile(Path("a"), 0, open_reader=lambda _: BytesReader(content))
    file.open()
    if place is not None:
        file.seek(place)
    quotes: list[Quote] = []
    rejections: list[Rejection] = []
    block_bytes = first_bytes
    while (cut := file.cut(block_bytes)) is not None:
        source, rejected = cut()
        quotes += quotes_of(source.block)
        rejections += rejected
        block_bytes = rest_bytes
    return quotes, [tuple(rejection) for rejection in rejections]


def judged_account(header: bytes, body: bytes) -> Account:
    """What the judge alone says, of a file whose header takes one line."""
    quotes, faults = one_by_one(body, read_header(header, "a"))
    shift = len(header) + 1
    moved = [(shift - OFFSET + int(str(quote[0])), *quote[1:]) for quote in quotes]
    told = [Rejection("a", number + 2, start + shift, *fault) for number, start, fault in faults]
    return moved, [tuple(rejection) for rejection in told]


def after(account: Account, offset: int) -> Account:
    quotes, rejections = account
    return (
        [quote for quote in quotes if int(str(quote[0])) >= offset],
        [rejection for rejection in rejections if int(str(rejection[2])) >= offset],
    )


def check_every_cut(header: bytes, body: bytes) -> None:
    """Whoever reads it, cut at any line and begun at any line: rows and rejections are the same."""
    content = header + b"\n" + body
    expected = judged_account(header, body)
    shift = len(header) + 1
    starts = [0, *(at + 1 for at, byte in enumerate(body) if byte == ord("\n"))]
    for name in FORMS:
        with form(name):
            for block_bytes in (1, 64, 300):
                assert expected == account_of(content, block_bytes, block_bytes, None), name
            for number, start in enumerate(starts):
                assert expected == account_of(content, max(1, start), 10**6, None), name
                place = FilePlace(shift + start, number + 2)
                resumed = account_of(content, 10**6, 10**6, place)
                assert after(expected, shift + start) == resumed, name


@settings(max_examples=60, deadline=None)
@given(files(lines_with_odd_bytes(MORE)))
def test_odd_bytes_mean_the_same_to_all_who_read_them_wherever_the_file_is_cut(
    body: bytes,
) -> None:
    check_every_cut(HEADER_OF_MORE, body)


@settings(max_examples=40, deadline=None)
@given(files(lines_with_odd_bytes(MORE_TARDIS)))
def test_that_holds_for_tardis_too(body: bytes) -> None:
    check_every_cut(HEADER_OF_MORE_TARDIS, body)


@pytest.mark.parametrize("place", range(len(MORE.header)))
def test_each_odd_byte_in_each_column_means_the_same_wherever_the_file_is_cut(place: int) -> None:
    usual = b"0,2025-10-02 23:59:57.290000,A@B,n,1.5,101,100.5,36.0,24.4,7,".split(b",")
    lines = [b",".join([*usual[:place], odd, *usual[place + 1 :]]) for odd in ODD_BYTES]
    for junk in (b"", b"junk\n"):
        check_every_cut(HEADER_OF_MORE, junk + b"\n".join(lines[:9]))
        check_every_cut(HEADER_OF_MORE, b"\r\n".join(lines[9:18]) + b"\n" + junk)
        check_every_cut(HEADER_OF_MORE, b"\n".join(lines[18:]) + b"\n" + junk)


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("place", [0, 3, 10])
@pytest.mark.parametrize("odd", [b"\xff", b"\x00", b"a\rb", b'"\xff,\r"', b'x"y', b"\xef\xbb\xbf"])
def test_an_ignored_column_may_hold_any_byte(name: str, place: int, odd: bytes) -> None:
    usual = b"0,2025-10-02 23:59:57.290000,A@B,n,1.5,101,100.5,36.0,24.4,7,".split(b",")
    lines = b",".join([*usual[:place], odd, *usual[place + 1 :]]) + b"\n"
    with form(name):
        quotes, faults = judged(3 * lines + b"junk\n", MORE)

    assert (3, [3]) == (len(quotes), [fault.number for fault in faults])


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("end", [b"\n", b""])
def test_a_blank_line_is_none_however_long_it_is(name: str, end: bytes) -> None:
    header = HEADER_OF_MORE
    content = header + b"\njunk\n" + b"\r" * 70_000 + b"\n" + b"\r" * 70_000 + end
    with form(name):
        accounts = [account_of(content, size, size, None)[1] for size in (1, 100, 10**6)]

    assert [2] == [rejection[1] for rejection in accounts[0]]
    assert 2 * accounts[:1] == accounts[1:]
