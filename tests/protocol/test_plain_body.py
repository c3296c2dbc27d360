"""What is compiled says the same of a body as the Python code, or says nothing."""

import struct
from typing import Any

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict, replace

from protocol import plain_body
from protocol.checks import CHECKS, Unfit
from protocol.codec import HEADER, _unpack, decode, encode
from protocol.errors import MalformedMessage
from protocol.limits import MAX_BATCH_QUOTES, MAX_CURSOR_BYTES, MAX_TEXT_CHARS
from protocol.messages import (
    Batch,
    Columns,
    Ping,
    Result,
)
from protocol.plain_body import read_plain
from tests.protocol.examples import BATCH, COLUMNS, RESULT, RUN, batches, results
from tests.protocol.test_codec import VALUES, batch_of

pytestmark = pytest.mark.skipif(
    not plain_body.IS_COMPILED, reason="built without a C compiler, in whose place Python stands"
)

INT64_MAX = 2**63 - 1
HEADS = [b"\xc0", b"\xc2", b"\xca", b"\xcb", b"\xcc\x01", b"\xd0\x01", b"\xd3", b"\xdf", b"\xc9"]


def body_of(message: Batch | Result) -> bytes:
    return encode(message)[HEADER.size :]


def packed(message: Batch | Result, **changes: Any) -> bytes:
    """Return the body of a message with other fields, whether they fit or not."""
    fields = asdict(message)
    columns = asdict(fields["columns"]) if "columns" in fields else {}
    for name, value in changes.items():
        (columns if name in columns else fields)[name] = value
    if columns:
        fields["columns"] = tuple(columns.values())
    packed_body: bytes = msgpack.packb(tuple(fields.values()))
    return packed_body


def by_python(kind: type[Any], body: bytes) -> Any:
    """Return what the definition makes of a body, None if it is malformed."""
    try:
        return CHECKS[kind](_unpack(memoryview(body), kind))
    except (MalformedMessage, Unfit):
        return None


def assert_the_same_or_declined(kind: type[Any], body: bytes) -> None:
    plain = read_plain(kind, memoryview(body))
    if plain is not None:
        defined = by_python(kind, body)
        assert defined is not None, "Python refuses what was let through"
        assert encode(defined) == encode(plain)  # a NaN is not equal to itself


@given(batches() | results())
def test_what_our_encoder_writes_is_never_declined(message: Batch | Result) -> None:
    body = body_of(message)

    assert message == read_plain(type(message), memoryview(body)) == by_python(type(message), body)


@pytest.mark.parametrize(
    "message",
    [
        *(batch_of(count) for count in (1, 31, 32, 511, 512, 8191, 8192, MAX_BATCH_QUOTES)),
        *(replace(RESULT, mids=bytes(size)) for size in (0, 255, 256, 4095, 4096, 65_535, 65_536)),
        replace(RESULT, first=INT64_MAX - 2, busy_ns=INT64_MAX, epoch=INT64_MAX),
        replace(BATCH, first=INT64_MAX - 2, attempt=INT64_MAX, segment=2**32),
        replace(BATCH, reason="x" * MAX_TEXT_CHARS, cursor=bytes(MAX_CURSOR_BYTES)),
        replace(BATCH, columns=replace(COLUMNS, ticker_names=("", "x" * MAX_TEXT_CHARS))),
    ],
    ids=lambda message: f"{type(message).__name__}-{message.count}",
)
def test_up_to_its_limits_nothing_is_declined(message: Batch | Result) -> None:
    body = body_of(message)

    assert message == read_plain(type(message), memoryview(body)) == by_python(type(message), body)


@given(batches() | results(), st.data())
@settings(max_examples=400)
def test_of_a_body_with_another_byte_both_say_the_same(message: Any, data: st.DataObject) -> None:
    body = bytearray(body_of(message))
    place = data.draw(st.integers(0, len(body) - 1))
    body[place] = data.draw(st.integers(0, 255))

    assert_the_same_or_declined(type(message), bytes(body))


@given(batches() | results(), st.data())
@settings(max_examples=400)
def test_of_a_body_with_other_bytes_put_in_both_say_the_same(message: Any, data: Any) -> None:
    body = body_of(message)
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, min(len(body), start + 9)))
    middle = data.draw(st.sampled_from(HEADS) | st.binary(max_size=9))

    assert_the_same_or_declined(type(message), body[:start] + middle + body[end:])


@given(st.sampled_from([BATCH, RESULT]), st.data())
@settings(max_examples=400)
def test_of_a_body_with_another_field_both_say_the_same(message: Any, data: Any) -> None:
    names = [*asdict(message), *(asdict(message.columns) if message is BATCH else ())]
    body = packed(message, **{data.draw(st.sampled_from(names)): data.draw(VALUES)})

    assert_the_same_or_declined(type(message), body)


