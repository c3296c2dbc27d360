"""What is encoded comes back, and nothing else is accepted."""

import random
import struct
import tracemalloc
import zlib

import msgpack
import pytest
from hypothesis import given
from msgspec.structs import asdict, astuple, replace

from protocol.codec import HEADER, LARGE_BYTES, TYPES, VERSION, decode, encode
from protocol.errors import MalformedMessage, OtherVersion
from protocol.limits import MAX_BATCH_QUOTES, MAX_FRAME_BYTES
from protocol.messages import Batch, Columns, FencedNotice, Message, Result
from tests.protocol.examples import BATCH, ONE_OF_EACH, PROCESSED, RESULT, RUN, messages

KINDS = [type(message).__name__ for message in ONE_OF_EACH]
FENCED_BODY = bytes.fromhex("920203")
FENCED_FRAME = struct.pack("<2sBBI", b"ZR", VERSION, 16, zlib.crc32(FENCED_BODY)) + FENCED_BODY


def frame(number: int, body: bytes) -> bytes:
    return HEADER.pack(b"ZR", VERSION, number, zlib.crc32(body)) + body


def test_the_bytes_of_a_frame_are_those_of_the_picture() -> None:
    assert FENCED_FRAME == encode(FencedNotice(2, 3))
    assert FencedNotice(2, 3) == decode(FENCED_FRAME)


def test_every_type_of_message_has_an_example_here() -> None:
    assert set(TYPES.values()) == {type(message) for message in ONE_OF_EACH}


@pytest.mark.parametrize("message", ONE_OF_EACH, ids=KINDS)
def test_each_message_comes_back(message: Message) -> None:
    assert message == decode(encode(message))


@given(messages())
def test_any_message_comes_back(message: Message) -> None:
    assert message == decode(encode(message))


@given(messages())
def test_a_frame_is_read_from_any_buffer(message: Message) -> None:
    encoded = encode(message)

    assert message == decode(memoryview(encoded)) == decode(bytearray(encoded))


def batch_of(count: int) -> Batch:
    """Return a batch with as many quotes, and another byte at each place."""
    whole, half = random.Random(count).randbytes(8 * count), bytes(4 * count)
    columns = Columns(*(whole[i:] + whole[:i] for i in range(7)), ("A",), half)
    return replace(BATCH, count=count, columns=columns)


def result_of(mids: int, errors: int) -> Result:
    return replace(RESULT, mids=b"m" * mids, errors=memoryview(b"e" * errors))


def processed(size: int) -> Result:
    return replace(PROCESSED, outputs=(b"s" * size, b"", memoryview(b"o" * (size + 1))))


LENGTHS = (0, 1, 255, 256, LARGE_BYTES - 1, LARGE_BYTES, LARGE_BYTES + 1, 3 * LARGE_BYTES)


