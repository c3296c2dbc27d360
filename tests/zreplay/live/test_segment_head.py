"""The head of a segment says whose it is and where it begins, or that it is damaged."""

from pathlib import Path

import pytest

from protocol.errors import InputError
from zreplay.live.segment_head import (
    HEAD_BYTES,
    NAME,
    Dropped,
    SegmentHead,
    begin_of,
    name_of,
)

PATH = Path("a.capture")


@pytest.mark.parametrize("dropped", [None, Dropped(2**47, -1, 2**62)])
def test_a_head_is_read_back(dropped: Dropped | None) -> None:
    head = SegmentHead(b"capture-", 2**40, HEAD_BYTES, dropped)

    assert head == SegmentHead.unpack(head.pack() + b"more", PATH)
    assert HEAD_BYTES == len(head.pack())


@pytest.mark.parametrize("version", [1, 2])
def test_a_capture_of_one_file_begins_at_its_sixteenth_byte(version: int) -> None:
    head = SegmentHead.unpack(NAME + bytes([version]) + b"capture-group", PATH)

    assert (b"capture-", 16, 16, False) == (*head[:3], head.is_of_this_version)


def test_a_head_with_a_flipped_byte_is_damaged() -> None:
    data = SegmentHead(b"capture-", 7).pack()
    for place in range(8, HEAD_BYTES):
        flipped = bytearray(data)
        flipped[place] ^= 1
        with pytest.raises(InputError, match="is damaged: its head"):
            SegmentHead.unpack(bytes(flipped), PATH)
    with pytest.raises(InputError, match="is damaged: its head"):
        SegmentHead.unpack(data[:-1], PATH)


def test_the_names_of_segments_are_in_the_order_of_their_begins() -> None:
    begins = [0, 9, 10, 999, 2**47]

    assert begins == [begin_of(name) for name in sorted(map(name_of, begins))]


@pytest.mark.parametrize("name", ["capture.log", "1.capture", f"{'1' * 20}.capture.tmp", "x" * 28])
def test_another_name_is_not_that_of_a_segment(name: str) -> None:
    assert begin_of(name) is None
