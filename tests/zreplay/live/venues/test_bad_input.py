"""Real messages in which one thing is missing or odd: the rest of the quote is as it was.

The messages are those of tests/zreplay/live/venues/messages.jsonl, which come from real sockets.
"""

import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from tests.zreplay.venue_messages import MESSAGES
from zreplay.live.feed_talk import FeedTalk
from zreplay.live.known_venues import known_venues, venue_of
from zreplay.live.live_message import LiveMessage, Reading
from zreplay.live.venue_quotes import venue_quotes
from zreplay.quotes.block import Block
from zreplay.quotes.rejection import Rejection

RECV_NS = 1_800_000_000_000_000_000
BID_KEYS = ("b", "bids", "bid", "bidPx", "best_bid", "best_bid_price", "bestBid")
ASK_KEYS = ("a", "asks", "ask", "askPx", "best_ask", "best_ask_price", "bestAsk")
TIME_KEYS = {
    "binance-usdm": ("data", "T"),
    "okx": ("data", 0, "ts"),
    "bybit": ("ts",),
    "coinbase": ("time",),
    "coinbase-advanced": ("timestamp",),
    "deribit": ("params", "data", "timestamp"),
    "gate-futures": ("result", "t"),
    "kraken": ("data", 0, "timestamp"),
    "kucoin": ("data", "time"),
}
ISO = ("coinbase", "coinbase-advanced", "kraken")
Path = tuple[str | int, ...]


def first_quotes() -> dict[str, tuple[Any, dict[str, str]]]:
    """Return of each venue the first message with one quote of two sides, and that quote."""
    found: dict[str, tuple[Any, dict[str, str]]] = {}
    for line in MESSAGES.read_text().splitlines():
        row = json.loads(line)
        for quote in row["quotes"][:1]:
            if float(quote["bid_price"] or 0) and float(quote["ask_price"] or 0):
                found.setdefault(row["venue"], (json.loads(row["frame"]), quote))
    return found


QUOTES = first_quotes()
VENUES = tuple(QUOTES)


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in inner:
        if isinstance(each, dict | list):
            yield from leaves(each, (*path, key))
        else:
            yield (*path, key), each


def price_path(name: str, keys: tuple[str, ...], column: str) -> Path:
    """Return where the price of a side stands."""
    message, quote = QUOTES[name]
    for path, value in leaves(message):
        is_number = isinstance(value, int | float | str) and str(value)[:1].isdigit()
        if is_number and set(keys) & set(path) and "time" not in path:
            try:
                if float(value) == float(quote[column]):
                    return path
            except ValueError:
                continue
    raise AssertionError(f"{name} has no {column}")


def changed(message: Any, path: Path, change: Callable[[Any, str | int], None]) -> Any:
    """Return the message with something done at a path; of a level, to the whole list."""
    message = copy.deepcopy(message)
    at = message
    for step in path[:-1]:
        at = at[step]
    change(at, path[-1])
    return message


def put(value: Any) -> Callable[[Any, str | int], None]:
    def change(parent: Any, key: str | int) -> None:
        parent[key] = value

    return change


def drop(parent: Any, key: str | int) -> None:
    del parent[key]


def read(name: str, message: Any) -> tuple[Block, list[Rejection]]:
    venue = venue_of(name)
    reading = Reading(venue, venue.new_reader())
    return venue_quotes([LiveMessage(RECV_NS, json.dumps(message).encode(), 100, reading)])


def seen(name: str, message: Any) -> dict[str, float]:
    """Return the only quote, and fail if something of the message was rejected."""
    block, rejections = read(name, message)
    assert [] == rejections
    assert 1 == len(block)
    return {
        column: float(getattr(block, column)[0])
        for column in ("bid_price", "bid_amount", "ask_price", "ask_amount", "timestamp_ns")
    }


@pytest.mark.parametrize("value", [None, "", "0", 0, "absent", "short", "empty"])
@pytest.mark.parametrize("side", ["bid", "ask", "both"])
@pytest.mark.parametrize("name", VENUES)
def test_a_side_that_is_missing_in_any_way_is_missing_and_the_other_is_as_it_was(
    name: str, side: str, value: Any
) -> None:
    message, _ = QUOTES[name]
    expected = seen(name, message)
    for each, keys in (("bid", BID_KEYS), ("ask", ASK_KEYS)):
        if side not in (each, "both"):
            continue
        path = price_path(name, keys, f"{each}_price")
        is_level = path[-1] == 0
        if value in ("short", "empty") and not is_level:
            return  # this venue has no lists of levels
        if value == "empty":  # no level at all
            message = changed(message, path[:-2], put([]))
        elif value == "short":  # a level without its price
            message = changed(message, path[:-1], put([]))
        elif is_level and value == "absent":
            message = changed(message, path[:-2], drop)
        else:
            message = changed(message, path, drop if value == "absent" else put(value))
        expected[f"{each}_price"] = np.nan
    found = seen(name, message)

    assert {k: str(v) for k, v in expected.items() if "amount" not in k} == {
        k: str(v) for k, v in found.items() if "amount" not in k
    }


