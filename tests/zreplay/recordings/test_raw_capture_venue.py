"""The venue of a capture is the one that was said, that of its address, or that of its quotes."""

import json

import pytest

from protocol.errors import InputError, SettingsError
from zreplay.recordings.raw_capture_lines import Connected, RawFrame, RawLine
from zreplay.recordings.raw_capture_venue import found_venue


def frame(**message: object) -> RawLine:
    return RawFrame(0, 0, 10**18, json.dumps(message).encode())


SPOT = {"u": 1, "s": "BTCUSDT", "b": "1", "B": "2", "a": "3", "A": "4"}
FUTURES = {"e": "bookTicker", "T": 5, "E": 6, **SPOT}


def test_an_address_says_it() -> None:
    lines = [Connected(0, 0, "wss://fstream.binance.com/stream?streams=a"), frame(**SPOT)]
    venue, why = found_venue("", lines, "a.txt")

    assert ("binance-usdm", "its address") == (venue.name, why)


def test_what_was_said_is_taken_whatever_the_address_is() -> None:
    lines = [Connected(0, 0, "wss://fstream.binance.com/stream")]
    venue, why = found_venue("okx", lines, "a.txt")

    assert ("okx", "--venue") == (venue.name, why)


def test_messages_say_it_where_one_venue_finds_quotes_in_them() -> None:
    venue, why = found_venue("", [frame(e="trade"), frame(stream="s", data=SPOT)], "a.txt")

    assert ("binance", "its messages") == (venue.name, why)


def test_where_two_read_alike_both_are_named() -> None:
    with pytest.raises(InputError, match="binance-coinm or binance-usdm") as caught:
        found_venue("", [frame(**FUTURES)], "a.txt")
    assert "--venue binance-coinm" in caught.value.fix


def test_what_no_venue_sends_is_refused() -> None:
    with pytest.raises(InputError, match="no venue that is known sends such"):
        found_venue("", [frame(hello="world")], "a.txt")


def test_a_venue_that_is_not_there_is_refused() -> None:
    with pytest.raises(SettingsError, match="there is no venue 'okxx'"):
        found_venue("okxx", [], "a.txt")
