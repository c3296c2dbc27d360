"""Bybit: snapshots and deltas of level 1, what is repeated, what is gone, its answers."""

import csv
import json

import pytest

from tests.zreplay.venue_messages import (
    CAPTURES,
    asked,
    check_picked,
    reader,
    real_captures,
    told,
)
from zreplay.live.known_venues import venue_of
from zreplay.live.venue import Acknowledged, Heartbeat, Refused, Told, Unknown, VenueQuote


@real_captures
def test_a_real_book_gives_the_times_and_ids_of_its_quotes_and_the_snapshot_whole() -> None:
    """Its deltas are of 500 levels: which of them are the best, level 1 alone cannot say."""
    read = reader("bybit")
    lines = (CAPTURES / "BYBIT_ORDERBOOK.jsonl").read_text().splitlines()
    quotes = [read(line.replace("book.500.", "book.1.").encode())[0] for line in lines]  # type: ignore[index]
    with (CAPTURES / "BYBIT_ORDERBOOK.expected.csv").open() as file:
        rows = list(csv.DictReader(file))

    first = VenueQuote("XRPUSDT", 1.9531, 6203.0, 1.9532, 10480.0, 1733011200589000000, 20254869)
    assert first == quotes[0]
    assert [(int(row["exchange_ns"]), int(row["update_id"])) for row in rows] == [
        (quote.timestamp_ns, quote.update_id) for quote in quotes
    ]


def test_real_messages_give_exactly_their_quotes() -> None:
    check_picked("bybit")


def test_ten_topics_are_asked_for_at_most() -> None:
    venue = venue_of("bybit-linear")
    expected = {"req_id": "7", "op": "subscribe", "args": ["orderbook.1.BTCUSDT"]}

    assert expected == asked(venue, "BTCUSDT")
    assert 10 == venue.limits.symbols_a_request


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"success":true,"ret_msg":"","op":"subscribe","req_id":"4"}', Acknowledged(request=4)),
        ('{"success":true,"ret_msg":"","op":"subscribe","req_id":"x-1"}', Acknowledged()),
        (
            '{"success":false,"ret_msg":"Invalid topic: a","op":"subscribe","req_id":"4"}',
            Refused("Invalid topic: a", request=4),
        ),
        ('{"success":true,"ret_msg":"pong","op":"ping"}', Heartbeat(is_answer=True)),
        ('{"op":"pong","args":["1675418560633"]}', Heartbeat(is_answer=True)),
        ('{"topic":"tickers.A","data":{"symbol":"A"}}', Unknown("topic=tickers.A")),
        ('{"topic":"orderbook.50.A","data":{"s":"A"}}', Unknown("topic=orderbook.50")),
        ("{}", Unknown("neither an answer nor a book")),
    ],
)
def test_what_is_no_quote_is_told(text: str, expected: Told) -> None:
    assert expected == told("bybit", text)


def book(kind: str, bids: list[list[str]], asks: list[list[str]], update_id: int = 5) -> bytes:
    data = {"s": "A", "b": bids, "a": asks, "u": update_id}
    return json.dumps({"topic": "orderbook.1.A", "type": kind, "ts": 9, "data": data}).encode()


def test_a_side_that_a_delta_does_not_name_is_as_it_was() -> None:
    read = reader("bybit")
    read(book("snapshot", [["1", "10"]], [["2", "20"]]))

    assert [VenueQuote("A", 1.5, 11.0, 2.0, 20.0, 9_000_000, 6)] == read(
        book("delta", [["1.5", "11"]], [], 6)
    )


def test_a_level_of_amount_0_is_gone() -> None:
    read = reader("bybit")
    read(book("snapshot", [["1", "10"]], [["2", "20"]]))

    assert [VenueQuote("A", 1.0, 10.0, None, None, 9_000_000, 6)] == read(
        book("delta", [], [["2", "0"]], 6)
    )


@pytest.mark.parametrize(("kind", "update_id"), [("snapshot", 6), ("delta", 1)])
def test_a_book_that_begins_anew_is_unknown_where_it_is_empty(kind: str, update_id: int) -> None:
    read = reader("bybit")
    read(book("snapshot", [["1", "10"]], [["2", "20"]]))

    assert [VenueQuote("A", None, None, None, None, 9_000_000, update_id)] == read(
        book(kind, [], [], update_id)
    )


def test_a_connection_knows_nothing_of_another() -> None:
    reader("bybit")(book("snapshot", [["1", "10"]], [["2", "20"]]))

    assert [VenueQuote("A", None, None, 3.0, 1.0, 9_000_000, 6)] == reader("bybit")(
        book("delta", [], [["3", "1"]], 6)
    )


def test_the_time_of_the_match_goes_before_that_of_sending() -> None:
    frame = json.loads(book("snapshot", [["1", "1"]], [])) | {"cts": 4}
    (quote,) = told("bybit", json.dumps(frame))

    assert 4_000_000 == quote.timestamp_ns
