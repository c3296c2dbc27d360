"""A TOML is a venue, or it is said what is wrong with it."""

import json
from itertools import chain

import pytest

from protocol.errors import SettingsError
from zreplay.live.declared_venue import MAX_BYTES, declared_venue
from zreplay.live.host_budget import Tries
from zreplay.live.known_venues import known_venues, venue_of, venue_of_reader
from zreplay.live.venue import VenueQuote

MINE = """
url = "ws://127.0.0.1:9000"
symbols = "[A-Z]+"
example = "ABC"
texts = ["pong"]
subscribe = { message = '{"ask":[{symbols}],"n":{request}}', symbols_a_request = 2 }
ping = { message = "ping", every_s = 5 }
host = { tries = 3, within_s = 60 }
[quote]
when = { type = "quote" }
symbol = "s"
bid_price = "b"
ask_price = "a"
"""


def test_it_asks_and_pings_as_declared() -> None:
    venue = declared_venue("my", MINE)

    assert {"ask": ["A", "B"], "n": 7} == json.loads(venue.subscribe(["A", "B"], 7))
    assert venue.ping is not None
    assert (b"ping", 5 * 10**9) == (venue.ping.message, venue.ping.every_ns)
    assert Tries(3, 60 * 10**9) == venue.limits.tries
    assert ("MY", False, "ZREPLAY_LIVE_URL_MY") == (
        venue.market,
        venue.is_verified,
        venue.variable,
    )


def test_a_symbol_is_asked_for_in_small_letters_where_the_venue_wants_it_so() -> None:
    asked = json.loads(venue_of("aster").subscribe(["BTCUSDT", "ETHUSDT"], 3))

    assert (["btcusdt@bookTicker", "ethusdt@bookTicker"], 3) == (asked["params"], asked["id"])


def test_a_capture_finds_it_by_what_it_says_of_its_reader() -> None:
    venue = venue_of_reader(declared_venue("my", MINE).reader)

    assert [VenueQuote("X", 1.0, None, 2.0, None, None)] == venue.new_reader()(
        b'{"type":"quote","s":"X","b":1,"a":2}'
    )


def test_one_that_comes_with_zreplay_is_found_by_its_name_alone() -> None:
    names = {"aster", "bitstamp", "crypto-com", "gemini", "htx", "woo-x"}

    assert names <= {venue.name for venue in known_venues()}
    assert all(venue_of(name).reader == name for name in names)
    assert not any(venue_of(name).is_verified for name in names)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (MINE, "", "missing required field"),
        (MINE, "= 1", "Invalid"),
        ('example = "ABC"', 'example = "abc"', "its example is no symbol"),
        ('"ws://', '"http://', "neither ws"),
        ('"[A-Z]+"', '"["', "unterminated character set"),
        ("every_s = 5", "every_s = 0", "a count or a time is not 1 to"),
        ("tries = 3", "tries = 99999999", "a count or a time is not 1 to"),
        ("{symbols}", "all", "has neither"),
        ("{symbols}", "{symbol}", "a request of several symbols needs"),
        ('texts = ["pong"]', "", "a ping needs"),
        ('symbol = "s"', 'symbol = "s"\nsymbol_pattern = "x"', "has no group"),
        ('symbol = "s"', 'symbol = "s"\ntime_unit = "h"', "Invalid enum value"),
        ('symbol = "s"', 'symbol = "s"\nbid = "b"', "unknown field"),
        ('symbol = "s"', 'symbol = "s"\n#' + "x" * MAX_BYTES, "is over"),
    ],
)
def test_what_cannot_be_used_is_told(old: str, new: str, what: str) -> None:
    assert old in MINE
    with pytest.raises(SettingsError, match="declaration of the live venue my cannot") as caught:
        declared_venue("my", MINE.replace(old, new, 1))

    assert ("Z206", True) == (caught.value.code, what in str(caught.value))


@pytest.mark.parametrize("name", ["", "My", "a b", "a@b", "../a", "a-", "-a"])
def test_a_name_is_what_may_stand_before_a_colon(name: str) -> None:
    with pytest.raises(SettingsError):
        declared_venue(name, MINE)


def test_every_part_of_those_that_come_with_zreplay_is_one_name_a_market() -> None:
    names = list(chain(venue.market for venue in known_venues()))

    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("said", "is_in_turn"),
    [
        ("[acknowledged]\nwhen = { ok = true }\n", True),
        ('[acknowledged]\nwhen = { ok = true }\nrequest = "n"\n', False),
        ('[acknowledged]\nwhen = { ok = true }\nsymbol = "s"\n', False),
        ("", False),
    ],
)
def test_where_an_acknowledgement_says_neither_whom_nor_which_request_they_go_one_at_a_time(
    said: str, is_in_turn: bool
) -> None:
    assert is_in_turn == declared_venue("my", MINE + said).answers_in_turn
