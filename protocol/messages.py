"""The messages, and the grammar of their conversation.

The data path, one way, no order assumed between two connections:

    replayer --BATCH--> any worker --RESULT--> sink

The sync conversation between a replayer (DEALER) and the sink (ROUTER):

    enter  = *HELLO OFFER, *HELLO (WELCOME / REFUSED / FENCED)
    serve  = *(PING (ACK REPORT / FENCED)) with an ACK after each commit as well

HELLO names the sink incarnation and epoch that its sender last heard of; the sink lets it
in, as epoch + 1, only if they are still true and else answers OFFER with the true ones. So
a HELLO left behind by a dead replayer cannot push out a living one. Everything in the sync
conversation is cumulative and repeated: any single message may be lost.

Record numbers count quotes over the whole run: a batch holds first .. first + count - 1.
All times are integer nanoseconds; columns are little-endian and `count` items long.
"""

from collections.abc import Iterable
from typing import Any, Final, Self

import msgspec

Buffer = bytes | bytearray | memoryview

HISTORICAL: Final = "historical"
LIVE: Final = "live"
MODES: Final = (HISTORICAL, LIVE)

STAMP_EXCHANGE: Final = "exchange"
STAMP_ARRIVAL: Final = "arrival"
STAMPS: Final = (STAMP_EXCHANGE, STAMP_ARRIVAL)

RUN_BYTES: Final = 16
NONCE_BYTES: Final = 16
MAX_HELD_RANGES: Final = 64
MAX_DIAGNOSTICS: Final = 16
WINDOW_QUOTES: Final = 512 * 1024
COMMITS_KEPT: Final = 16
"""So many commits the sink keeps: behind the oldest it never steps back, whatever is damaged."""
WINDOW_BYTES: Final = 16 * 1024 * 1024


class Travelling(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What travels as the array of its fields, in their order; it cannot change."""


class Columns(Travelling, frozen=True):
    """The quotes of a batch by column: i64, f64 and i32 items, little-endian.

    `latency_ms` is NaN in live mode, an empty amount is NaN, a missing index is -1.
    The ticker of quote i is `ticker_names[ticker_codes[i]]`.
    """

    index: Buffer
    timestamp_ns: Buffer
    latency_ms: Buffer
    ask_amount: Buffer
    ask_price: Buffer
    bid_price: Buffer
    bid_amount: Buffer
    ticker_names: tuple[str, ...]
    ticker_codes: Buffer

    @classmethod
    def of(
        cls, wide: Iterable[Buffer], ticker_names: tuple[str, ...], ticker_codes: Buffer
    ) -> Self:
        """Return the columns of which the 8-byte ones are these, in their order."""
        fields: list[Any] = [*wide, ticker_names, ticker_codes]
        return cls(*fields)


class Batch(Travelling, frozen=True):
    """Replayer to worker: quotes that travel and are acknowledged together.

    `segment` counts the stretches of the run, `reason` says why this one began. `attempt`
    is 1 and rises with each resend; nothing that is printed depends on it. `cursor` is the
    replayer's place after this batch: workers and sink hand it on unread.
    """

    run: bytes
    epoch: int
    first: int
    count: int
    segment: int
    reason: str
    mode: str
    attempt: int
    cursor: bytes
    columns: Columns


class Result(Travelling, frozen=True):
    """Worker to sink: the lines of a batch for both logs.

    `skipped` quotes were over the latency threshold; the other `count - skipped` have a
    mid line. `worker` and `busy_ns` are for the dashboard only.
    """

    run: bytes
    epoch: int
    first: int
    count: int
    cursor: bytes
    threshold_ms: float
    stamp: str
    mids: Buffer
    errors: Buffer
    skipped: int
    worker: str
    busy_ns: int


class Hello(Travelling, frozen=True):
    """Replayer to sink: let me in. `held_epoch` is 0 for a new process."""

    run: bytes
    nonce: bytes
    held_epoch: int
    sink_incarnation: int
    sink_epoch: int


class Offer(Travelling, frozen=True):
    """Sink to replayer: this is where I stand; ask again and name it."""

    nonce: bytes
    sink_incarnation: int
    sink_epoch: int


class Welcome(Travelling, frozen=True):
    """Sink to replayer: you are `epoch`; go on at record `next` from `cursor`.

    `cursor` is empty at the very start. `limit` is the first record number that the sink
    does not yet take.
    """

    nonce: bytes
    epoch: int
    next: int
    limit: int
    cursor: bytes
    sink_incarnation: int
    finished: bool


class Ping(Travelling, frozen=True):
    """Replayer to sink, repeated: I am here. `end` is the run's length once it is known."""

    run: bytes
    epoch: int
    end: int | None


class Ack(Travelling, frozen=True):
    """Sink to replayer: everything before `next` is committed.

    `held` are (first, count) ranges beyond `next` that need no resend now, yet may be
    forgotten. `mids` and `skipped` count the lines of the two logs. `stalled` says why
    nothing is committed (a full disk), else it is empty.
    """

    run: bytes
    epoch: int
    next: int
    limit: int
    sink_incarnation: int
    held: tuple[tuple[int, int], ...]
    mids: int
    skipped: int
    finished: bool
    stalled: str


class WorkerReport(Travelling, frozen=True):
    """What the sink knows of one worker, from its RESULTs.

    `busy_p99_ns` is how long it takes for a batch, of its last 128.
    """

    worker: str
    quotes: int
    busy_ns: int
    seen_ago_ns: int
    busy_p99_ns: int = 0


class Diagnostic(Travelling, frozen=True):
    """A warning or an error of a program: when it was last said, and how often in a row."""

    unix_ns: int
    level: str
    text: str
    count: int = 1


class Report(Travelling, frozen=True):
    """Sink to replayer, with the answer to a PING: counts for the operator.

    `refused` are results of another rule, `dropped` are messages that do not hold, `waiting`
    are results that came before their turn.
    """

    workers: tuple[WorkerReport, ...]
    duplicates: int
    refused: int
    problem: str
    dropped: int = 0
    waiting: int = 0
    diagnostics: tuple[Diagnostic, ...] = ()


class Fenced(Travelling, frozen=True):
    """Sink to replayer: your epoch is over, `epoch` has taken over."""

    held_epoch: int
    epoch: int


class Refused(Travelling, frozen=True):
    """Sink to replayer: you cannot be let in, and why."""

    nonce: bytes
    what: str
    fix: str


Message = Batch | Result | Hello | Offer | Welcome | Ping | Ack | Report | Fenced | Refused
