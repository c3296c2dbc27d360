"""However it is split, a compressed file yields what Python's own decompressors do."""

import gzip
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.zreplay.recordings.exact_members import (
    checked_zstd,
    gunzipped,
    in_members,
    skippable,
    unzstd,
)
from zreplay.recordings.members import GZIP, ZSTD, Codec, Member, Members, beginning

CONTENT = b"".join(
    b"%d,%d\n" % (number, number * 7919 % 1000)
    for number in random.Random(1).choices(range(10**5), k=60)
)
GZ = in_members(CONTENT, gzip.compress, bytes(7), seed=1) + bytes(90)
ZST = skippable(b"x" * 20) + in_members(CONTENT, checked_zstd, skippable(b""), seed=2)
KINDS = {
    "isal or zlib": (GZIP, GZIP.begin, GZ),
    "zlib": (GZIP, GZIP.begin_exact, GZ),
    "zstd": (ZSTD, ZSTD.begin, ZST),
}


def given_of(
    codec: Codec, begin: Callable[[], Member], compressed: bytes, piece_bytes: int, most_bytes: int
) -> tuple[bytes, bool]:
    """Return what comes out before it ends or fails, and whether the file may end there."""
    members = Members(begin, codec.padding)
    content, at = b"", 0
    try:
        while at < len(compressed) or not members.needs_input:
            data = b""
            if members.needs_input:
                data = compressed[at : at + piece_bytes]
                at += len(data)
            piece = members.decompress(data, most_bytes)
            assert len(piece) <= most_bytes
            content += piece
    except codec.errors:
        return content, False
    return content, members.is_between


@pytest.mark.parametrize(("codec", "begin", "compressed"), KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("piece_bytes", [1, 7, 10**6])
@pytest.mark.parametrize("most_bytes", [1, 100, 10**6])
def test_members_padding_and_skippable_frames_are_one_stream(
    codec: Codec,
    begin: Callable[[], Member],
    compressed: bytes,
    piece_bytes: int,
    most_bytes: int,
) -> None:
    assert (CONTENT, True) == given_of(codec, begin, compressed, piece_bytes, most_bytes)


@pytest.mark.parametrize("most_bytes", [1, 10**6])
def test_cut_off_anywhere_exact_members_give_all_that_can_be_had(most_bytes: int) -> None:
    for exact, codec, compressed in ((gunzipped, GZIP, GZ), (unzstd, ZSTD, ZST)):
        for end in range(len(compressed)):
            cut = compressed[:end]

            content, _ = given_of(codec, codec.begin_exact, cut, 1, most_bytes)

            assert exact(cut) == content


@given(st.data())
def test_damaged_anywhere_exact_members_give_all_that_can_be_had(data: st.DataObject) -> None:
    exact, codec, compressed = data.draw(
        st.sampled_from([(gunzipped, GZIP, GZ), (unzstd, ZSTD, ZST)])
    )
    harmed = bytearray(compressed)
    for _ in range(data.draw(st.integers(1, 3))):
        harmed[data.draw(st.integers(0, len(harmed) - 1))] = data.draw(st.integers(0, 255))

    content, _ = given_of(codec, codec.begin_exact, bytes(harmed), 1, 10**6)

    assert exact(bytes(harmed)) == content


@pytest.mark.parametrize(("codec", "begin", "compressed"), KINDS.values(), ids=KINDS)
def test_what_follows_the_last_member_is_an_error(
    codec: Codec, begin: Callable[[], Member], compressed: bytes
) -> None:
    assert (CONTENT, False) == given_of(codec, begin, compressed + b"junk junk junk", 1, 100)


def test_a_bomb_comes_in_small_pieces() -> None:
    for codec, bomb in (
        (GZIP, gzip.compress(bytes(10**7))),
        (ZSTD, checked_zstd(bytes(10**7))),
    ):
        members = Members(codec.begin, codec.padding)

        assert 1000 == len(members.decompress(bomb, 1000))
        assert not members.needs_input


def test_the_beginning_is_what_the_first_member_begins_with_if_it_is_one() -> None:
    data = checked_zstd(b"DBN" + bytes(100_000))

    assert [b"DBN", b"", b""] == [
        beginning(each, ZSTD, 3) for each in (data[:40], data[:4], b"DBN")
    ]
