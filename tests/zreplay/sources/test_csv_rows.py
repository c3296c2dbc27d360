"""Fast and line by line come to the same: rows, faults and places, however the lines are cut."""

import math
from dataclasses import astuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from zreplay.block import FILE_SHIFT, Block
from zreplay.sources.csv_header import Layout, read_header
from zreplay.sources.csv_lines import Lines
from zreplay.sources.csv_rows import FEW_LINES, CsvRows, LineFault
from zreplay.sources.line_rows import Fault, read_line

OURS = read_header(b"timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency,index", "a")
TARDIS = read_header(
    b"exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount,", "a"
)
GOOD = b"2025-10-02 23:59:57.290000,A@B,1.5,101,100.5,36.0,24.4,7"
OFFSET = 1000

Quote = tuple[object, ...]


def quotes_of(block: Block) -> list[Quote]:
    columns = [
        *(block.position, block.arrival_ns, block.index, block.timestamp_ns, block.latency_ms),
        *(block.ask_amount, block.ask_price, block.bid_price, block.bid_amount),
    ]
    tickers = [block.ticker_names[code] for code in block.ticker_codes.tolist()]
    rows = zip(*(column.tolist() for column in columns), tickers, strict=True)
    return [tuple(comparable(value) for value in row) for row in rows]


def comparable(value: object) -> object:
    return "nan" if isinstance(value, float) and math.isnan(value) else value


def one_by_one(data: bytes, layout: Layout) -> tuple[list[Quote], list[LineFault]]:
    """What the judge alone says, from the most naive cut into lines."""
    quotes: list[Quote] = []
    faults: list[LineFault] = []
    start = 0
    for number, line in enumerate(data.split(b"\n")):
        if line.strip(b"\r"):
            judged = read_line(line, layout)
            if isinstance(judged, Fault):
                faults.append(LineFault(number, start, judged))
            else:
                row = (OFFSET + start, *astuple(judged))
                quotes.append(tuple(comparable(value) for value in row))
        start += len(line) + 1
    return quotes, faults


def fast(data: bytes, layout: Layout, file_number: int = 0) -> tuple[list[Quote], list[LineFault]]:
    rows = CsvRows(layout, file_number).read(Lines.of(data), OFFSET)
    return quotes_of(rows.block), rows.faults


times = st.sampled_from(
    [
        *("2025-10-02 23:59:57.290000", "2025-10-02 00:00:00", "2025-10-02T01:02:03.1Z", ""),
        *("2025-10-02 23:59", "2025-10-02", "2025-10-02 23:59Z", "2025-10-02 23:59:57ZZ", "Z"),
        *("2025-10-02 23:59:57+01:00", "2025-10-02 23:59:57.123456789", " 2025-10-02 00:00:00"),
        *("1677-09-21 00:12:43.145224193", "2262-04-11 23:47:16.854775807", "2262-04-12 00:00:00"),
        *("1677-09-21 00:12:44", "2025-02-29 00:00:00", "0x7ff", "nan", "2025-10-02 24:00:00"),
    ]
)
numbers = st.sampled_from(
    [
        *("1", "0", "-0.0", "+1", " 1", "1\t", "1.", ".5", "1e5", "3.9e-08", "1e400", "1e-400"),
        *("nan", "NaN", "-nan", "nan(1)", "inf", "-1", "", " ", "1_0", "0x10", "1\x00", "١", "--1"),
        *(
            "123456789012345678901234567890",
            "9223372036854775807",
            "2.5",
            "1e999999999999999999999",
        ),
        *("-9223372036854775808", "9300000000000000", "9223372036854775", "0e99", "7.0", "1e18"),
        *("1e10", "9223372036854.775", "-9223372036854.775", "+", "e5", "1e", "infinity", "0x"),
    ]
) | st.floats(allow_nan=False).map(repr)
tickers = st.sampled_from(
    ["A@B", "", "ö", '"A,B"', '"A""B"', '"open', 'A"B', '"A"B', "a\rb", "x\x00", "0x10", "\ufeff"]
) | st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=4)
fields_of_ours = st.tuples(times, tickers, numbers, numbers, numbers, numbers, numbers, numbers)
fields_of_tardis = st.tuples(
    tickers, tickers, numbers, numbers, numbers, numbers, numbers, numbers, tickers
)
good_line = st.just(GOOD)
odd_lines = st.sampled_from(
    [b"", b"\r", b"junk", b'"', b" ", b"\xff" + GOOD, b"\xef\xbb\xbf" + GOOD, GOOD + b',"']
)