@pytest.mark.parametrize("value", [0, "0", None, "", "absent"])
@pytest.mark.parametrize("name", TIME_KEYS)
def test_a_quote_without_a_time_has_that_of_its_receipt(name: str, value: Any) -> None:
    message, _ = QUOTES[name]
    change = drop if value == "absent" else put(value)
    if name in ISO and value == 0:
        value = "1970-01-01T00:00:00Z"
        change = put(value)

    assert float(RECV_NS) == seen(name, changed(message, TIME_KEYS[name], change))["timestamp_ns"]


@pytest.mark.parametrize("name", sorted(set(TIME_KEYS) - set(ISO)))
def test_a_time_is_a_number_or_a_text(name: str) -> None:
    message, _ = QUOTES[name]
    ms = 1_643_643_584_684
    number, text = (
        seen(name, changed(message, TIME_KEYS[name], put(value))) for value in (ms, str(ms))
    )

    assert float(ms * 10**6) == number["timestamp_ns"] == text["timestamp_ns"]


@pytest.mark.parametrize("name", ISO)
@pytest.mark.parametrize("decimals", ["", ".1", ".123", ".123456", ".123456789"])
def test_a_time_of_iso_has_up_to_nine_decimals(name: str, decimals: str) -> None:
    message, _ = QUOTES[name]
    found = seen(name, changed(message, TIME_KEYS[name], put(f"2025-10-02T23:59:57{decimals}Z")))

    whole_ns = 1_759_449_597_000_000_000
    assert float(whole_ns + int((decimals[1:] or "0").ljust(9, "0"))) == found["timestamp_ns"]


@pytest.mark.parametrize("name", VENUES)
def test_a_negative_price_is_one_where_the_venue_has_such_and_else_is_rejected(name: str) -> None:
    message, _ = QUOTES[name]
    path = price_path(name, BID_KEYS, "bid_price")
    block, rejections = read(name, changed(message, path, put(-7)))

    if venue_of(name).has_negative_prices:
        assert ([-7.0], []) == (block.bid_price.tolist(), rejections)
    else:
        assert (0, ["bid_price"]) == (len(block), [each.column for each in rejections])


@pytest.mark.parametrize("name", VENUES)
def test_the_same_message_again_is_the_same_quote_again(name: str) -> None:
    venue, frame = venue_of(name), json.dumps(QUOTES[name][0]).encode()
    reading = Reading(venue, venue.new_reader())
    block, _ = venue_quotes([LiveMessage(RECV_NS, frame, at, reading) for at in (100, 2000)])

    assert 2 == len(block)
    assert block.bid_price[0] == block.bid_price[1]


ODD = (
    *(None, "", [], {}, 0, "0", -1, "NaN", "1e999", True, "x", [[]], [["", ""]], [None]),
    *(2**63, -(2**70), "9" * 400, 1.5, "1e5", " 1 ", "٣", "0001-01-01T00:00:00Z", 10**18),
)


def mutated(message: Any, chance: random.Random) -> Any:
    """Return a message in which one to three things are others, gone or there twice."""
    message = copy.deepcopy(message)
    for _ in range(chance.randint(1, 3)):
        paths = [path[:end] for path, _ in leaves(message) for end in range(1, len(path) + 1)]
        if not paths:
            return message
        message = changed(
            message, chance.choice(paths), chance.choice([put(o) for o in ODD] + [drop])
        )
    return message


@pytest.mark.parametrize("venue", known_venues(), ids=lambda venue: venue.name)
def test_whatever_becomes_of_a_real_message_nothing_raises(venue: Any) -> None:
    chance = random.Random(venue.name)
    frames = [message for message, _ in QUOTES.values()]
    own = [QUOTES[venue.name][0]] * len(frames) if venue.name in QUOTES else []
    talk, reading = FeedTalk(venue, [venue.example], 10**9), Reading(venue, venue.new_reader())
    talk.begin(0)
    messages = []
    for at in range(200):
        text = json.dumps(mutated(chance.choice(frames + own), chance)).encode()
        talk.hear(text, at, RECV_NS)
        list(talk.due(at))
        messages.append(LiveMessage(RECV_NS, text, 10_000 * at, reading))
    block, rejections = venue_quotes(messages)

    assert len(block) + len(rejections) <= 3 * len(messages)
