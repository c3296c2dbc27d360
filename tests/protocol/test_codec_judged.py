"""For any bytes, the codec agrees with the package msgpack and plain rules."""

import struct
import zlib
from typing import Any

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import astuple

from protocol.codec import HEADER, TYPES, VERSION, decode, encode
from protocol.errors import MalformedMessage
from protocol.messages import FencedNotice, Message, Ping, Refused
from tests.depth import few
from tests.protocol.examples import NONCE, ONE_OF_EACH, RESULT, RUN, messages
from tests.protocol.judge import RULES, judged
from tests.protocol.test_codec import batch_of

NUMBERS = {kind: number for number, kind in TYPES.items()}
FLOAT = 6
"""The place of `threshold_ms` in a Result: the one float outside of columns."""


def body_of(message: Message) -> bytes:
    return encode(message)[HEADER.size :]


def decoded(kind: type[Any], body: bytes) -> Any:
    """Return the fields as msgpack gives them, None if the body is malformed."""
    frame = HEADER.pack(b"ZR", VERSION, NUMBERS[kind], zlib.crc32(body)) + body
    try:
        return plain(decode(frame))
    except MalformedMessage:
        return None


def plain(value: Any) -> Any:
    if hasattr(value, "__struct_fields__"):
        value = astuple(value)
    if isinstance(value, tuple):
        return tuple(map(plain, value))
    return bytes(value) if isinstance(value, memoryview) else value


def assert_both_say_the_same(kind: type[Any], body: bytes) -> None:
    expected = judged(kind.__name__, body)
    if expected is not None and kind is type(RESULT):
        threshold = expected[FLOAT]
        number = None if threshold is None else float(threshold)
        expected = (*expected[:FLOAT], number, *expected[FLOAT + 1 :])
    assert repr(expected) == repr(decoded(kind, body))  # a NaN is not equal to itself


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.sampled_from([0, 1, 2, 16, 64, 65, 2**15, 2**15 + 1, 2**63 - 1, 2**63, "live", "arrival"])
    | st.floats()
    | st.text()
    | st.binary()
    | st.binary(min_size=16, max_size=16),
    lambda inner: st.lists(inner, max_size=11) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=15,
)
HEADS = [b"\xc0", b"\xc2", b"\xca", b"\xcb", b"\xcc\x01", b"\xd0\x01", b"\xd3", b"\xdf", b"\xc9"]
HEADS += [b"\xd9\x02", b"\xc4\x10", b"\xdc\x00\x02", b"\x80", b"\x81", b"\xd4\x05", b"\xc7\x00\x05"]


def test_the_judge_knows_each_kind_of_message() -> None:
    assert {kind.__name__ for kind in TYPES.values()} == set(RULES)


@given(messages())
def test_both_read_what_our_encoder_writes(message: Message) -> None:
    body = body_of(message)

    assert judged(type(message).__name__, body) is not None
    assert_both_say_the_same(type(message), body)


@given(st.binary(max_size=200), st.sampled_from(list(TYPES.values())))
def test_of_any_bytes_both_say_the_same(body: bytes, kind: type[Any]) -> None:
    assert_both_say_the_same(kind, body)


@given(messages() | st.sampled_from(ONE_OF_EACH), st.data())
@settings(max_examples=few(75))
def test_of_a_body_with_another_byte_both_say_the_same(message: Message, data: Any) -> None:
    body = bytearray(body_of(message))
    place = data.draw(st.integers(0, len(body) - 1))
    body[place] = data.draw(st.integers(0, 255))

    assert_both_say_the_same(type(message), bytes(body))


@given(messages() | st.sampled_from(ONE_OF_EACH), st.data())
@settings(max_examples=few(75))
def test_of_a_body_with_other_bytes_put_in_both_say_the_same(message: Message, data: Any) -> None:
    body = body_of(message)
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, min(len(body), start + 9)))
    middle = data.draw(st.sampled_from(HEADS) | st.binary(max_size=9))

    assert_both_say_the_same(type(message), body[:start] + middle + body[end:])


@given(messages() | st.sampled_from(ONE_OF_EACH), st.data())
@settings(max_examples=few(150))
def test_of_a_body_with_another_field_or_one_more_or_less_both_say_the_same(
    message: Message, data: Any
) -> None:
    fields = msgpack.unpackb(body_of(message))
    array = fields
    while inner := [each for each in array if isinstance(each, list) and each]:
        if not data.draw(st.booleans()):
            break
        array = data.draw(st.sampled_from(inner))
    place = data.draw(st.integers(0, len(array) - 1))
    array[place : place + data.draw(st.integers(0, 2))] = data.draw(st.lists(VALUES, max_size=2))

    assert_both_say_the_same(type(message), msgpack.packb(fields))


