"""A plain line is read exactly; any other is named, and nothing about it is guessed."""

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.depth import few
from tests.zreplay.recordings.csv.csv_lines import (
    AMOUNT,
    GOOD,
    INDEX,
    LATENCY,
    OFFSET,
    OURS,
    PRICE,
    TICKER,
    TIME,
    decimals,
    floats,
    line_with,
    one_by_one,
    quotes_of,
)
from tests.zreplay.recordings.csv.headers import read_header
from zreplay.recordings.csv import plain_rows
from zreplay.recordings.csv.line_fields import Fault
from zreplay.recordings.csv.line_rows import Row, read_line
from zreplay.recordings.csv.plain_rows import (
    ALWAYS_ODD,
    ODD_SHARE,
    PlainRows,
    PlainText,
    SharedRows,
)
from zreplay.recordings.formats.layout import Layout

pytestmark = pytest.mark.usefixtures("compiled")

COLUMNS = list(OURS.header)


def read(*lines: str, base: int = 0) -> PlainText:
    text = "".join(f"{line}\n" for line in lines).encode()
    plain = PlainRows(OURS).read(memoryview(text), len(lines), base)
    assert plain is not None
    return plain


def is_plain(text: str) -> bool:
    return len(read(text).block) == 1


def judged(text: str) -> Row:
    row = read_line(text.encode(), OURS)
    assert not isinstance(row, Fault), row
    return row


def prices(texts: list[str]) -> list[float]:
    return read(*(line_with(PRICE, text) for text in texts)).block.ask_price.tolist()


latencies = st.sampled_from(["24.4", "-1270.5", "14.812818620427246", "0.1234567890123456789"])
rows_of_ours = st.tuples(
    st.sampled_from(
        ["2025-10-02 23:59:57.290000", "2025-10-02T23:59:58Z", "2025-10-03 00:00:00.1"]
    ),
    st.text("ABC@-", max_size=30),
    *(floats | decimals | st.sampled_from(["", "-1.5", "7"]) for _ in range(4)),
    floats | latencies,
    st.integers(0, 10**18).map(str) | st.just(""),
)


@settings(max_examples=few(75), deadline=None)
@given(st.permutations(COLUMNS), st.lists(rows_of_ours, min_size=1, max_size=3))
def test_a_plain_line_has_the_values_that_the_judge_reads_whatever_its_columns(
    columns: list[str], rows: list[tuple[str, ...]]
) -> None:
    layout = read_header(",".join(columns).encode(), "a")
    lines = [
        ",".join(dict(zip(COLUMNS, row, strict=True))[name] for name in columns) for row in rows
    ]
    text = "".join(f"{line}\n" for line in lines).encode()
    plain = PlainRows(layout).read(memoryview(text), len(lines), OFFSET)

    assert plain is not None
    odd = plain.odd_lines[:, 2].tolist()
    expected, _ = one_by_one(text, layout)
    starts = {OFFSET + start for start in plain.starts.tolist()}
    assert [quote for quote in expected if quote[0] in starts] == quotes_of(plain.block)
    assert len(lines) == len(starts) + len(odd)


def test_numbers_of_market_data_are_plain() -> None:
    texts = ["200", "0.0945345", "24.435913010256233", "3.9e-08", "1E5", "0", "5.", ".5", "1e+3"]

    assert [float(text) for text in texts] == prices(texts)


@pytest.mark.parametrize("digits", ["1234567890123456789", "9999999999999999999", "0" * 20 + "7"])
def test_up_to_19_digits_are_plain_with_a_point_anywhere(digits: str) -> None:
    cut = [digits[-count:] for count in range(1, len(digits) + 1)]
    texts = cut + [f"{text[:at]}.{text[at:]}" for text in cut for at in range(len(text) + 1)]

    assert [float(text) for text in texts] == prices(texts)


