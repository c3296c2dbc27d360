"""A good object becomes a row, whatever its shape; a bad one is reported, and spoils no other."""

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import few
from tests.test_rejection_codes import CODES, without_numbers
from zreplay.live.live_message import _MESSAGE, LiveMessage, decode
from zreplay.quotes.block import COLUMN_NAMES, Block
from zreplay.quotes.rejection import CAPTURE_NAME, MISSING, Rejection, RowCode

GOOD = {
    "index": 29999,
    "timestamp": "2025-10-02 23:59:57.290000",
    "ticker": "AVNT-USDT-SWAP@BINANCE",
    "ask_amount": 993.0,
    "ask_price": 1.1309,
    "bid_price": 1.1308,
    "bid_amount": 36.0,
}
OFFSET = 1000


def quote(**changes: Any) -> dict[str, Any]:
    return {**GOOD, **changes}


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in GOOD.items() if name not in names}


def decode_texts(*texts: str | bytes) -> tuple[Block, list[Rejection]]:
    payloads = [text.encode() if isinstance(text, str) else text for text in texts]
    return decode(
        LiveMessage(100 + number, memoryview(payload), OFFSET * (number + 1))
        for number, payload in enumerate(payloads)
    )


def decode_objects(*objects: Any) -> tuple[Block, list[Rejection]]:
    return decode_texts(*map(json.dumps, objects))


def row_of(block: Block, row: int = 0) -> dict[str, Any]:
    values = {name: getattr(block, name)[row].item() for name in COLUMN_NAMES}
    values["ticker"] = block.ticker_names[values.pop("ticker_codes")]
    return values


def test_a_quote_is_taken_with_all_its_columns() -> None:
    block, rejections = decode_objects(GOOD)

    row = row_of(block)
    assert math.isnan(row.pop("latency_ms"))
    assert {
        "arrival_ns": 100,
        "position": OFFSET,
        "index": 29999,
        "timestamp_ns": 1_759_449_597_290_000_000,
        "ticker": "AVNT-USDT-SWAP@BINANCE",
        "ask_amount": 993.0,
        "ask_price": 1.1309,
        "bid_price": 1.1308,
        "bid_amount": 36.0,
    } == row
    assert [] == rejections


@pytest.mark.parametrize(
    ("changes", "column", "value"),
    [
        ({"ask_price": "1.5"}, "ask_price", 1.5),
        ({"ask_price": "3.9e-08"}, "ask_price", 3.9e-08),
        ({"bid_price": 0}, "bid_price", 0.0),
        ({"index": "7"}, "index", 7),
        ({"index": None}, "index", -1),
        ({"ask_amount": None}, "ask_amount", math.nan),
        ({"ask_amount": ""}, "ask_amount", math.nan),
        ({"bid_amount": "nan"}, "bid_amount", math.nan),
        ({"timestamp": "2025-10-02T23:59:57Z"}, "timestamp_ns", 1_759_449_597 * 10**9),
        ({"ticker": "ÄÖ\x00\n😀"}, "ticker", "ÄÖ\x00\n😀"),
        ({"more": {"deep": [1]}}, "index", 29999),
    ],
)
def test_other_ways_to_write_a_quote_are_read_too(
    changes: dict[str, Any], column: str, value: Any
) -> None:
    block, rejections = decode_objects(quote(**changes))

    assert [] == rejections
    np.testing.assert_equal(row_of(block)[column], value)


def test_index_and_amounts_may_be_absent() -> None:
    block, rejections = decode_objects(without("index", "ask_amount", "bid_amount"))

    row = row_of(block)
    assert [] == rejections
    assert -1 == row["index"]
    assert math.isnan(row["ask_amount"]) and math.isnan(row["bid_amount"])


@pytest.mark.parametrize(
    ("changes", "column", "value", "reason"),
    [
        ({"bid_price": "abc"}, "bid_price", "abc", "not a number"),
        ({"bid_price": "1_0"}, "bid_price", "1_0", "not a number"),
        ({"bid_price": True}, "bid_price", "true", "not a number"),
        ({"bid_price": [1]}, "bid_price", "[1]", "not a number"),
        ({"bid_price": -1}, "bid_price", "-1.0", "negative"),
        ({"ask_price": "nan"}, "ask_price", "nan", "not finite"),
        ({"ask_price": "inf"}, "ask_price", "inf", "not finite"),
        ({"ask_price": "1e400"}, "ask_price", "1e400", "not a number"),
        ({"ask_amount": "inf"}, "ask_amount", "inf", "not finite"),
        ({"ask_amount": "many"}, "ask_amount", "many", "not a number"),
        ({"timestamp": 1759449597}, "timestamp", "1759449597", "not a text"),
        ({"timestamp": "today"}, "timestamp", "today", "not a time from 1677 to 2262"),
        ({"timestamp": ""}, "timestamp", "", "missing"),
        (
            {"ticker": "", "timestamp": "today"},
            "timestamp",
            "today",
            "not a time from 1677 to 2262",
        ),
        ({"ticker": ""}, "ticker", "", "missing"),
        ({"ticker": 5}, "ticker", "5", "not a text"),
        ({"ticker": "T" * 257}, "ticker", "T" * 200, "longer than 256 characters"),
        ({"ticker": "💥" * 5000}, "ticker", "💥" * 200, "longer than 256 characters"),
        ({"timestamp": "9" * 5000}, "timestamp", "9" * 200, "not a time from 1677 to 2262"),
        ({"index": "9" * 5000}, "index", "9" * 200, "not an integer"),
        ({"bid_price": "9" * 5000}, "bid_price", "9" * 200, "not a number"),
        ({"index": 1.5}, "index", "1.5", "not an integer"),
        ({"index": 2**63}, "index", str(2**63), "not an integer"),
    ],
)
def test_a_bad_value_is_named_whatever_stands_beside_it(
    changes: dict[str, Any], column: str, value: str, reason: str
) -> None:
    code = RowCode(CODES[without_numbers(reason)])
    alone, rejections = decode_objects(quote(**changes))
    assert 0 == len(alone)
    assert [Rejection(CAPTURE_NAME, None, OFFSET, column, value, reason, code)] == rejections

    beside, rejections = decode_objects([GOOD, quote(**changes), quote(index=3)])
    assert [29999, 3] == beside.index.tolist()
    assert [OFFSET, OFFSET + 2] == beside.position.tolist()
    assert [Rejection(CAPTURE_NAME, None, OFFSET + 1, column, value, reason, code)] == rejections


