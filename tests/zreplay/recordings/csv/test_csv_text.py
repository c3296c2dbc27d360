"""The compiled code, pyarrow and the judge read every text alike."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from protocol.compiled_parts import ROWS, are_in_use
from tests.depth import few, is_long
from tests.forms import NOT_IN_USE, in_form
from tests.zreplay.recordings.csv.csv_lines import (
    GOOD,
    HEADER_OF_MORE,
    HEADER_OF_MORE_TARDIS,
    ODD_BYTES,
    OFFSET,
    OURS,
    PRICE,
    TARDIS,
    TICKER,
    TIME,
    Quote,
    decimals,
    fields_of_ours,
    fields_of_tardis,
    files,
    floats,
    good_line,
    line_with,
    lines_of,
    lines_with_odd_bytes,
    odd_lines,
    one_by_one,
    quotes_of,
)
from tests.zreplay.recordings.csv.headers import read_header
from zreplay.quotes.block import Block, first_position
from zreplay.quotes.rejection import Rejection
from zreplay.recordings.byte_reader import FileBytes
from zreplay.recordings.csv import csv_rows, csv_text, plain_rows
from zreplay.recordings.csv.csv_file import CsvFile
from zreplay.recordings.csv.csv_lines import line_count
from zreplay.recordings.csv.csv_text import CsvText, TextRows
from zreplay.recordings.csv.judged_rows import LineFault
from zreplay.recordings.csv.plain_rows import ALWAYS_ODD, ODD_SHARE
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.source_block import FilePlace

MORE = read_header(HEADER_OF_MORE, "a")
MORE_TARDIS = read_header(HEADER_OF_MORE_TARDIS, "a")
READERS: dict[str, tuple[str, dict[str, int]]] = {
    "compiled, the judge for what is odd": ("compiled", {}),
    "compiled, pyarrow for a text with odd lines": (
        *("compiled", {"ALWAYS_ODD": 0, "ODD_SHARE": 10**9}),
    ),
    "pyarrow, the judge for a text that it cannot read": ("plain", {}),
    "pyarrow, the judge for suspects": ("plain", {"FEW_LINES": 1}),
}


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(name, marks=pytest.mark.pure if form == "plain" else ())
        for name, (form, _) in READERS.items()
    ],
    autouse=True,
)
def reader(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let each test be of each reader of a text."""
    form, constants = READERS[request.param]
    with ExitStack() as stack:
        stack.enter_context(in_form(form))
        if form == "compiled" and not are_in_use(ROWS):
            pytest.skip(NOT_IN_USE)
        for constant, value in constants.items():
            module = csv_rows if constant == "FEW_LINES" else plain_rows
            stack.enter_context(patch.object(module, constant, value))
        yield


def read(data: bytes, layout: Layout = OURS, file_number: int = 0) -> TextRows:
    lines = line_count(data, len(data))
    return CsvText(layout, file_number).read(data, len(data), lines, OFFSET)


def judged(data: bytes, layout: Layout = OURS) -> tuple[list[Quote], list[LineFault]]:
    rows = read(data, layout)
    return quotes_of(rows.block), rows.faults


def block_of(*lines: str) -> Block:
    return read("".join(f"{line}\n" for line in lines).encode()).block


def plain_block(*lines: str) -> Block:
    """Read lines of which none is odd to the compiled code."""
    with patch.object(csv_text, "judged", None):
        return block_of(*lines)


def plain_prices(texts: list[str]) -> list[float]:
    return plain_block(*(line_with(PRICE, text) for text in texts)).ask_price.tolist()


def places(data: bytes) -> list[tuple[int, int]]:
    rows = read(data)
    return list(zip(rows.starts.tolist(), rows.numbers.tolist(), strict=True))


@settings(max_examples=few(60), deadline=None)
@given(files(good_line | good_line | lines_of(fields_of_ours) | odd_lines))
def test_what_is_read_is_what_the_judge_says_of_each_line(data: bytes) -> None:
    assert one_by_one(data, OURS) == judged(data)


@settings(max_examples=few(10), deadline=None)
@given(files(lines_of(fields_of_tardis)))
def test_that_holds_for_tardis(data: bytes) -> None:
    assert one_by_one(data, TARDIS) == judged(data, TARDIS)


@settings(max_examples=few(6), deadline=None)
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


Account = tuple[list[Quote], list[tuple[object, ...]]]
"""The rows, and of each rejection all that is told of it."""


