"""A declaration of a venue, TOML -> the venue: one that needs no code of its own.

Those that come with zreplay are in zreplay/live/venues/; of your own: `--live-format my.toml`.
`zreplay/live/declared_frames.py` tells what a path is, and how frames are read.
"""

import re
import tomllib
from collections.abc import Callable, Sequence
from typing import Final, Literal

import msgspec

from protocol.errors import SettingsError
from zreplay.live.declared_frames import Answer, FrameShapes, QuoteShape, reader
from zreplay.live.host_budget import Tries
from zreplay.live.venue import SECOND_NS, Limits, Ping, Venue

MAX_BYTES: Final = 16 * 1024
NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MS: Final = 1_000_000


class _Subscribe(msgspec.Struct, forbid_unknown_fields=True):
    """`{symbols}` in the message is each symbol as `each` writes it, `{symbol}` the only one.

    In `each`, `{symbol_lower}` is a symbol in small letters, where the venue wants it so in a
    request only.
    """

    message: str
    each: str = '"{symbol}"'
    symbols_a_request: int = 1
    every_ms: int = 100
    symbols_a_connection: int = 100
    refuses_whole_requests: bool = False


class _Ping(msgspec.Struct, forbid_unknown_fields=True):
    message: str
    every_s: int
    answer_within_s: int = 10


class _Host(msgspec.Struct, forbid_unknown_fields=True):
    tries: int
    within_s: int


class _TimedQuote(QuoteShape, forbid_unknown_fields=True):
    time_unit: Literal["s", "ms", "us", "ns", "iso"] = "ms"


class _Declaration(msgspec.Struct, forbid_unknown_fields=True):
    url: str
    symbols: str
    example: str
    subscribe: _Subscribe
    quote: _TimedQuote
    channel: str = "as declared"
    shows: str = "as declared"
    times: str = "as declared"
    amounts: str = "as the venue counts them"
    limits: str = "none declared"
    is_verified: bool = False
    has_negative_prices: bool = False
    ping: _Ping | None = None
    host: _Host | None = None
    texts: list[str] = []
    acknowledged: Answer | None = None
    refused: Answer | None = None
    heartbeat: Answer | None = None
    pong: Answer | None = None
    closing: Answer | None = None


def declared_venue(name: str, text: str, *, is_known: bool = False) -> Venue:
    """Return the venue that a text declares; `is_known` if it comes with zreplay.

    Raises:
        SettingsError: it declares none.
    """
    if not NAME.fullmatch(name) or len(text.encode()) > MAX_BYTES:
        raise _wrong(name, f"its name is not like my-venue.toml, or it is over {MAX_BYTES} bytes")
    try:
        said = msgspec.convert(tomllib.loads(text), _Declaration)
        symbols = re.compile(said.symbols)
        patterns = [said.quote.symbol_pattern]
        patterns += [each.symbol_pattern for each in (said.acknowledged, said.refused) if each]
        for pattern in patterns:
            if pattern and not re.compile(pattern).groups:
                raise _wrong(name, f"symbol_pattern {pattern!r} has no group")
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, re.error, RecursionError) as error:
        raise _wrong(name, str(error)) from None
    _check(name, said, symbols)
    shapes = FrameShapes(
        said.quote,
        said.acknowledged,
        said.refused,
        said.heartbeat,
        said.pong,
        said.closing,
        said.texts,
    )
    read, asks = reader(shapes), said.subscribe
    host = said.host
    return Venue(
        name=name,
        url=said.url,
        channel=said.channel,
        shows=said.shows,
        times=said.times,
        amounts=said.amounts,
        symbols=symbols,
        example=said.example,
        limits=Limits(
            asks.symbols_a_request,
            asks.every_ms * _MS,
            asks.symbols_a_connection,
            said.limits,
            Tries(host.tries, host.within_s * SECOND_NS) if host else None,
        ),
        subscribe=_subscribe(asks),
        new_reader=lambda: read,
        ping=_ping(said.ping),
        answers_in_turn=(ok := said.acknowledged) is not None and not (ok.symbol or ok.request),
        refuses_whole_requests=asks.refuses_whole_requests,
        has_negative_prices=said.has_negative_prices,
        is_verified=said.is_verified,
        declaration="" if is_known else text,
    )


def _subscribe(asks: _Subscribe) -> Callable[[Sequence[str], int], bytes]:
    def subscribe(symbols: Sequence[str], request: int) -> bytes:
        names = [msgspec.json.encode(symbol)[1:-1].decode() for symbol in symbols]
        each = ",".join(
            asks.each.replace("{symbol}", name).replace("{symbol_lower}", name.lower())
            for name in names
        )
        message = asks.message.replace("{request}", str(request))
        return message.replace("{symbols}", each).replace("{symbol}", names[0]).encode()

    return subscribe


def _ping(said: _Ping | None) -> Ping | None:
    if said is None:
        return None
    within_ns = said.answer_within_s * SECOND_NS
    return Ping(said.message.encode(), said.every_s * SECOND_NS, within_ns)


def _check(name: str, said: _Declaration, symbols: re.Pattern[str]) -> None:
    """Raise SettingsError for what cannot work."""
    asks = said.subscribe
    counts = [asks.symbols_a_request, asks.every_ms, asks.symbols_a_connection]
    counts += [said.ping.every_s, said.ping.answer_within_s] if said.ping else []
    counts += [said.host.tries, said.host.within_s] if said.host else []
    wrong = {
        "its url is neither ws:// nor wss://": not said.url.startswith(("ws://", "wss://")),
        "a count or a time is not 1 to 1,000,000": not all(0 < each <= 10**6 for each in counts),
        "its example is no symbol": not symbols.fullmatch(said.example),
        "the message of subscribe has neither {symbol} nor {symbols}": not re.search(
            r"\{symbols?\}", asks.message
        ),
        "a request of several symbols needs {symbols}": asks.symbols_a_request > 1
        and "{symbols}" not in asks.message,
        "a ping needs `pong` or `texts`, to know its answer": bool(
            said.ping and not said.pong and not said.texts
        ),
    }
    for what, is_wrong in wrong.items():
        if is_wrong:
            raise _wrong(name, what)


def _wrong(name: str, what: str) -> SettingsError:
    return SettingsError(
        f"the declaration of the live venue {name} cannot be used: {what}",
        fix="mend it; those that come with zreplay are zreplay/live/venues/*.toml",
        code="Z206",
    )
