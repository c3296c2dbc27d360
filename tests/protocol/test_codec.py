"""What is encoded comes back, and nothing else gets in."""

import random
import struct
import zlib
from contextlib import suppress

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict, astuple, replace

from protocol.codec import HEADER, LARGE_BYTES, TYPES, decode, encode
from protocol.errors import MalformedMessage
from protocol.limits import MAX_BATCH_QUOTES, MAX_FRAME_BYTES
from protocol.messages import Batch, Columns, Fenced, Message, Result
from tests.protocol.examples import BATCH, ONE_OF_EACH, RESULT, RUN, messages

KINDS = [type(message).__name__ for message in ONE_OF_EACH]
FENCED_BODY = bytes.fromhex("920203")
FENCED_FRAME = b"ZR" + bytes([1, 16]) + struct.pack("<I", zlib.crc32(FENCED_BODY)) + FENCED_BODY


def frame(number: int, body: bytes) -> bytes:
    return HEADER.pack(b"ZR", 1, number, zlib.crc32(body)) + body


def test_the_bytes_of_a_frame_are_those_of_the_picture() -> None:
    assert FENCED_FRAME == encode(Fenced(2, 3))
    assert Fenced(2, 3) == decode(FENCED_FRAME)


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


LENGTHS = (0, 1, 255, 256, LARGE_BYTES - 1, LARGE_BYTES, LARGE_BYTES + 1, 3 * LARGE_BYTES)


@pytest.mark.parametrize(
    "message",
    [
        *(batch_of(count) for count in (1, LARGE_BYTES // 8 - 1, LARGE_BYTES // 8)),
        *(batch_of(count) for count in (LARGE_BYTES // 4, MAX_BATCH_QUOTES)),
        *(result_of(mids, errors) for mids in LENGTHS for errors in LENGTHS),
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
def test_every_flipped_bit_but_one_of_the_type_is_malformed(message: Message) -> None:
    encoded = bytearray(encode(message))
    for bit in range(8 * len(encoded)):
        if bit // 8 == 3:
            continue  # the crc does not cover the type; the arity and the fields tell
        encoded[bit // 8] ^= 1 << bit % 8
        with pytest.raises(MalformedMessage):
            decode(encoded)
        encoded[bit // 8] ^= 1 << bit % 8


@given(st.binary(max_size=200), st.sampled_from(sorted(TYPES)))
def test_any_body_with_a_right_crc_is_a_message_or_malformed(body: bytes, number: int) -> None:
    with suppress(MalformedMessage):
        decode(frame(number, body))


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner, max_size=11) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=15,
)


@given(st.sampled_from(ONE_OF_EACH), st.data())
def test_one_changed_field_gives_a_message_or_is_malformed(message, data) -> None:
    encoded = encode(message)
    fields = msgpack.unpackb(encoded[HEADER.size :], use_list=True)
    inner = data.draw(st.sampled_from([fields, *(f for f in fields if isinstance(f, list) and f)]))
    inner[data.draw(st.integers(0, len(inner) - 1))] = data.draw(VALUES)
    with suppress(MalformedMessage):
        decode(frame(encoded[3], msgpack.packb(fields)))


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (b"", "frame of 0 bytes has no header"),
        (b"XY" + FENCED_FRAME[2:], "magic was b'XY'"),
        (b"ZR\x02" + FENCED_FRAME[3:], "protocol version was 2, expected 1"),
        (b"ZR\x01\x63" + FENCED_FRAME[4:], "message type was 99"),
        (FENCED_FRAME[:-1] + b"\x04", "crc of a Fenced does not match"),
        (frame(16, b"\x92\x02\x03\x00"), "body is not msgpack"),
        (frame(16, b"\x91\x02"), "not an array of 2 fields"),
        (frame(16, b"\x92\x02\xff"), "epoch was -1"),
        (frame(16, b"\x92\x02\xc3"), "epoch was True"),
        (frame(16, b"\x92\x02\xa13"), "epoch was '3'"),
        (frame(16, b"\xd9\x01"), "body is not msgpack"),
        (b"ZR" + bytes(MAX_FRAME_BYTES), f"is over {MAX_FRAME_BYTES}"),
    ],
)
def test_what_is_wrong_with_a_frame_is_said(bad: bytes, says: str) -> None:
    with pytest.raises(MalformedMessage) as caught:
        decode(bad)

    assert says in str(caught.value)


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
        ({"run": RUN[1:]}, "run was a bytes, expected 16 bytes"),
        ({"count": 0}, "count was 0"),
        ({"count": MAX_BATCH_QUOTES + 1}, f"count was {MAX_BATCH_QUOTES + 1}"),
        ({"count": 3}, "index was a bytes, expected 24 bytes"),
        ({"first": 2**63 - 2}, "first was"),
        ({"mode": "paper"}, "mode was 'paper'"),
        ({"attempt": 0}, "attempt was 0"),
        ({"reason": "x" * 4097}, "reason was"),
        ({"cursor": bytes(32 * 1024 + 1)}, "cursor of 32769 bytes is over 32768"),
        ({"bid_price": bytes(15)}, "bid_price was a bytes, expected 16 bytes"),
        ({"bid_price": "x" * 16}, "bid_price was a str"),
        ({"ticker_names": ()}, "point past the 0 ticker names"),
        ({"ticker_names": ("A", "B", "C")}, "ticker_names was a tuple, expected up to 2"),
        ({"ticker_names": ("A", 1)}, "ticker name was 1"),
        ({"ticker_codes": struct.pack("<2i", 0, 2)}, "point past the 2 ticker names"),
        ({"ticker_codes": struct.pack("<2i", 0, -1)}, "point past the 2 ticker names"),
    ],
)
def test_a_batch_that_does_not_hold_is_refused(changes: dict[str, object], says: str) -> None:
    with pytest.raises(MalformedMessage) as caught:
        decode(batch_frame(**changes))

    assert says in str(caught.value)
