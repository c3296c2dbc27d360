"""The messages, and the grammar of their conversation.

The data path, one way, no order assumed between two connections:

    replayer --BATCH--> any worker --RESULT--> sink

The sync conversation between a replayer (DEALER) and the sink (ROUTER):

    enter  = *HELLO OFFER, *HELLO (WELCOME / REFUSED / FENCED)
    serve  = *(PING (ACK REPORT / FENCED)) with an ACK after each commit as well

HELLO names the sink incarnation and epoch that its sender last heard of; the sink admits it,
as epoch + 1, only if they are still current, and otherwise answers OFFER with the current
ones. So a HELLO left behind by a dead replayer cannot displace a live one. Everything in the
sync conversation is cumulative and repeated: any single message may be lost.

Record numbers count quotes over the whole run: a batch holds first .. first + count - 1.
All times are integer nanoseconds; columns are little-endian, of `count` items.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self

from msgspec import Meta

from protocol.declaration import Declarations
from protocol.limits import (
    INT64_MAX,
    INT64_MIN,
    MAX_BATCH_QUOTES,
    MAX_CURSOR_BYTES,
    MAX_OUTPUTS,
    MAX_PROCESSORS,
    MAX_TEXT_CHARS,
    MAX_VERSION_CHARS,
)
from protocol.travelling import Travelling

Buffer = bytes | bytearray | memoryview

HISTORICAL: Final = "historical"
LIVE: Final = "live"
MODES: Final = (HISTORICAL, LIVE)

STAMP_EXCHANGE: Final = "exchange"
STAMP_ARRIVAL: Final = "arrival"
STAMPS: Final = (STAMP_EXCHANGE, STAMP_ARRIVAL)

RUN_BYTES: Final = 16
NONCE_BYTES: Final = 16
NO_NONCE: Final = bytes(NONCE_BYTES)
"""An OFFER with this answers a PING: the sink does not know this run or epoch."""
MAX_HELD_RANGES: Final = 64
MAX_DIAGNOSTICS: Final = 16
WINDOW_QUOTES: Final = 512 * 1024
COMMITS_KEPT: Final = 16
"""Commits that the sink keeps: it never falls back behind the oldest, whatever is damaged."""
WINDOW_BYTES: Final = 16 * 1024 * 1024
MAX_WORKERS: Final = 1024
"""The most that a REPORT names."""

# What a field may be; any other is refused where a message is decoded.
if TYPE_CHECKING:
    Bin = Buffer
    Mode = str
    Stamp = str
else:
    Bin = memoryview  # a slice of the frame, not a copy
    Mode = Literal[MODES]
    Stamp = Literal[STAMPS]
Natural = Annotated[int, Meta(ge=0, le=INT64_MAX)]
Instant = Annotated[int, Meta(ge=INT64_MIN, le=INT64_MAX)]
Positive = Annotated[int, Meta(ge=1, le=INT64_MAX)]
Count = Annotated[int, Meta(ge=1, le=MAX_BATCH_QUOTES)]
Others = Annotated[int, Meta(ge=0, lt=MAX_BATCH_QUOTES)]
Version = Annotated[str, Meta(max_length=MAX_VERSION_CHARS)]
"""Of the program that sent the message, or of a worker: for the operator only."""
Text = Annotated[str, Meta(max_length=MAX_TEXT_CHARS)]
Run = Annotated[bytes, Meta(min_length=RUN_BYTES, max_length=RUN_BYTES)]
Nonce = Annotated[bytes, Meta(min_length=NONCE_BYTES, max_length=NONCE_BYTES)]
Cursor = Annotated[bytes, Meta(max_length=MAX_CURSOR_BYTES)]


class Columns(Travelling, frozen=True):
    """The quotes of a batch by column: i64, f64 and i32 items, little-endian.

    Any of them may be narrow, with fewer bytes: protocol/narrow_head.py, protocol/narrow_codes.py.
    `latency_ms` is NaN in live mode, an empty amount is NaN, a missing index is -1. The price of
    a side that is missing is NaN: the quote is blank. No price is infinite.
    The ticker of quote i is `ticker_names[ticker_codes[i]]`.
    """

    index: Bin
    timestamp_ns: Bin
    latency_ms: Bin
    ask_amount: Bin
    ask_price: Bin
    bid_price: Bin
    bid_amount: Bin
    ticker_names: Annotated[tuple[Text, ...], Meta(max_length=MAX_BATCH_QUOTES)]
    ticker_codes: Bin

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
    replayer's place after this batch: workers and sink hand it on unread. `arrival_ns` is the
    latest arrival of its quotes, of live ones their receipt.
    """

    run: Run
    epoch: Natural
    first: Natural
    count: Count
    segment: Natural
    reason: Text
    mode: Mode
    attempt: Positive
    cursor: Cursor
    arrival_ns: Instant
    version: Version
    columns: Columns