@pytest.mark.parametrize("name", ["ask_price", "bid_price"])
def test_a_side_that_is_missing_is_no_price_and_no_fault(name: str) -> None:
    for message in (quote(**{name: None}), quote(**{name: ""}), without(name)):
        for objects in (message, [quote(index=3), message]):
            block, rejections = decode_objects(objects)

            assert [] == rejections
            assert math.isnan(getattr(block, name)[-1])


@pytest.mark.parametrize("name", ["timestamp", "ticker"])
def test_a_key_that_is_needed_and_absent_is_named(name: str) -> None:
    block, rejections = decode_objects(without(name))

    assert 0 == len(block)
    assert [Rejection(CAPTURE_NAME, None, OFFSET, name, "", *MISSING)] == rejections


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "not JSON"),
        (b"hello", "not JSON"),
        (b'{"timestamp":', "not JSON"),
        (b"[" * 50_000, "not JSON"),
        (b'{"a":' * 50_000, "not JSON"),
        (b"NaN", "not JSON"),
        (b"null", "not a JSON object"),
        (b"42", "not a JSON object"),
        (b'"text"', "not a JSON object"),
        (b"[[]]", "not a JSON object"),
    ],
)
def test_what_is_no_object_is_rejected_and_the_next_message_is_not(
    payload: bytes, reason: str
) -> None:
    block, rejections = decode_texts(payload, json.dumps(GOOD))

    assert [2 * OFFSET] == block.position.tolist()
    assert [(OFFSET, "", reason)] == [(r.offset, r.column, r.reason) for r in rejections]


@pytest.mark.parametrize(
    ("text", "bad", "column"),
    [(b'"AVNT-USDT-SWAP@BINANCE"', b'"\xff"', "ticker"), (b"1.1309", b"1e400", "ask_price")],
)
def test_bytes_that_no_json_encoder_writes_are_named_too(
    text: bytes, bad: bytes, column: str
) -> None:
    payload = json.dumps([GOOD, GOOD]).encode().replace(text, bad, 1)

    block, rejections = decode_texts(payload)

    assert [OFFSET + 1] == block.position.tolist()
    assert [(OFFSET, column)] == [(each.offset, each.column) for each in rejections]


def test_an_empty_list_holds_nothing() -> None:
    block, rejections = decode_texts("[]", " [ ] ")

    assert (0, []) == (len(block), rejections)


def test_rejections_come_in_the_order_of_their_place() -> None:
    _, rejections = decode_texts(
        json.dumps(quote(ask_price=-1)), "no", json.dumps([quote(ticker=""), 5]), "no"
    )

    assert [1000, 2000, 3000, 3001, 4000] == [rejection.offset for rejection in rejections]


def test_no_messages_are_an_empty_block() -> None:
    block, rejections = decode([])

    assert (0, []) == (len(block), rejections)


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "null", "nan", "-1", "1.5", " 1", "1e999", "x", "-0", "0x1", "NULL"]),
    st.lists(st.integers(), max_size=1),
)
OBJECTS = st.builds(
    lambda changes, absent: {
        name: value for name, value in {**GOOD, **changes}.items() if name not in absent
    },
    st.dictionaries(st.sampled_from(list(GOOD)), VALUES, max_size=2),
    st.sets(st.sampled_from(list(GOOD)), max_size=1),
)


@settings(max_examples=few(37))
@given(st.lists(st.one_of(OBJECTS, VALUES), min_size=1, max_size=5))
def test_an_object_fares_the_same_alone_and_in_any_list(objects: list[Any]) -> None:
    """One way decodes a whole message at once, the other takes it apart."""
    together, rejected_together = decode_objects([*objects, "spoils the list"])
    assert OFFSET + len(objects) == rejected_together.pop().offset
    for number, each in enumerate(objects):
        payload = json.dumps(each).encode()
        alone, rejected_alone = decode([LiveMessage(100, payload, OFFSET + number)])
        if isinstance(each, list):
            continue
        at = together.take(np.flatnonzero(together.position == OFFSET + number))
        assert [r for r in rejected_together if r.offset == OFFSET + number] == rejected_alone
        assert len(alone) == len(at)
        if len(alone):
            np.testing.assert_equal(row_of(at), row_of(alone))


def test_the_usual_shapes_need_no_taking_apart() -> None:
    for shape in (GOOD, [GOOD, GOOD], quote(ask_price="1.5", index=None, bid_amount=None)):
        _MESSAGE.decode(json.dumps(shape))


def test_prices_below_zero_are_taken_where_they_are_allowed() -> None:
    messages = [LiveMessage(7, json.dumps(quote(bid_price=-1)).encode(), 0)]
    block, rejections = decode(messages, may_be_negative=True)

    assert ([], [-1.0]) == (rejections, block.bid_price.tolist())