def lines_of(fields: st.SearchStrategy[tuple[str, ...]]) -> st.SearchStrategy[bytes]:
    return fields.map(lambda texts: ",".join(texts).encode())


def files(lines: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    ends = st.sampled_from([b"\n", b"\r\n", b"\r\r\n"])
    return st.tuples(st.lists(st.tuples(lines, ends).map(b"".join)), lines | st.just(b"")).map(
        lambda parts: b"".join(parts[0]) + parts[1]
    )


@settings(max_examples=200, deadline=None)
@given(files(good_line | good_line | lines_of(fields_of_ours) | odd_lines))
@example(GOOD + b"\n" + GOOD.replace(b"A@B", b'"A'))
@example(GOOD.replace(b"A@B", b'"A') + b"\n" + GOOD.replace(b"A@B", b'A"'))
@example(b"\xef\xbb\xbf" + GOOD)
@example(GOOD.replace(b",7", b",0x10"))
@example(GOOD.replace(b",7", b',"7') + b"\n\n")
@example(GOOD + b"\r" + GOOD + b"\n" + GOOD.replace(b"A@B", b'"A\nB"'))
@example(GOOD.replace(b"2025-10-02 23:59:57.290000", b"2262-04-11 23:47:16.854775807"))
@example(GOOD.replace(b"A@B", b"A" * 257))
def test_the_fast_reader_and_the_judge_agree(data: bytes) -> None:
    assert one_by_one(data, OURS) == fast(data, OURS)


@settings(max_examples=80, deadline=None)
@given(files(lines_of(fields_of_tardis)))
@example(b"x,y,9300000000000000,0,1,2,1,1,\n")
@example(b"x,y,9300000000000000,9300000000000000,1,2,1,1,\n")
@example(b"x,y,,0,1,2,1,1,\n")
@example(b"x,y,0,0,1,2,1,1," + b"z" * 70_000)
@example(b'x,y,0,0,1,2,1,1,"open\n')
@example(b"x,\xc3\x9f,0,0,1,2,1,1,\n")
@example(b"x,y,9223372036854775,-9223372036854775,1,2,1,1,\n")
def test_they_agree_on_tardis(data: bytes) -> None:
    assert one_by_one(data, TARDIS) == fast(data, TARDIS)


@settings(max_examples=30, deadline=None)
@given(st.lists(lines_of(fields_of_ours) | odd_lines, min_size=1, max_size=6), st.data())
def test_they_agree_when_bad_lines_lie_far_apart(bad: list[bytes], data: st.DataObject) -> None:
    lines = [GOOD] * (3 * FEW_LINES)
    for line in bad:
        lines.insert(data.draw(st.integers(0, len(lines))), line)
    text = b"\n".join(lines)

    assert one_by_one(text, OURS) == fast(text, OURS)


def test_one_field_that_differs_is_judged_alike_wherever_it_stands() -> None:
    texts = ["", " ", "nan", "-1", "inf", "1e400", "0x10", "7.0", "1_0", "1\x00", '"1"2', '1"2"']
    good = GOOD.split(b",")
    lines = [
        b",".join([*good[:place], text.encode(), *good[place + 1 :]])
        for place in range(len(good))
        for text in texts
    ]

    for line in lines:
        assert one_by_one(line, OURS) == fast(line, OURS)


def test_a_position_holds_the_file_and_the_byte() -> None:
    quotes, _ = fast(GOOD + b"\n\n" + GOOD, OURS, file_number=3)

    offsets = [OFFSET, OFFSET + len(GOOD) + 2]
    assert [(3 << FILE_SHIFT) + offset for offset in offsets] == [quote[0] for quote in quotes]


@pytest.mark.parametrize("data", [b"", b"\n", b"\r\n\n", b"junk\n"])
def test_lines_may_hold_no_row(data: bytes) -> None:
    assert [] == fast(data, OURS)[0]
