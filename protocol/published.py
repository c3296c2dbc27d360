"""What `zmid sink --publish` sends: the committed mids of one ticker, or how much there was of all.

A message has two frames: the topic (the ticker in UTF-8, or END_TOPIC) and a msgpack array, whose
first item is the version. Whoever subscribes to some tickers subscribes to END_TOPIC too.

`before` counts the quotes of the same ticker that came earlier in the run: one who has received
fewer has missed the difference.
"""

from typing import Annotated, Any, Final, Self

import msgspec
from msgspec import Meta
from msgspec.msgpack import Decoder, Encoder

from protocol.checks import named
from protocol.errors import MalformedMessage, OtherVersion
from protocol.limits import MAX_TICKER_CHARS
from protocol.messages import Bin, Buffer, Natural, Run
from protocol.travelling import Travelling

VERSION: Final = 1
END_TOPIC: Final = b"\xff"
"""No ticker begins so: it is not UTF-8."""
MOST_ROWS: Final = 256
"""Of one message: with PUBLISH_HWM of them, what waits for a subscriber is below 120 MB."""
MOST_TICKERS: Final = 4096
"""Of one message of the end."""

Ticker = Annotated[str, Meta(max_length=MAX_TICKER_CHARS)]
_Version = Annotated[int, Meta(ge=VERSION, le=VERSION)]
_ITEM_BYTES: Final = 8


class PublishedMids(Travelling, frozen=True):
    """Rows of `mids.arrows` that have been committed, in record order, all of one ticker.

    The columns are little-endian: i64 for `record`, `arrival_ns` and `timestamp_ns`, else f64, NaN
    for what there is not: the mid of a quote without a line, a missing price, a live latency.
    """

    version: _Version
    run: Run
    ticker: Ticker
    before: Natural
    record: Bin
    arrival_ns: Bin
    timestamp_ns: Bin
    latency_ms: Bin
    bid_price: Bin
    ask_price: Bin
    mid: Bin

    @property
    def count(self) -> int:
        return len(self.record) // _ITEM_BYTES

    @property
    def columns(self) -> tuple[Buffer, ...]:
        """The columns in the order of the fields."""
        return tuple(getattr(self, name) for name in COLUMNS)


COLUMNS: Final = PublishedMids.__struct_fields__[4:]


class PublishedEnd(Travelling, frozen=True):
    """No more comes: how many quotes there were of each ticker; `left` more such messages follow.

    `records` is the length of the run, or `is_stopped`: the sink ends before the run does, and
    what is committed later comes from the next one.
    """

    version: _Version
    run: Run
    records: Natural
    is_stopped: bool
    tickers: Annotated[tuple[tuple[Ticker, Natural], ...], Meta(max_length=MOST_TICKERS)]
    left: Natural

    @classmethod
    def all_of(
        cls, run: bytes, records: int, counts: dict[str, int], *, is_stopped: bool
    ) -> list[Self]:
        """Return the messages that say how many quotes there were of each ticker."""
        pairs = [*counts.items()]
        firsts = [*range(0, len(pairs), MOST_TICKERS)] or [0]
        return [
            cls(VERSION, run, records, is_stopped, tuple(pairs[first : first + MOST_TICKERS]), left)
            for left, first in zip(reversed(range(len(firsts))), firsts, strict=True)
        ]


Published = PublishedMids | PublishedEnd

_encoder: Final = Encoder()
_MIDS: Final = Decoder(PublishedMids)
_END: Final = Decoder(PublishedEnd)


def topic_of(message: Published) -> bytes:
    """Return the first frame of a message."""
    return message.ticker.encode() if isinstance(message, PublishedMids) else END_TOPIC


def pack(message: Published) -> bytes:
    """Return the second frame of a message."""
    return _encoder.encode(message)


def unpack(topic: bytes, body: Buffer) -> Published:
    """Return the checked message of two frames; its columns are slices of the second.

    Raises:
        OtherVersion: it is of another version.
        MalformedMessage: it is no such message.
    """
    decoder: Decoder[Any] = _END if topic == END_TOPIC else _MIDS
    try:
        message: Published = decoder.decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        _check_version(body)
        kind = PublishedEnd if decoder is _END else PublishedMids
        raise MalformedMessage(f"{kind.__name__}: {named(kind, str(error))}") from None
    if isinstance(message, PublishedMids) and (problem := _misfit(topic, message)):
        raise MalformedMessage(f"PublishedMids: {problem}")
    return message


def _check_version(body: Buffer) -> None:
    try:
        head = msgspec.msgpack.decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return
    if isinstance(head, list) and head and isinstance(head[0], int) and head[0] != VERSION:
        raise OtherVersion(head[0], VERSION)


def _misfit(topic: bytes, mids: PublishedMids) -> str:
    if topic_of(mids) != topic:
        return f"the topic was {topic[:80]!r}, expected that of its ticker"
    expected = _ITEM_BYTES * mids.count
    for name, column in zip(COLUMNS, mids.columns, strict=True):
        if not 0 < len(column) == expected <= _ITEM_BYTES * MOST_ROWS:
            return f"{name} had {len(column)} bytes, expected {expected}, for 1 to {MOST_ROWS} rows"
    return ""
