"""Every venue says what a user must know, and its name, variable and market are one."""

import pytest

from zreplay.live.known_venues import known_venues
from zreplay.live.venue import Venue

VENUES = {venue.name: venue for venue in known_venues()}


def test_the_market_and_the_variable_are_the_name() -> None:
    venue = VENUES["binance-usdm"]

    assert ("BINANCE-USDM", "ZREPLAY_LIVE_URL_BINANCE_USDM") == (venue.market, venue.variable)


@pytest.mark.parametrize("venue", VENUES.values(), ids=VENUES.keys())
def test_each_says_what_it_shows(venue: Venue) -> None:
    assert all((venue.channel, venue.shows, venue.times, venue.amounts))
    assert venue.url.startswith("https://" if "kucoin" in venue.name else "wss://")


@pytest.mark.parametrize("venue", VENUES.values(), ids=VENUES.keys())
def test_the_example_has_the_form_of_a_symbol_and_no_name_of_an_address_does(venue: Venue) -> None:
    assert venue.symbols.fullmatch(venue.example)
    for odd in ("", " ", "A B", "A,B", "A@B\n", "A\x00"):
        assert not venue.symbols.fullmatch(odd)


@pytest.mark.parametrize("venue", VENUES.values(), ids=VENUES.keys())
def test_a_request_names_each_symbol(venue: Venue) -> None:
    request = venue.subscribe([venue.example], 7).decode()

    assert venue.example.lower() in request.lower()
    assert 0 < venue.limits.symbols_a_request <= venue.limits.symbols_a_connection
    assert 0 < venue.limits.request_every_ns
