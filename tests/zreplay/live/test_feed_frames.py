"""Plain messages are cut out exactly; anything else is left where it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from zreplay.live.feed_frames import frame_bytes, is_control, is_final, plain_messages

SIZES = (0, 1, 125, 126, 127, 65_535, 65_536, 70_000)


def frame(payload: bytes, opcode: Opcode = Opcode.TEXT, *, fin: bool = True) -> bytes:
    return Frame(opcode, payload, fin).serialize(mask=False)


@pytest.mark.parametrize("opcode", [Opcode.TEXT, Opcode.BINARY])
def test_messages_of_every_length_of_length_are_cut_out(opcode: Opcode) -> None:
    payloads = [bytes([size % 251]) * size for size in SIZES]
    data = b"".join(frame(payload, opcode) for payload in payloads)

    assert (payloads, len(data)) == plain_messages(data, 0)


@given(st.lists(st.binary(max_size=200), max_size=5), st.integers(0, 200))
def test_a_message_that_is_not_yet_whole_stays(payloads: list[bytes], missing: int) -> None:
    whole = b"".join(frame(payload) for payload in payloads)
    last = frame(b"x" * 200)
    data = whole + last[: len(last) - 1 - missing]

    assert (payloads, len(whole)) == plain_messages(data, 0)
    assert frame_bytes(data, len(whole)) in (None, len(last))


@pytest.mark.parametrize(
    "other",
    [
        frame(b"ping", Opcode.PING),
        frame(b"pong", Opcode.PONG),
        frame(b"\x03\xe8", Opcode.CLOSE),
        frame(b"first", Opcode.TEXT, fin=False),
        frame(b"last", Opcode.CONT),
        bytes([0xC1]) + frame(b"compressed")[1:],
    ],
)
def test_what_is_no_plain_message_stops_the_cutting_and_its_length_is_known(other: bytes) -> None:
    data = frame(b"before") + other + frame(b"behind")
    messages, end = plain_messages(data, 0)

    assert [b"before"] == messages
    assert len(other) == frame_bytes(data, end)
    assert ([b"behind"], len(data)) == plain_messages(data, end + len(other))


def test_a_masked_frame_is_none_that_a_server_may_send() -> None:
    masked = Frame(Opcode.TEXT, b"masked").serialize(mask=True)

    assert ([], 0) == plain_messages(masked, 0)
    assert 0 == frame_bytes(masked, 0)


def test_the_first_byte_tells_control_frames_and_the_ends_of_messages() -> None:
    assert [False, False, True, True] == [is_control(first) for first in (0x81, 0x00, 0x89, 0x88)]
    assert [True, False, True] == [is_final(first) for first in (0x81, 0x02, 0x80)]