@pytest.mark.parametrize(
    ("place", "text"),
    [
        *[(PRICE, text) for text in ("-1", "+1", " 1", "1 ", "nan", "inf", "0x10", "1_0", "-")],
        *[(PRICE, text) for text in ("1e400", "1e", ".", "1e-30", "1.1.1", "1e99999")],
        *[(PRICE, text) for text in ("18446744073709551617", "1.8446744073709551617")],
        *[(AMOUNT, text) for text in ("nan", " ", "x")],
        *[(LATENCY, text) for text in ("", "1e13", "nan")],
        *[(INDEX, text) for text in ("7.0", "1" * 19, "-", "+7", "0x7")],
        *[
            (TICKER, text)
            for text in ("ö", '"A"', "a\rb", "x\x00", "\x1f", "\x7f", "A" * 57, "\ufeff")
        ],
        (TIME, "2025-02-29 00:00:00"),
        *[(TIME, f"{day} 00:00:00") for day in ("2025-13-01", "2025-00-01", "2025-04-31")],
        *[(TIME, f"2025-10-02 {time}") for time in ("24:00:00", "00:60:00", "00:00:60", "00:00")],
        *[
            (TIME, f"2025-10-02 00:00:00{end}")
            for end in (".", ".1234567890", "+24:00", "+0100", "ZZ", " ")
        ],
        *[(TIME, f"{year}-10-02 00:00:00") for year in ("1969", "2262", "x025", "20x5")],
        *[
            (TIME, text)
            for text in ("", "2025-10-02", "2025/10/02 00:00:00", "2025-10-02_00:00:00")
        ],
    ],
)
def test_a_field_of_a_rare_form_makes_its_line_odd(place: int, text: str) -> None:
    odd = line_with(place, text)
    plain = read(GOOD.decode(), odd, GOOD.decode())

    start = len(GOOD) + 1
    assert [[start, start + len(odd.encode()), 1]] == plain.odd_lines.tolist()
    assert [0, start + len(odd.encode()) + 1] == plain.starts.tolist()
    assert [0, 2] == plain.numbers.tolist()


@pytest.mark.parametrize("text", [GOOD.decode() + ",1", GOOD.decode().rpartition(",")[0], "junk"])
def test_a_line_with_other_fields_is_odd(text: str) -> None:
    assert not is_plain(text)


def test_a_line_of_thousands_of_bytes_is_odd() -> None:
    layout = read_header(
        b"timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency,note", "a"
    )
    text = GOOD.rpartition(b",")[0] + b"," + b"x" * 5000 + b"\n"
    plain = PlainRows(layout).read(memoryview(text), 1, 0)

    assert plain is not None and [[0, len(text) - 1, 0]] == plain.odd_lines.tolist()


@pytest.mark.parametrize(
    "text",
    [
        *(GOOD.decode(), GOOD.decode() + "\r", GOOD.decode() + "\r\r"),
        *(
            line_with(AMOUNT, ""),
            line_with(INDEX, ""),
            line_with(INDEX, "-7"),
            line_with(LATENCY, "-1270.5"),
        ),
        *(
            line_with(TICKER, ""),
            line_with(TICKER, "A B"),
            line_with(TICKER, "A" * 56),
            line_with(PRICE, "-0.0"),
        ),
        *(
            line_with(TIME, "2024-02-29T23:59:59.123456789Z"),
            line_with(TIME, "1970-01-01 00:00:00"),
        ),
        *(
            line_with(TIME, "2000-02-29 00:00:00.5"),
            line_with(TIME, "2261-12-31 23:59:59.999999999"),
        ),
    ],
)
def test_a_plain_line_has_the_values_that_the_judge_reads(text: str) -> None:
    row = judged(text)
    names = ["arrival_ns", "index", "timestamp_ns", "latency_ms", "ask_amount"]
    names += ["ask_price", "bid_price", "bid_amount"]

    [quote] = quotes_of(read(text, base=1000).block)
    values = [getattr(row, name) for name in names]
    assert (1000, *("nan" if value != value else value for value in values), row.ticker) == quote


