"""What `--live` names -> where to connect, and the venue that is asked there.

ws://HOST:PORT             a server of the plain shape (zreplay/live/live_message.py)
okx:BTC-USDT,ETH-USDT      a venue by its name, and symbols as it spells them
my:BTC-USDT                one that my.toml declares (--live-format my.toml)
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from protocol.errors import SettingsError
from protocol.shown_address import shown_address
from zreplay.live.declared_venue import declared_venue
from zreplay.live.known_venues import venue_of
from zreplay.live.venue import Venue

_VENUE: Final = re.compile(r"([A-Za-z0-9_.-]*):(?!//)(.*)", re.DOTALL)
WEBSOCKET: Final = ("ws://", "wss://")
TOKEN: Final = ("http://", "https://")
EXAMPLE: Final = "ws://127.0.0.1:8765"


class FeedAddress(NamedTuple):
    """One feed; without a venue it has the plain shape, and no symbols to ask for."""

    url: str
    venue: Venue | None = None
    symbols: tuple[str, ...] = ()


def feed_addresses(
    live: Sequence[str], urls: Mapping[str, str], formats: Mapping[str, str] | None = None
) -> list[FeedAddress]:
    """Return the feeds of `--live`; `urls` replace the addresses of venues by their names.

    `formats` are declarations of venues by their names.

    Raises:
        SettingsError: an address, a name of a venue or a symbol cannot be.
    """
    feeds = [_feed(text, urls, formats or {}) for text in live]
    asked = Counter(
        (feed.venue.name, name) for feed in feeds if feed.venue for name in feed.symbols
    )
    for (venue, symbol), count in asked.items():
        if count > 1:
            raise SettingsError(
                f"{venue} was asked for {symbol} twice", fix="name each symbol once", code="Z205"
            )
    return feeds


def replaced_urls(
    live: Sequence[str],
    given: Sequence[str],
    environment: Mapping[str, str],
    formats: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return which addresses of venues are replaced, by `--live-url` or by their variables.

    Raises:
        SettingsError: one cannot be an address, or is of no venue that was asked for.
    """
    feeds = feed_addresses(live, {}, formats)
    venues = {feed.venue.name: feed.venue for feed in feeds if feed.venue}
    variables = ((name, environment.get(venue.variable)) for name, venue in venues.items())
    urls = {name: url for name, url in variables if url}
    for text in given:
        name, separator, url = text.partition("=")
        if not separator or "/" in name:
            name, url = (next(iter(venues)) if len(venues) == 1 else ""), text
        if name not in venues:
            raise SettingsError(
                f"--live-url was {shown_address(text)!r}, which names no venue of --live",
                fix="--live-url NAME=URL, such as okx=ws://127.0.0.1:8765",
                code="Z206",
            )
        urls[name] = url
    for name, url in urls.items():
        _check(url, TOKEN if venues[name].url.startswith(TOKEN) else ())
    return urls


def check_names(
    live: Sequence[str], formats: Mapping[str, str], names: Iterable[str], option: str
) -> None:
    """Raise SettingsError if an option is about a venue that is not asked."""
    feeds = feed_addresses(live, {}, formats)
    asked = {feed.venue.name for feed in feeds if feed.venue}
    for name in names:
        if name not in asked:
            raise SettingsError(
                f"{option} was for {name!r}, which is no venue of --live",
                fix=f"name one of {', '.join(sorted(asked))}" if asked else "leave it out",
                code="Z206",
            )


def check_websocket(address: str) -> None:
    """Raise SettingsError unless this is the address of a websocket."""
    _check(address, ())


def _check(address: str, more: tuple[str, ...]) -> None:
    if not address.startswith((*WEBSOCKET, *more)):
        raise SettingsError(
            f"live address was {shown_address(address)!r}, which is neither ws:// nor wss://",
            fix=f"write it as {EXAMPLE}, or as VENUE:SYMBOL (zreplay reference venues)",
            code="Z206",
        )
    try:
        parts = urlsplit(address)
        is_whole = bool(address.encode() and parts.hostname) and parts.port != 0
        is_whole = is_whole and address.split() == [address]  # `run` joins them by blanks
    except ValueError:  # not UTF-8, an impossible port, or a bracket that is not closed
        is_whole = False
    if not is_whole:
        raise SettingsError(
            f"live address was {shown_address(address)!r}, which has no host, "
            "a port that cannot be, a blank, or no UTF-8",
            fix=f"write it as {EXAMPLE}",
            code="Z206",
        )


def _feed(text: str, urls: Mapping[str, str], formats: Mapping[str, str]) -> FeedAddress:
    named = _VENUE.fullmatch(text)
    if text.startswith(WEBSOCKET) or named is None:
        check_websocket(text)
        return FeedAddress(text)
    said = formats.get(named[1])
    venue = venue_of(named[1]) if said is None else declared_venue(named[1], said)
    symbols = tuple(named[2].split(","))
    for symbol in symbols:
        if not venue.symbols.fullmatch(symbol):
            raise SettingsError(
                f"{symbol!r} is not a symbol of {venue.name}",
                fix=f"as the venue spells it: {venue.name}:{venue.example}",
                code="Z206",
            )
    return FeedAddress(urls.get(venue.name, venue.url), venue, symbols)