class BytesReader:
    """A file that is only bytes."""

    is_random = True

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size_bytes = len(data)

    def read(self, offset: int, most_bytes: int) -> FileBytes:
        return FileBytes(
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
    """Cut at any line and begun at any line: rows and rejections are the same."""
    content = header + b"\n" + body
    expected = judged_account(header, body)
    shift = len(header) + 1
    starts = [0, *(at + 1 for at, byte in enumerate(body) if byte == ord("\n"))]
    for block_bytes in (1, 64, 300):
        assert expected == account_of(content, block_bytes, block_bytes, None)
    middle = len(starts) // 2
    for number in range(len(starts)) if is_long() else {middle, len(starts) - 1}:
        start = starts[number]
        assert expected == account_of(content, max(1, start), 10**6, None)
        place = FilePlace(shift + start, number + 2)
        resumed = account_of(content, 10**6, 10**6, place)
        assert after(expected, shift + start) == resumed


@settings(max_examples=few(12), deadline=None)
@given(files(lines_with_odd_bytes(MORE)))
def test_odd_bytes_mean_the_same_to_all_who_read_them_wherever_the_file_is_cut(
    body: bytes,
) -> None:
    check_every_cut(HEADER_OF_MORE, body)


@settings(max_examples=few(8), deadline=None)
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


@pytest.mark.parametrize("place", [0, 3, 10])
@pytest.mark.parametrize("odd", [b"\xff", b"\x00", b"a\rb", b'"\xff,\r"', b'x"y', b"\xef\xbb\xbf"])
def test_an_ignored_column_may_hold_any_byte(place: int, odd: bytes) -> None:
    usual = b"0,2025-10-02 23:59:57.290000,A@B,n,1.5,101,100.5,36.0,24.4,7,".split(b",")
    lines = b",".join([*usual[:place], odd, *usual[place + 1 :]]) + b"\n"
    quotes, faults = judged(3 * lines + b"junk\n", MORE)

    assert (3, [3]) == (len(quotes), [fault.number for fault in faults])


@pytest.mark.parametrize("end", [b"\n", b""])
def test_a_blank_line_is_none_however_long_it_is(end: bytes) -> None:
    header = HEADER_OF_MORE
    content = header + b"\njunk\n" + b"\r" * 70_000 + b"\n" + b"\r" * 70_000 + end
    accounts = [account_of(content, size, size, None)[1] for size in (1, 100, 10**6)]

    assert [2] == [rejection[1] for rejection in accounts[0]]
    assert 2 * accounts[:1] == accounts[1:]


@settings(max_examples=few(100), deadline=None)
@given(st.lists(decimals | floats, min_size=1, max_size=20))
@example(["9007199254740993", "9007199254740992.5", "0.9007199254740993", "18014398509481983.5"])
@example(["4.5035996273704965", "450359962737.04965", "9999999999999999999"])
def test_a_number_is_the_float_nearest_to_it(texts: list[str]) -> None:
    block = block_of(*(line_with(PRICE, text) for text in texts))

    assert [float(text) for text in texts] == block.ask_price.tolist()


def test_a_tie_goes_to_the_even_float_and_what_is_next_to_one_does_not() -> None:
    ties = ["4503599627370496.5", "4503599627370497.5", "9007199254740993.0"]
    # Their 64 bits end like a tie; what makes them none lies below.
    near = ["759712233.5717094541", "3.300325051483341321", "0.01805997785026829984"]
    # Here the first estimate of the quotient is one too large.
    near += ["80.11492667843793213", "277698097380857.3281", "84596.01169085063884"]

    assert [2.0**52, 2.0**52 + 2, 2.0**53] == plain_prices(ties)
    assert [float(text) for text in near] == plain_prices(near)


def test_every_day_from_1970_on_is_counted_right() -> None:
    days = np.arange("1970-01-01", "2262-01-01", dtype="datetime64[D]")
    block = plain_block(*(line_with(TIME, f"{day} 12:34:56") for day in days.astype(str)))

    expected = days.astype("datetime64[ns]").astype(np.int64) + 45_296 * 10**9
    assert expected.tolist() == block.timestamp_ns.tolist()


def test_tickers_that_begin_or_end_alike_are_kept_apart() -> None:
    names = ["A" * count for count in range(57)]
    names += [f"{name}{end}" for name in names for end in ("B", "b") if len(name) < 56]
    block = plain_block(*(line_with(TICKER, name) for name in [*names, *names]))

    assert [*names, *names] == [block.ticker_names[code] for code in block.ticker_codes]
    assert len(names) == len(block.ticker_names)


def test_a_time_that_differs_in_one_digit_from_the_one_before_is_another() -> None:
    first = "2011-11-11 11:11:11"
    ones = [place for place, char in enumerate(first) if char == "1"]
    times = [first[:place] + "0" + first[place + 1 :] for place in ones]
    texts = [text for time in times for text in (first, time)]
    block = plain_block(*(line_with(TIME, text) for text in texts))

    expected = np.array(texts, "datetime64[ns]").astype(np.int64)
    assert expected.tolist() == block.timestamp_ns.tolist()


def test_tickers_of_one_hash_are_kept_apart() -> None:
    names = ["C0018454-USDT-SWAP@VENU", "C0017502-USDT-SWAP@VENU"]
    block = plain_block(*(line_with(TICKER, name) for name in names))

    assert names == [block.ticker_names[code] for code in block.ticker_codes]


def test_as_many_tickers_as_there_are_rows_have_codes_of_their_own() -> None:
    names = [f"T{number}" for number in range(10_000)]
    block = plain_block(*(line_with(TICKER, name) for name in [*names, *names]))

    assert [*names, *names] == [block.ticker_names[code] for code in block.ticker_codes]