@pytest.mark.parametrize(
    "message",
    [
        *(batch_of(count) for count in (1, LARGE_BYTES // 8 - 1, LARGE_BYTES // 8)),
        *(batch_of(count) for count in (LARGE_BYTES // 4, MAX_BATCH_QUOTES)),
        *(result_of(mids, errors) for mids in LENGTHS for errors in LENGTHS),
        *(processed(size) for size in LENGTHS),
    ],
    ids=lambda message: f"{type(message).__name__}-{message.count}",
)
def test_a_large_message_has_the_same_bytes_as_any(message: Message) -> None:
    encoded = encode(message)
    body = msgpack.packb(astuple(message), default=astuple)

    assert frame(encoded[3], body) == encoded
    assert message == decode(encoded)


@pytest.mark.parametrize("message", ONE_OF_EACH, ids=KINDS)
def test_every_shortened_frame_is_malformed(message: Message) -> None:
    encoded = encode(message)
    for length in range(len(encoded)):
        with pytest.raises(MalformedMessage):
            decode(encoded[:length])


@pytest.mark.parametrize("message", ONE_OF_EACH, ids=KINDS)
def test_every_flipped_bit_but_one_of_the_type_is_refused(message: Message) -> None:
    encoded = bytearray(encode(message))
    for bit in range(8 * len(encoded)):
        if bit // 8 == 3:
            continue  # the crc does not cover the type; the arity and the fields tell
        encoded[bit // 8] ^= 1 << bit % 8
        with pytest.raises(OtherVersion if bit // 8 == 2 else MalformedMessage):
            decode(encoded)
        encoded[bit // 8] ^= 1 << bit % 8


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (b"", "frame of 0 bytes has no header"),
        (b"XY" + FENCED_FRAME[2:], "magic was b'XY'"),
        (b"ZR" + bytes((VERSION, 99)) + FENCED_FRAME[4:], "message type was 99"),
        (FENCED_FRAME[:-1] + b"\x04", "crc of a message of type 16 does not match"),
        (frame(16, b"\x92\x02\x03\x00"), "FencedNotice: MessagePack data is malformed: trailing"),
        (frame(16, b"\x91\x02"), "FencedNotice: expected `array` of at least length 2, got 1"),
        (
            frame(16, b"\x93\x02\x03\x04"),
            "FencedNotice: expected `array` of at most length 2, got 3",
        ),
        (frame(16, b"\x92\x02\xff"), "FencedNotice: epoch: expected `int` >= 0"),
        (frame(16, b"\x92\x02\xc3"), "FencedNotice: epoch: expected `int`, got `bool`"),
        (frame(16, b"\x92\x02\xa13"), "FencedNotice: epoch: expected `int`, got `str`"),
        (frame(16, b"\x92\x02"), "FencedNotice: Input data was truncated"),
        (frame(16, b"\x92\x02\xc1"), "FencedNotice: MessagePack data is malformed: invalid opcode"),
        (b"ZR" + bytes(MAX_FRAME_BYTES), f"is over {MAX_FRAME_BYTES}"),
    ],
)
def test_what_is_wrong_with_a_frame_is_said(bad: bytes, says: str) -> None:
    with pytest.raises(MalformedMessage) as caught:
        decode(bad)

    assert says in caught.value.what


@pytest.mark.parametrize(
    ("version", "older"), [(VERSION - 1, "the sender"), (VERSION + 1, "this program")]
)
def test_another_version_is_told_from_a_damaged_frame_and_says_who_is_behind(
    version: int, older: str
) -> None:
    other = FENCED_FRAME[:2] + bytes([version, 99]) + FENCED_FRAME[4:]
    with pytest.raises(OtherVersion) as caught:
        decode(other)

    assert f"version {version} of the protocol, this program version {VERSION}" in caught.value.what
    assert caught.value.fix.startswith(f"upgrade {older}:")
    with pytest.raises(MalformedMessage):
        decode(other[:-1] + b"\x04")


def batch_frame(**changes: object) -> bytes:
    """Return the frame of BATCH with other fields, whether they fit or not."""
    fields = asdict(BATCH)
    columns = asdict(fields["columns"])
    for name, value in changes.items():
        (columns if name in columns else fields)[name] = value
    fields["columns"] = tuple(columns.values())
    return frame(1, msgpack.packb(tuple(fields.values())))


def test_a_batch_frame_built_by_hand_is_the_batch() -> None:
    assert BATCH == decode(batch_frame())


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"run": RUN[1:]}, "run: expected `bytes` of length >= 16"),
        ({"count": 0}, "count: expected `int` >= 1"),
        ({"count": MAX_BATCH_QUOTES + 1}, f"count: expected `int` <= {MAX_BATCH_QUOTES}"),
        ({"count": 3}, "columns.index had 16 bytes, expected 24"),
        ({"first": 2**63 - 2}, "first was 9223372036854775806, expected at most"),
        ({"mode": "paper"}, "mode: Invalid enum value 'paper'"),
        ({"attempt": 0}, "attempt: expected `int` >= 1"),
        ({"reason": "x" * 4097}, "reason: expected `str` of length <= 4096"),
        ({"cursor": bytes(32 * 1024 + 1)}, "cursor: expected `bytes` of length <= 32768"),
        ({"bid_price": bytes(15)}, "columns.bid_price had 15 bytes, expected 16"),
        ({"bid_price": "x" * 16}, "columns.bid_price: expected `bytes`, got `str`"),
        ({"ticker_names": ()}, "columns.ticker_codes point past the 0 ticker_names"),
        ({"ticker_names": ("A", "B", "C")}, "columns.ticker_names were 3, expected at most 2"),
        ({"ticker_names": ("A", 1)}, "columns.ticker_names[1]: expected `str`, got `int`"),
        ({"ticker_codes": bytes(7)}, "columns.ticker_codes had 7 bytes, expected 8"),
        ({"ticker_codes": struct.pack("<2i", 0, 2)}, "point past the 2 ticker_names"),
        ({"ticker_codes": struct.pack("<2i", 0, -1)}, "point past the 2 ticker_names"),
    ],
)
def test_a_batch_that_does_not_hold_is_refused(changes: dict[str, object], says: str) -> None:
    with pytest.raises(MalformedMessage) as caught:
        decode(batch_frame(**changes))

    assert says in caught.value.what


def test_what_is_received_is_a_slice_of_the_frame_and_read_only() -> None:
    received = bytearray(encode(BATCH))
    batch = decode(received)
    assert isinstance(batch, Batch)
    column = batch.columns.bid_price

    assert isinstance(column, memoryview) and column.readonly
    assert column.obj is received


def test_a_text_that_is_not_utf_8_is_malformed() -> None:
    for message, there in ((BATCH, b"BTC"), (BATCH, b"hist"), (RESULT, b"host")):
        encoded = encode(message)
        bad = encoded[HEADER.size :].replace(there, b"\xff\xfe\xfd\xfc"[: len(there)])
        with pytest.raises(MalformedMessage):
            decode(frame(encoded[3], bad))


@pytest.mark.parametrize(
    "claim", [b"\xdd\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff", b"\xdb\xff\xff\xff\xff"]
)
@pytest.mark.parametrize("message", ONE_OF_EACH, ids=KINDS)
def test_what_claims_to_be_large_takes_no_memory(message: Message, claim: bytes) -> None:
    encoded = encode(message)
    values = msgpack.unpackb(encoded[HEADER.size :], use_list=False)
    tracemalloc.start()
    try:
        for place in range(len(values)):
            before = b"".join(map(msgpack.packb, values[:place]))
            with pytest.raises(MalformedMessage):
                decode(frame(encoded[3], bytes([0x90 + len(values)]) + before + claim))
        with pytest.raises(MalformedMessage):
            decode(frame(encoded[3], claim))
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_arrays_in_arrays_without_end_are_malformed() -> None:
    for number in TYPES:
        for body in (b"\x91" * 100_000, b"\xdc\x00\x0a" * 50_000):
            with pytest.raises(MalformedMessage):
                decode(frame(number, body))
