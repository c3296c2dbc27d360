"""Messages for the tests of the protocol: one of each by hand, and any by hypothesis."""

import struct
from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace

from protocol.codec import MAGIC, encode
from protocol.declaration import Declaration, OutputFile
from protocol.limits import INT64_MAX, INT64_MIN, MAX_BATCH_QUOTES, MAX_VERSION_CHARS
from protocol.messages import (
    MODES,
    NONCE_BYTES,
    RUN_BYTES,
    STAMPS,
    Ack,
    Batch,
    Columns,
    Diagnostic,
    FencedNotice,
    Hello,
    Message,
    Offer,
    Ping,
    Refused,
    Report,
    Result,
    Welcome,
    WorkerReport,
)
from protocol.narrow_column import narrowed

RUN = bytes(range(RUN_BYTES))
NONCE = bytes(range(100, 100 + NONCE_BYTES))

COLUMNS = Columns(
    index=struct.pack("<2q", 7, -1),
    timestamp_ns=struct.pack("<2q", 1_700_000_000_000_000_000, -1),
    latency_ms=struct.pack("<2d", 20.0, float("nan")),
    ask_amount=struct.pack("<2d", 1.0, float("nan")),
    ask_price=struct.pack("<2d", 201.0, 4e-08),
    bid_price=struct.pack("<2d", 200.0, 3.9e-08),
    bid_amount=struct.pack("<2d", 2.0, 0.0),
    ticker_names=("BTC-USDT-SWAP@OKEX", "SATS@Ö"),
    ticker_codes=struct.pack("<2i", 1, 0),
)
_COUNT = 40
NARROW_COLUMNS = Columns(
    index=narrowed(struct.pack(f"<{_COUNT}q", *range(7, 7 + _COUNT)), is_float=False),
    timestamp_ns=narrowed(
        struct.pack(f"<{_COUNT}q", *(10**6 * (row * row % 99) for row in range(_COUNT))),
        is_float=False,
    ),
    latency_ms=struct.pack(f"<{_COUNT}d", *(1 / (row + 3) for row in range(_COUNT))),
    ask_amount=narrowed(
        struct.pack(f"<{_COUNT}d", float("nan"), *(row * row / 8 for row in range(1, _COUNT))),
        is_float=True,
    ),
    ask_price=narrowed(
        struct.pack(f"<{_COUNT}d", *(row * row / 100 for row in range(_COUNT))), is_float=True
    ),
    bid_price=narrowed(struct.pack(f"<{_COUNT}d", *[0.5] * _COUNT), is_float=True),
    bid_amount=narrowed(struct.pack(f"<{_COUNT}d", *[float("nan")] * _COUNT), is_float=True),
    ticker_names=("A", "B"),
    ticker_codes=bytes([0, 1] * (_COUNT // 2)),
)
"""Each way of being narrow, and one column that is not."""
SAID = Diagnostic(5, "warning", "message dropped", 2)
BATCH = Batch(RUN, 3, 10, 2, 1, "mode", "historical", 1, b"cursor", -5, "0.9", COLUMNS)
NARROW_BATCH = replace(BATCH, first=12, count=_COUNT, columns=NARROW_COLUMNS)
RESULT = Result(
    *(RUN, 3, 10, 2, b"cursor", -5, 20.0, "exchange"),
    *(b"mid\n", b"error\n", 1, 0, "host:1", 5, 0, 0, (), (), "0.9"),
)
SPREAD = Declaration("spread", b"d" * 16, "tick=0.1", (OutputFile("spread.csv", b""),))
TWO_FILES = (OutputFile("all.arrows", b"schema"), OutputFile("all.csv", b""))
ALL = Declaration("all", b"e" * 16, "", TWO_FILES)
NARROW_RESULT = replace(
    RESULT,
    first=12,
    count=3,
    mids=struct.pack("<4H", 0, 2, 4, 1) + b"2025\n" + struct.pack("<2H", 2, 3) + b"-1-02",
    errors=struct.pack("<4H", 0, 1, 2, 3) + b"No20\n" + struct.pack("<H", 1) + b" ",
)
PROCESSED = Result(
    *(RUN, 3, 12, 2, b"cursor", 7, None, "exchange", b"", b"", 0, 0, "host:1", 5),
    *(2, 1, (SPREAD, ALL), (b"0.1\n", b"", b"text"), "0.9"),
)

ONE_OF_EACH: tuple[Message, ...] = (
    BATCH,
    NARROW_BATCH,
    RESULT,
    NARROW_RESULT,
    PROCESSED,
    Hello(RUN, NONCE, 0, 11, 2, "0.9"),
    Offer(NONCE, 11, 2),
    Welcome(NONCE, 3, 12, 524_300, b"cursor", 11, False, 7, 3_600_000_000_000, "0.9"),
    Ping(RUN, 3, None, 0),
    Ping(RUN, 3, 12, 0),
    Ack(RUN, 3, 12, 524_300, 11, ((14, 2), (20, 1)), 10, 1, 1, True, "disk full"),
    Report((WorkerReport("host:1", 12, 5, 9, 3, "0.8"),), 1, 0, "", 4, 2, (SAID,)),
    FencedNotice(2, 3),
    Refused(NONCE, "another run", "--fresh"),
)


def of_version(message: Message, version: int) -> bytes:
    """Return the frame of a message as a program of another version sends it."""
    frame = bytearray(encode(message))
    frame[len(MAGIC)] = version
    return bytes(frame)


COUNTS = st.integers(0, INT64_MAX)
TEXTS = st.text(max_size=20)
VERSIONS = st.text(max_size=MAX_VERSION_CHARS)
BYTES = st.binary(max_size=40)


@st.composite
def columns(draw: Any, count: int) -> Columns:
    def of(item_bytes: int) -> bytes:
        size = item_bytes * count
        return bytes(draw(st.binary(min_size=size, max_size=size)))

    names = tuple(draw(st.lists(TEXTS, min_size=1, max_size=count)))
    codes = draw(st.lists(st.integers(0, len(names) - 1), min_size=count, max_size=count))
    return Columns(
        *(of(8) for _ in range(7)),
        ticker_names=names,
        ticker_codes=struct.pack(f"<{count}i", *codes),
    )


@st.composite
def batches(draw: Any) -> Batch:
    count = draw(st.integers(1, 4))
    return Batch(
        RUN,
        draw(COUNTS),
        draw(st.integers(0, INT64_MAX - count)),
        count,
        draw(COUNTS),
        draw(TEXTS),
        draw(st.sampled_from(MODES)),
        draw(st.integers(1, INT64_MAX)),
        draw(BYTES),
        draw(st.integers(INT64_MIN, INT64_MAX)),
        draw(VERSIONS),
        draw(columns(count)),
    )


@st.composite
def results(draw: Any) -> Result:
    count = draw(st.integers(1, MAX_BATCH_QUOTES))
    skipped = draw(st.integers(0, count))
    processors = draw(st.sampled_from(((), (SPREAD,), (ALL, SPREAD))))
    outputs = tuple(draw(BYTES) for each in processors for _ in each.outputs)
    return Result(
        draw(st.binary(min_size=RUN_BYTES, max_size=RUN_BYTES)),
        draw(COUNTS),
        draw(st.integers(0, INT64_MAX - count)),
        count,
        draw(BYTES),
        draw(st.integers(INT64_MIN, INT64_MAX)),
        draw(st.none() | st.floats(allow_nan=False)),
        draw(st.sampled_from(STAMPS)),
        draw(BYTES),
        draw(BYTES),
        skipped,
        draw(st.integers(0, count - skipped)),
        draw(TEXTS),
        draw(COUNTS),
        0,
        draw(st.integers(0, MAX_BATCH_QUOTES - 1)),
        processors,
        outputs,
        draw(VERSIONS),
    )


@st.composite
def welcomes(draw: Any) -> Welcome:
    next_record = draw(COUNTS)
    return Welcome(
        draw(st.binary(min_size=NONCE_BYTES, max_size=NONCE_BYTES)),
        draw(st.integers(1, INT64_MAX)),
        next_record,
        draw(st.integers(next_record, INT64_MAX)),
        draw(st.binary(min_size=1, max_size=40)) if next_record else b"",
        draw(COUNTS),
        draw(st.booleans()),
        draw(COUNTS),
        draw(COUNTS),
        draw(VERSIONS),
    )


@st.composite
def acks(draw: Any) -> Ack:
    """The sink's numbers rise: committed, held, limit; each is drawn as a step from the last."""
    steps = st.integers(1, 2**40)
    next_record = draw(st.integers(0, 2**40))
    held, end = [], next_record
    for _ in range(draw(st.integers(0, 5))):
        first, count = end + draw(steps), draw(steps)
        held.append((first, count))
        end = first + count
    mids = draw(st.integers(0, next_record))
    skipped = draw(st.integers(0, next_record - mids))
    return Ack(
        RUN,
        draw(st.integers(1, INT64_MAX)),
        next_record,
        draw(st.integers(next_record, INT64_MAX)),
        draw(COUNTS),
        tuple(held),
        mids,
        skipped,
        next_record - mids - skipped,
        draw(st.booleans()),
        draw(TEXTS),
    )


def messages() -> st.SearchStrategy[Message]:
    run, nonce = st.just(RUN), st.binary(min_size=NONCE_BYTES, max_size=NONCE_BYTES)
    workers = st.builds(WorkerReport, TEXTS, COUNTS, COUNTS, COUNTS, COUNTS)
    said = st.lists(st.builds(Diagnostic, COUNTS, TEXTS, TEXTS, COUNTS), max_size=3).map(tuple)
    return st.one_of(
        batches(),
        results(),
        st.builds(Hello, run, nonce, COUNTS, COUNTS, COUNTS),
        st.builds(Offer, nonce, COUNTS, COUNTS),
        welcomes(),
        st.builds(Ping, run, COUNTS, st.none() | COUNTS, COUNTS),
        acks(),
        st.builds(
            Report,
            *(st.lists(workers, max_size=3).map(tuple), COUNTS, COUNTS, TEXTS),
            *(COUNTS, COUNTS, said),
        ),
        st.builds(FencedNotice, st.just(4), st.integers(5, INT64_MAX)),
        st.builds(Refused, nonce, TEXTS, TEXTS),
    )