def arrays_in(fields: list[Any]) -> list[list[Any]]:
    """Return an array and all arrays in it."""
    inner = [each for each in fields if isinstance(each, list)]
    return [fields, *(deeper for each in inner for deeper in arrays_in(each))]


@pytest.mark.parametrize("message", ONE_OF_EACH, ids=lambda message: type(message).__name__)
def test_of_an_array_with_one_more_or_one_less_both_say_the_same(message: Message) -> None:
    body = body_of(message)
    for place in range(len(arrays_in(msgpack.unpackb(body)))):
        for is_longer in (False, True):
            fields = msgpack.unpackb(body)
            array = arrays_in(fields)[place]
            array[len(array) - 1 :] = array[-1:] * 2 * is_longer

            assert_both_say_the_same(type(message), msgpack.packb(fields))


@pytest.mark.parametrize("kind", TYPES.values(), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("message", ONE_OF_EACH, ids=lambda message: type(message).__name__)
def test_of_a_body_under_another_type_both_say_the_same(message: Message, kind: type[Any]) -> None:
    assert_both_say_the_same(kind, body_of(message))


@pytest.mark.parametrize("count", [63, 64, 65, 32_768])
def test_of_a_code_past_the_names_both_say_the_same_in_a_batch_of_any_size(count: int) -> None:
    whole = batch_of(count)
    for codes in (
        bytes(4 * count),
        struct.pack("<i", 1) + bytes(4 * count - 4),
        bytes(4 * count - 4) + struct.pack("<i", -1),
    ):
        fields = plain(whole)
        body = msgpack.packb((*fields[:-1], (*fields[-1][:-1], codes)))

        assert_both_say_the_same(type(whole), body)


FENCED, PING = FencedNotice(2, 3), Ping(RUN, 3, None, 0)
REFUSED = Refused(NONCE, "what", "fix")
UNUSUAL = {
    "an integer in more bytes than it takes": (
        FENCED,
        b"\x92\x02",
        b"\x92\xcf" + bytes(7) + b"\x02",
    ),
    "a signed integer that is not negative": (FENCED, b"\x92\x02", b"\x92\xd0\x02"),
    "a long head for a short text": (REFUSED, b"\xa4what", b"\xdb\x00\x00\x00\x04what"),
    "a long head for a few bytes": (PING, b"\xc4\x10", b"\xc6\x00\x00\x00\x10"),
    "a long head for a short array": (FENCED, b"\x92\x02", b"\xdc\x00\x02\x02"),
    "a longer head for a short array": (FENCED, b"\x92\x02", b"\xdd\x00\x00\x00\x02\x02"),
    "a float of 32 bits": (RESULT, b"\xcb" + struct.pack(">d", 20.0), b"\xca\x41\xa0\x00\x00"),
    "an integer for a float": (RESULT, b"\xcb" + struct.pack(">d", 20.0), b"\x14"),
}
"""What no encoder of ours writes, and is read as what it says."""


@pytest.mark.parametrize("form", UNUSUAL)
def test_what_is_spelled_otherwise_is_the_same_message(form: str) -> None:
    message, usual, unusual = UNUSUAL[form]
    body = body_of(message)
    assert 1 == body.count(usual)
    spelled = body.replace(usual, unusual)

    assert plain(message) == decoded(type(message), spelled)
    assert_both_say_the_same(type(message), spelled)


REFUSED_FORMS = {
    "a map for an array": (FENCED, b"\x92\x02\x03", b"\x82\xa1a\x02\xa1b\x03"),
    "a float for an integer": (FENCED, b"\x02\x03", b"\x02\xca\x40\x40\x00\x00"),
    "a truth for an integer": (FENCED, b"\x02\x03", b"\x02\xc3"),
    "nothing for an integer": (FENCED, b"\x02\x03", b"\x02\xc0"),
    "an extension for an integer": (FENCED, b"\x02\x03", b"\x02\xd4\x01\x03"),
    "a text for bytes": (PING, b"\xc4\x10", b"\xb0"),
    "bytes for a text": (REFUSED, b"\xa4what", b"\xc4\x04what"),
    "a truth for a float": (RESULT, b"\xcb" + struct.pack(">d", 20.0), b"\xc3"),
    "something behind the end": (FENCED, b"\x92\x02\x03", b"\x92\x02\x03\xc0"),
}


@pytest.mark.parametrize("form", REFUSED_FORMS)
def test_what_is_of_another_type_is_refused(form: str) -> None:
    message, usual, unusual = REFUSED_FORMS[form]
    body = body_of(message)
    assert 1 == body.count(usual)

    assert None is decoded(type(message), body.replace(usual, unusual))
    assert_both_say_the_same(type(message), body.replace(usual, unusual))