class Result(Travelling, frozen=True):
    """Worker to sink: the lines of a batch for both logs, and what its processors computed.

    `mids` and `errors` may be narrow: protocol/narrow_text.py.
    `skipped` quotes were over the latency threshold, `blank` ones lack a side and have no line
    in either log; the other `count - skipped - blank` have a mid line. A `threshold_ms` of None
    says that no mids are computed: no quote has a line, and none is counted. `worker` and
    `busy_ns` are for the dashboard only.

    `outputs` are the bytes for each file of each of `processors`, in order; of a table, whole
    record batches. If they do not fit a frame, the batch has several results, each of some of
    its records: `before` and `after` count the others; cursor and arrival are those of the batch.
    """

    run: Run
    epoch: Natural
    first: Natural
    count: Count
    cursor: Cursor
    arrival_ns: Instant
    threshold_ms: float | None
    stamp: Stamp
    mids: Bin
    errors: Bin
    skipped: Natural
    blank: Natural
    worker: Text
    busy_ns: Natural
    before: Others
    after: Others
    processors: Declarations
    outputs: Annotated[tuple[Bin, ...], Meta(max_length=MAX_PROCESSORS * MAX_OUTPUTS)]
    version: Version


class Hello(Travelling, frozen=True):
    """Replayer to sink: a request to be admitted. `held_epoch` is 0 for a new process."""

    run: Run
    nonce: Nonce
    held_epoch: Natural
    sink_incarnation: Natural
    sink_epoch: Natural
    version: Version


class Offer(Travelling, frozen=True):
    """Sink to replayer: its current incarnation and epoch; say HELLO again with them."""

    nonce: Nonce
    sink_incarnation: Natural
    sink_epoch: Natural


class Welcome(Travelling, frozen=True):
    """Sink to replayer: admitted as `epoch`; resume at record `next` from `cursor`.

    `cursor` is empty at the very start. `limit` is the first record number that the sink
    does not yet take. `commanded` is the greatest that a PING of this run named. With a
    `period_ns` no batch holds quotes of two periods of that length, counted from 1970 by arrival:
    the sink rotates its logs there.
    """

    nonce: Nonce
    epoch: Positive
    next: Natural
    limit: Natural
    cursor: Cursor
    sink_incarnation: Natural
    finished: bool
    commanded: Natural
    period_ns: Natural
    version: Version


class Ping(Travelling, frozen=True):
    """Replayer to sink, repeated: a heartbeat. `end` is the run's length once it is known.

    Every command that was accepted applies before record `commanded`, 0 if there was none. The
    sink remembers it: a replayer that has lost its commands can tell whether all are committed.
    """

    run: Run
    epoch: Natural
    end: Natural | None
    commanded: Natural


class Ack(Travelling, frozen=True):
    """Sink to replayer: everything before `next` is committed.

    `held` are (first, count) ranges beyond `next` that need no resend now, yet may be
    forgotten. `mids` and `skipped` count the lines of the two logs, `blank` the quotes that
    have none: together they are `next`, or all zero where no mids are computed. `stalled` says
    why nothing is committed (a full disk), else it is empty.
    """

    run: Run
    epoch: Positive
    next: Natural
    limit: Natural
    sink_incarnation: Natural
    held: Annotated[tuple[tuple[Natural, Positive], ...], Meta(max_length=MAX_HELD_RANGES)]
    mids: Natural
    skipped: Natural
    blank: Natural
    finished: bool
    stalled: Text


class WorkerReport(Travelling, frozen=True):
    """What the sink knows of one worker, from its RESULTs.

    `busy_p99_ns` is how long it takes for a batch, of its last 128.
    """

    worker: Text
    quotes: Natural
    busy_ns: Natural
    seen_ago_ns: Natural
    busy_p99_ns: Natural
    version: Version


class Diagnostic(Travelling, frozen=True):
    """A warning or an error of a program: when it was last logged, and how often in a row."""

    unix_ns: Natural
    level: Text
    text: Text
    count: Natural


class Report(Travelling, frozen=True):
    """Sink to replayer, with the answer to a PING: counts for the operator.

    `refused` are results of another rule, `dropped` are malformed messages, `waiting` are
    results that arrived ahead of their turn.
    """

    workers: Annotated[tuple[WorkerReport, ...], Meta(max_length=MAX_WORKERS)]
    duplicates: Natural
    refused: Natural
    problem: Text
    dropped: Natural
    waiting: Natural
    diagnostics: Annotated[tuple[Diagnostic, ...], Meta(max_length=MAX_DIAGNOSTICS)]


class FencedNotice(Travelling, frozen=True):
    """Sink to replayer: its epoch is over, `epoch` has taken over."""

    held_epoch: Positive
    epoch: Natural


class Refused(Travelling, frozen=True):
    """Sink to replayer: it cannot be admitted, and why."""

    nonce: Nonce
    what: Text
    fix: Text


Message = Batch | Result | Hello | Offer | Welcome | Ping | Ack | Report | FencedNotice | Refused