@pytest.mark.parametrize(
    ("message", "changes"),
    [
        (BATCH, {"run": RUN[1:]}),
        (BATCH, {"run": RUN + b"x"}),
        (BATCH, {"run": "r" * 16}),
        (BATCH, {"epoch": -1}),
        (BATCH, {"epoch": 2**63}),
        (BATCH, {"epoch": True}),
        (BATCH, {"count": 0}),
        (BATCH, {"count": 1}),
        (BATCH, {"count": MAX_BATCH_QUOTES + 1}),
        (BATCH, {"first": INT64_MAX - 1}),
        (BATCH, {"mode": "paper"}),
        (BATCH, {"mode": b"live"}),
        (BATCH, {"attempt": 0}),
        (BATCH, {"reason": "x" * (MAX_TEXT_CHARS + 1)}),
        (BATCH, {"cursor": bytes(MAX_CURSOR_BYTES + 1)}),
        (BATCH, {"index": bytes(15)}),
        (BATCH, {"bid_amount": bytes(17)}),
        (BATCH, {"latency_ms": "x" * 16}),
        (BATCH, {"ticker_names": ()}),
        (BATCH, {"ticker_names": ("A", "B", "C")}),
        (BATCH, {"ticker_names": ("A", 1)}),
        (BATCH, {"ticker_names": ("A", "x" * (MAX_TEXT_CHARS + 1))}),
        (BATCH, {"ticker_codes": struct.pack("<2i", 0, 2)}),
        (BATCH, {"ticker_codes": struct.pack("<2i", -1, 0)}),
        (BATCH, {"ticker_codes": bytes(7)}),
        (RESULT, {"threshold_ms": 20}),
        (RESULT, {"stamp": "now"}),
        (RESULT, {"skipped": 3}),
        (RESULT, {"mids": "text"}),
        (RESULT, {"errors": None}),
        (RESULT, {"worker": b"host"}),
        (RESULT, {"worker": "x" * (MAX_TEXT_CHARS + 1)}),
        (RESULT, {"busy_ns": -1}),
        (RESULT, {"busy_ns": 1.0}),
    ],
)
def test_what_does_not_fit_is_declined(message: Any, changes: dict[str, Any]) -> None:
    body = packed(message, **changes)

    assert read_plain(type(message), memoryview(body)) is None is by_python(type(message), body)


@pytest.mark.parametrize("message", [BATCH, RESULT], ids=["Batch", "Result"])
def test_what_is_too_short_or_too_long_is_declined(message: Batch | Result) -> None:
    body = body_of(message)
    for wrong in (*(body[:length] for length in range(len(body))), body + b"\xc0"):
        assert read_plain(type(message), memoryview(wrong)) is None


WHOLE_COLUMNS: bytes = msgpack.packb(tuple(asdict(COLUMNS).values()))


@pytest.mark.parametrize(
    "columns",
    [
        *(b"\x90", b"\x98" + WHOLE_COLUMNS[1:], b"\x9a" + WHOLE_COLUMNS[1:], b"\xc0"),
        *(b"\xdd\xff\xff\xff\xff", msgpack.packb(tuple(asdict(COLUMNS).values())[:-1])),
    ],
)
def test_columns_of_another_number_are_declined(columns: bytes) -> None:
    body = body_of(BATCH).replace(WHOLE_COLUMNS, columns)

    assert read_plain(Batch, memoryview(body)) is None is by_python(Batch, body)


def test_a_text_that_is_not_utf_8_is_declined() -> None:
    body = body_of(BATCH).replace(b"BTC", b"\xff\xfe\xfd")

    assert read_plain(Batch, memoryview(body)) is None is by_python(Batch, body)


def test_other_kinds_of_message_are_left_to_python() -> None:
    assert read_plain(Ping, memoryview(encode(Ping(RUN, 1, None))[HEADER.size :])) is None


def test_what_is_large_is_a_slice_of_the_frame_and_read_only() -> None:
    frame = bytearray(encode(batch_of(512)))
    batch = decode(frame)
    assert isinstance(batch, Batch)
    column, codes = batch.columns.bid_amount, batch.columns.ticker_codes

    assert isinstance(column, memoryview) and column.obj is frame and column.readonly
    assert isinstance(codes, bytes)


def test_without_the_compiled_part_all_is_left_to_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_body, "IS_COMPILED", False)

    assert read_plain(Batch, memoryview(body_of(BATCH))) is None
    assert BATCH == decode(encode(BATCH))
    assert isinstance(BATCH.columns, Columns)
