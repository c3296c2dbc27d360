"""The cursor comes back from the sink as it was, or is refused with a reason."""

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import ProtocolError
from protocol.limits import MAX_CURSOR_BYTES
from zreplay.delivery.cursor import VERSION, ReplayCursor
from zreplay.delivery.run_state import RunState
from zreplay.quotes.source import SegmentReason

cursors = st.builds(
    ReplayCursor,
    state=st.builds(
        RunState,
        mode=st.sampled_from(["historical", "live"]),
        segment=st.integers(0, 2**63 - 1),
        reason=st.sampled_from(SegmentReason),
        pass_number=st.integers(0, 2**63 - 1),
        passes=st.none() | st.integers(1, 2**63 - 1),
    ),
    historical=st.binary(max_size=200),
    live=st.binary(max_size=200),
)


@given(cursors)
def test_what_was_packed_is_unpacked_the_same(cursor: ReplayCursor) -> None:
    assert cursor == ReplayCursor.unpack(cursor.pack())


def test_a_cursor_that_does_not_fit_its_message_is_refused_where_it_is_made() -> None:
    with pytest.raises(ProtocolError, match=f"is over {MAX_CURSOR_BYTES}"):
        ReplayCursor(historical=bytes(MAX_CURSOR_BYTES)).pack()


def test_a_cursor_of_another_version_says_what_to_do() -> None:
    data = msgpack.packb((1, "live", 0, "start", b"", b""))

    with pytest.raises(ProtocolError, match=f"version 1, this replayer reads {VERSION}") as caught:
        ReplayCursor.unpack(data)
    assert "--fresh" in caught.value.fix


@pytest.mark.parametrize(
    "data",
    [b"", b"\xc1", msgpack.packb(7), msgpack.packb((1, "live")), b"\x96\x01", b"\x91" * 5000],
)
def test_bytes_that_are_no_cursor_are_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError, match="cannot be read"):
        ReplayCursor.unpack(data)


@pytest.mark.parametrize(
    "fields",
    [
        ("paper", 0, "start", 0, 1, b"", b""),
        (1, 0, "start", 0, 1, b"", b""),
        ("live", "0", "start", 0, 1, b"", b""),
        ("live", 0, "a whim", 0, 1, b"", b""),
        ("live", 0, "start", None, 1, b"", b""),
        ("live", 0, "start", 0, 1.5, b"", b""),
        ("live", 0, "start", 0, 1, 7, b""),
        ("live", 0, "start", 0, 1, b"", None),
    ],
)
def test_a_cursor_with_a_field_that_cannot_be_is_refused(fields: tuple[object, ...]) -> None:
    with pytest.raises(ProtocolError, match="the sink's cursor") as caught:
        ReplayCursor.unpack(msgpack.packb((VERSION, *fields)))

    assert "Z504" == caught.value.code