def test_an_arrival_beyond_64_bits_is_odd() -> None:
    assert not is_plain(line_with(TIME, "2261-12-31 23:59:59").replace(",24.4,", ",899999999999,"))


def test_blank_lines_are_passed_over_and_counted_as_lines() -> None:
    plain = read("", GOOD.decode(), "\r", "\r\r", GOOD.decode())

    assert ([1, 4], []) == (plain.numbers.tolist(), plain.odd_lines.tolist())


def test_too_many_odd_lines_are_not_for_this_reader() -> None:
    good, odd = GOOD + b"\n", b"junk\n"
    for odd_count, is_read in ((ALWAYS_ODD, True), (ALWAYS_ODD + ODD_SHARE, False)):
        text = good * ODD_SHARE + odd * odd_count
        plain = PlainRows(OURS).read(memoryview(text), ODD_SHARE + odd_count, 0)
        assert is_read == (plain is not None)


def test_a_line_of_more_marks_than_are_kept_is_odd_and_the_next_is_read() -> None:
    plain = read(GOOD.decode(), "," * 3000, GOOD.decode())

    start = len(GOOD) + 1
    assert [[start, start + 3000, 1]] == plain.odd_lines.tolist()
    assert [0, start + 3001] == plain.starts.tolist()


UPPER = replace(OURS, has_upper_tickers=True)
files_of_names = st.lists(
    st.tuples(
        st.sampled_from([OURS, UPPER]),
        st.lists(st.lists(st.sampled_from("abcABC"), max_size=4), max_size=3),
    ),
    max_size=5,
)


@given(files_of_names, st.integers(0, 4), st.randoms(use_true_random=False))
def test_files_that_share_their_names_are_read_as_alone(
    files: list[tuple[Layout, list[list[str]]]], most_shared: int, chance: random.Random
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain_rows, "MOST_SHARED_NAMES", most_shared)
        shared = SharedRows()
        readers = [(PlainRows(layout), shared.of(layout), texts) for layout, texts in files]
        blocks = [(one, other, text) for one, other, texts in readers for text in texts]
        chance.shuffle(blocks)
        for alone, together, names in blocks:
            assert together is not None
            text = "".join(f"{line_with(TICKER, name)}\n" for name in names).encode()
            expected, found = (
                reader.read(memoryview(text), len(names), 0) for reader in (alone, together)
            )
            assert expected is not None and found is not None
            assert quotes_of(expected.block) == quotes_of(found.block)
            anew = found.block.take(slice(None))  # which has to look for its bounds
            assert not names or anew.bounds == found.block.bounds


def test_a_file_of_the_same_layout_has_the_names_of_those_before_it_up_to_a_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(plain_rows, "MOST_SHARED_NAMES", 2)
    shared = SharedRows()
    first = shared.of(OURS)
    text = "".join(f"{line_with(TICKER, name)}\n" for name in "ABC").encode()

    assert first is shared.of(replace(OURS))
    assert first is not shared.of(UPPER)
    several = shared.of(OURS)
    assert several is not None
    several.read(memoryview(text), 3, 0)
    assert several is not shared.of(OURS)


def test_lines_that_are_shorter_than_those_before_are_gathered_too(tmp_path: Path) -> None:
    long, short = [line_with(LATENCY, "14.812818620427246")] * 9, [line_with(LATENCY, "1")] * 400
    rows, path = PlainRows(OURS), tmp_path / "a"
    for lines in (long, short, long):
        text = "".join(f"{line}\n" for line in lines).encode()
        path.write_bytes(text)
        with path.open("rb") as file:
            stretches = np.array([(file.fileno(), 0, len(text), 7)], np.int64)
            found = rows.gather(stretches, bytearray(len(text)), np.empty((1, 10), np.int64))
        read = PlainRows(OURS).read(memoryview(text), len(lines), 7)

        assert found is not None and read is not None
        assert len(lines) == len(found.block)
        assert read.block.position.tolist() == found.block.position.tolist()
        assert read.block.index.tolist() == found.block.index.tolist()
