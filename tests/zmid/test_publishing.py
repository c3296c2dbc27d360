"""Every committed row is published once, in order, with how many came before it of its ticker."""

import struct
from collections.abc import Iterator
from contextlib import nullcontext

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from protocol.messages import Result
from protocol.published import MOST_ROWS, PublishedMids, pack, topic_of, unpack
from tests.zmid.fakes import result
from tests.zmid.processors.recorded import batch
from zmid.mid_rule import MidRule
from zmid.processors.mids_table import mids_table
from zmid.processors.processing import Processing
from zmid.publishing import Publishing, counted, table_of

RULE = MidRule(20.0, "exchange")
EVERYTHING = (b"",)


def computed(tickers: list[str], first: int = 0) -> Result:
    """A result of quotes of these tickers, in this order."""
    names = tuple(dict.fromkeys(tickers))
    codes = [names.index(ticker) for ticker in tickers]
    columns = batch(len(tickers), first).columns
    columns = replace(
        columns, ticker_names=names, ticker_codes=struct.pack(f"<{len(codes)}i", *codes)
    )
    quotes = replace(batch(len(tickers), first), columns=columns)
    processing = Processing(
        [mids_table(RULE)], RULE, "worker", lambda *_: nullcontext(), lambda count: 0
    )
    (made,) = processing.results(quotes)
    return made


def rows(messages: Iterator[PublishedMids]) -> list[tuple[str, int, int]]:
    """Return ticker, count before and record of each row, in the order that it was sent."""
    found = []
    for message in messages:
        sent = unpack(topic_of(message), pack(message))
        assert isinstance(sent, PublishedMids)
        for place, record in enumerate(np.frombuffer(sent.record, "<i8").tolist()):
            found.append((sent.ticker, sent.before + place, record))
    return found


TICKERS = st.lists(st.sampled_from(["A", "B", "BTC", "Ö"]), min_size=1, max_size=30)


@given(st.lists(TICKERS, min_size=1, max_size=4))
def test_each_row_comes_once_behind_those_before_it_of_its_ticker(groups: list[list[str]]) -> None:
    publishing, first = Publishing({}), 0
    expected: dict[str, list[int]] = {}
    found: dict[str, list[int]] = {}
    for tickers in groups:
        for place, ticker in enumerate(tickers):
            expected.setdefault(ticker, []).append(first + place)
        for ticker, before, record in rows(
            publishing.messages([computed(tickers, first)], EVERYTHING)
        ):
            assert before == len(found.setdefault(ticker, []))
            found[ticker].append(record)
        first += len(tickers)

    assert expected == found
    assert {ticker: len(records) for ticker, records in found.items()} == publishing.counts


def test_several_results_of_a_group_are_published_as_one() -> None:
    publishing = Publishing({"A": 5})
    group = [computed(["A", "B"]), computed(["B", "A"], 2)]

    sent = rows(publishing.messages(group, EVERYTHING))

    assert [("A", 5, 0), ("A", 6, 3), ("B", 0, 1), ("B", 1, 2)] == sent


def test_what_nobody_subscribes_to_is_counted_and_not_sent() -> None:
    publishing = Publishing({})
    group = [computed(["A", "BTC", "B"])]

    assert [("BTC", 0, 1), ("B", 0, 2)] == rows(publishing.messages(group, (b"B", b"X")))
    assert [] == rows(publishing.messages(group, ()))
    assert {"A": 2, "B": 2, "BTC": 2} == publishing.counts


def test_the_numbers_are_those_of_the_table() -> None:
    group = [computed(["A", "A", "A"])]
    (message,) = Publishing({}).messages(group, EVERYTHING)
    table = table_of(group)
    assert table is not None

    for name in ("arrival", "timestamp"):
        sent = np.frombuffer(getattr(message, f"{name}_ns"), "<i8").tolist()
        assert table[name].cast(pa.int64()).to_pylist() == sent
    for name in ("latency_ms", "bid_price", "ask_price", "mid"):
        numbers = np.frombuffer(getattr(message, name), "<f8").tolist()
        sent_or_none = [None if number != number else number for number in numbers]
        assert table[name].to_pylist() == sent_or_none


def test_a_message_holds_no_more_rows_than_the_limit() -> None:
    messages = [*Publishing({}).messages([computed(["A"] * (2 * MOST_ROWS + 1))], EVERYTHING)]

    assert [MOST_ROWS, MOST_ROWS, 1] == [message.count for message in messages]


def test_a_result_without_the_table_gives_nothing() -> None:
    assert [] == [*Publishing({}).messages([result(0)], EVERYTHING)]


def test_a_table_that_cannot_be_read_is_an_error() -> None:
    made = computed(["A"])
    with pytest.raises(pa.ArrowException):
        [*Publishing({}).messages([replace(made, outputs=(b"junk" * 9,))], EVERYTHING)]


def test_what_was_committed_before_is_counted_from_the_table() -> None:
    table = table_of([computed(["A", "B", "A"]), computed(["B"], 3)])
    assert table is not None

    assert {"A": 2, "B": 2} == counted(iter(table.to_batches()), {})
