"""The port of a venue: what to send it, and what a frame of it says. Pure.

A file in `zreplay/live/venues/` is an adapter: it lists its venues in VENUES, each a `Venue`. The
name of a venue begins with the name of its file, up to a dash.
"""

from collections.abc import Callable, Sequence
from re import Pattern
from typing import Final, NamedTuple

import msgspec

from zreplay.live.host_budget import Tries

SECOND_NS: Final = 1_000_000_000


class VenueQuote(msgspec.Struct, gc=False):
    """One quote as a frame gives it; None where the venue gives nothing.

    A price of 0 is a side that is missing. `symbol` is spelled as the venue does; `update_id`
    is unique to a quote of the symbol, or None.
    """

    symbol: str
    bid_price: float | None
    bid_amount: float | None
    ask_price: float | None
    ask_amount: float | None
    timestamp_ns: int | None
    update_id: int | str | None = None


class BadQuote(NamedTuple):
    """What should be a quote and is not; `column` is empty if that is not known."""

    column: str
    value: str
    reason: str


class SomeQuotes(NamedTuple):
    """A frame of which something is not a quote."""

    quotes: list[VenueQuote]
    bad: list[BadQuote]


class Acknowledged(NamedTuple):
    """A subscription was accepted: of these symbols, of all of a request if none is named.

    Where both are known, what the request asked for besides was refused.
    """

    symbols: tuple[str, ...] = ()
    request: int | None = None


class Refused(NamedTuple):
    """A subscription was refused; of which symbols the text may say, if nothing else does."""

    reason: str
    symbols: tuple[str, ...] = ()
    request: int | None = None
    is_busy: bool = False
    """Whether it is to be asked again as it was: the venue was asked too often."""


class Heartbeat(NamedTuple):
    """The connection lives; `reply` must be sent if there is one."""

    reply: bytes = b""
    is_answer: bool = False
    """True for the answer to a ping of ours."""


class Welcome(NamedTuple):
    """What a venue says first."""


class Notice(NamedTuple):
    """The venue announces something; `is_closing` means that it will close the connection."""

    text: str
    is_closing: bool = False


class Unknown(NamedTuple):
    """No quote, and nothing else that the adapter knows."""

    kind: str


Told = (
    list[VenueQuote] | SomeQuotes | Acknowledged | Refused | Heartbeat | Welcome | Notice | Unknown
)
Frame = bytes | memoryview
Read = Callable[[Frame], Told]


class Limits(msgspec.Struct, frozen=True):
    """What a venue allows; `for_reference` tells what is not kept to by these numbers."""

    symbols_a_request: int
    request_every_ns: int
    symbols_a_connection: int
    for_reference: str
    tries: Tries | None = None
    """How often its host may be asked for a connection."""

    is_of_address: bool = False
    """Whether the rate of requests is that of all connections of an address together."""


class Ping(msgspec.Struct, frozen=True):
    """A message that the venue wants now and then, and answers with a Heartbeat."""

    message: bytes
    every_ns: int
    answer_within_ns: int = 10 * SECOND_NS


class Venue(msgspec.Struct, frozen=True):
    """One market of a venue: where it is, how to ask it, how to read it.

    A `url` of http gives the websocket's address and token when it is posted to.
    `shows` says what the channel gives and what not, `times` which time a quote has, `amounts`
    their unit. `new_reader` returns a function that reads the frames of one connection from its
    first on. `subscribe` returns the request of this number for these symbols.
    """

    name: str
    url: str
    channel: str
    shows: str
    times: str
    amounts: str
    symbols: Pattern[str]
    example: str
    limits: Limits
    subscribe: Callable[[Sequence[str], int], bytes]
    new_reader: Callable[[], Read]
    ping: Ping | None = None
    first_message: bytes = b""
    keeps_state: bool = False
    """Whether what a frame says depends on those before it."""

    waits_for_welcome: bool = False
    """Whether nothing may be sent before its Welcome."""

    answers_in_turn: bool = False
    """Whether an acknowledgement says neither whom nor which request it means."""

    refuses_whole_requests: bool = False
    """Whether one symbol that is refused takes the others of its request along."""

    has_negative_prices: bool = False
    is_verified: bool = True
    """Whether it was held against real messages."""

    declaration: str = ""
    """The TOML of one that does not come with zreplay: the capture of it must carry that."""

    @property
    def reader(self) -> str:
        """What stands in a capture to find it again (zreplay/live/known_venues.py)."""
        return f"{self.name}\n{self.declaration}" if self.declaration else self.name

    @property
    def market(self) -> str:
        """What stands behind the @ of its tickers."""
        return self.name.upper()

    @property
    def variable(self) -> str:
        """The variable of the environment that replaces its address."""
        return f"ZREPLAY_LIVE_URL_{self.market.replace('-', '_')}"
