"""Each line holds one quote; what cannot stand in a line is refused."""

import numpy as np
import pyarrow as pa
import pytest

from protocol.errors import SettingsError
from tests.forms import in_form
from tests.zreplay.example_quotes import make_block
from zreplay.conversion.csv_text import header_line, lines
from zreplay.conversion.quote_table import QuoteTable
from zreplay.quotes.block import Block, Float64s, Int64s

_EDGES = (
    *(0.0, -0.0, 1e-6, 9.999999999999999e-7, 1e-7, -1e-8, 1e10, 9999999999.999998, 2.0**49, 1e15),
    *(5e-324, 1.7976931348623157e308, 0.1, -0.30000000000000004, np.inf, -np.inf),
)


def text_of(tickers: list[str]) -> list[str]:
    table = QuoteTable(has_latency=True)
    block = make_block([1_759_363_200_000_000_001] * len(tickers), tickers)
    return (header_line(table.schema) + bytes(lines(table.batch(block)))).decode().split("\n")


def test_a_line_is_a_quote_with_nothing_where_nothing_was() -> None:
    assert [
        "arrival,timestamp,latency_ms,ticker,ask_price,bid_price,ask_amount,bid_amount,index",
        "2025-10-02 00:00:00.000000001,2025-10-01 23:59:59.999000001,1,A,101,100,0.25,,0",
        "",
    ] == text_of(["A"])


def test_names_are_quoted_where_they_have_to_be() -> None:
    expected = ["A", '"B,C"', '"""D"""', "A"]

    texts = [
        line.split(",", 3)[3].split(",10")[0] for line in text_of(["A", "B,C", '"D"', "A"])[1:-1]
    ]
    assert expected == texts


@pytest.mark.parametrize("end", ["\n", "\r"])
def test_a_name_with_a_line_break_is_refused(end: str) -> None:
    with pytest.raises(SettingsError, match="has a line break"):
        text_of(["A", f"B{end}"])


def test_a_part_of_a_batch_is_its_own_lines() -> None:
    table = QuoteTable(has_latency=False)
    batch = table.batch(make_block([0, 1, 2], ["A", "B", "C"]))

    parts = [bytes(lines(batch.slice(first, 1))) for first in range(3)]
    assert bytes(lines(batch)) == b"".join(parts)
    assert pa.py_buffer(parts[1]).to_pybytes().startswith(b"1970-01-01 00:00:00.000000001,")


def test_numbers_read_back_as_they_are_whether_they_repeat_or_not() -> None:
    for prices in ([0.1, 0.1, 1e-300, 1e22, 2.5, 0.1] * 9, [1.1, 1e-7, 123456789.125, 3e15]):
        table = QuoteTable(has_latency=True)
        block = make_block([0] * len(prices), ["A"] * len(prices))
        block.ask_price[:] = prices
        rows = bytes(lines(table.batch(block))).decode().split("\n")[:-1]

        assert prices == [float(row.split(",")[4]) for row in rows]


def _numbers(dice: np.random.Generator, count: int) -> Float64s:
    numbers: Float64s = [
        lambda: np.round(dice.lognormal(3, 4, count), int(dice.integers(0, 9))),
        lambda: dice.integers(0, 2**64, count, np.uint64).view(np.float64),
        lambda: np.ldexp(1.0, dice.integers(-1074, 1024, count)),
        lambda: dice.integers(-(10**15), 10**15, count) / 10.0 ** dice.integers(0, 12),
        lambda: dice.choice(_EDGES, count),
    ][dice.integers(0, 5)]()
    numbers[dice.random(count) < 0.1] = np.nan
    return numbers


def _times(dice: np.random.Generator, count: int) -> Int64s:
    near = 1_759_449_597_290_000_000 + dice.integers(0, 10**10, count).cumsum()
    return near if dice.random() < 0.5 else dice.integers(-(2**63), 2**63 - 1, count)


def _anything(dice: np.random.Generator) -> Block:
    count = int(dice.integers(1, 300))
    return Block(
        arrival_ns=_times(dice, count),
        position=np.arange(count),
        index=np.where(dice.random(count) < 0.2, -1, dice.integers(-(2**63), 2**63 - 1, count)),
        timestamp_ns=_times(dice, count),
        latency_ms=np.nan_to_num(_numbers(dice, count), nan=1.5),
        ask_amount=_numbers(dice, count),
        ask_price=_numbers(dice, count),
        bid_price=_numbers(dice, count),
        bid_amount=_numbers(dice, count),
        ticker_codes=dice.integers(0, 5, count).astype(np.int32),
        ticker_names=("A", "B,C", '"D"', "", "ü" * 256),
    )


@pytest.mark.usefixtures("compiled")
def test_the_compiled_text_is_the_text_that_is_defined() -> None:
    for seed in range(60):
        dice = np.random.default_rng(seed)
        batch = QuoteTable(has_latency=bool(seed % 3)).batch(_anything(dice))
        batch = batch.slice(int(dice.integers(0, len(batch))))
        texts = {}
        for form in ("compiled", "plain"):
            with in_form(form):
                texts[form] = bytes(lines(batch))

        assert texts["plain"] == texts["compiled"], f"seed {seed}"
