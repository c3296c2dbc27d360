"""What was written is read back; any other bytes are not an index."""

import os
import struct
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.checksum import crc32
from protocol.limits import INT64_MAX, INT64_MIN
from zreplay.ordering.order_cursor import Resume, packed
from zreplay.recordings.index.entries import FileIndex, FirstRow, IndexEntry, Prefix
from zreplay.recordings.index.index_codec import ENDS_BYTES, KEY_BYTES, decode, encode
from zreplay.recordings.source_block import FilePlace

KEY = bytes(range(KEY_BYTES))
MUTATIONS = int(os.environ.get("TEST_MUTATIONS", "3000"))
EXTREMES = (0, 1, -1, INT64_MIN, INT64_MAX, 2**48, 2**48 - 1, 2**32)
ENDS = bytes(range(ENDS_BYTES))


def entry(number: int, line: int | None = 1, accepted_ns: int | None = None) -> IndexEntry:
    place = FilePlace(number * 2**40, line, accepted_ns)
    before = Prefix(place, number, number, -number, number, number, number)
    return IndexEntry(before, FirstRow(INT64_MIN + 1, INT64_MAX))


ENTRIES = [entry(1), entry(2, None, 5), entry(3, 2**40, -5)]
INDEXES = [
    FileIndex(),
    FileIndex([], Prefix()),
    FileIndex(ENTRIES),
    FileIndex(ENTRIES, entry(4).before),
]


@pytest.mark.parametrize("index", INDEXES)
def test_an_index_comes_back_as_it_was(index: FileIndex) -> None:
    found = decode(encode(index, KEY, ENDS), KEY)

    assert found is not None
    same = found.entries
    assert (index.entries, index.whole, ENDS) == (same.entries, same.whole, found.ends)


@given(st.sampled_from(INDEXES), st.data())
def test_a_damaged_one_is_none(index: FileIndex, data: st.DataObject) -> None:
    whole = encode(index, KEY, ENDS)
    at = data.draw(st.integers(0, len(whole) - 1))
    flipped = bytearray(whole)
    flipped[at] ^= data.draw(st.integers(1, 255))

    assert (None, None, None) == tuple(
        decode(each, KEY) for each in (flipped, whole[:at], whole + b"x")
    )


def test_one_of_another_file_or_version_is_none() -> None:
    data = bytearray(encode(INDEXES[-1], KEY, ENDS))
    assert decode(data, bytes(KEY_BYTES)) is None

    struct.pack_into("<I", data, 8, 1)
    struct.pack_into("<I", data, len(data) - 4, crc32(data[:-4]))
    assert decode(data, KEY) is None


def test_one_whose_entries_go_backwards_is_none() -> None:
    assert decode(encode(FileIndex(ENTRIES[::-1]), KEY, ENDS), KEY) is None


def mutated(data: bytes, chance: Random) -> bytes:
    """Return other bytes: some are changed, cut off, put in twice or taken from elsewhere."""
    changed = bytearray(data)
    for _ in range(chance.randrange(1, 4)):
        at, end = sorted(chance.randrange(len(changed) + 1) for _ in range(2))
        match chance.randrange(5):
            case 0 if changed:
                changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
            case 1:
                del changed[at:end]
            case 2:
                changed[at:at] = changed[at:end]
            case 3:
                changed[at : at + 8] = struct.pack("<q", chance.choice(EXTREMES))
            case _:
                changed[at:end] = chance.randbytes(end - at)
    return bytes(changed)


@pytest.mark.parametrize("is_summed_again", [False, True])
def test_whatever_is_done_to_the_bytes_of_an_index_it_is_another_s_none_or_one_that_may_be_used(
    is_summed_again: bool,
) -> None:
    """Even one with a right checksum has only places that a cursor can carry."""
    chance = Random(7)
    whole = encode(INDEXES[-1], KEY, ENDS)
    survivors = 0
    for _ in range(MUTATIONS):
        data = mutated(whole, chance)
        if is_summed_again:
            data = data[:-4] + struct.pack("<I", crc32(data[:-4]))
        found = decode(data, KEY)
        if found is None or data == whole:
            continue
        survivors += 1
        entries = found.entries
        for arrival_ns in (INT64_MIN, 0, INT64_MAX):
            entry = entries.last_before(arrival_ns)
            if entry is not None:
                newest_ns = entry.before.newest_ns
                packed(Resume(entry.before.place, newest_ns))
        assert data == encode(entries, KEY, found.ends)

    assert (survivors > 0) is is_summed_again
