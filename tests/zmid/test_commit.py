"""A slot is a commit whole, or it is nothing."""

from hypothesis import given
from hypothesis import strategies as st

from protocol.limits import MAX_CURSOR_BYTES
from protocol.messages import RUN_BYTES
from zmid.commit import SLOT_BYTES, Commit, Tail, pack, unpack

counts = st.integers(0, 2**63 - 1)
tails = st.builds(Tail, counts, st.integers(0, 2**32 - 1))
commits = st.builds(
    Commit,
    number=counts,
    run=st.binary(min_size=RUN_BYTES, max_size=RUN_BYTES),
    epoch=counts,
    next=counts,
    cursor=st.binary(max_size=100),
    mids_tail=tails,
    errors_tail=tails,
    mids=counts,
    skipped=counts,
    threshold_ms=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    stamp=st.sampled_from(("", "exchange", "arrival")),
    finished=st.booleans(),
)


def a_commit(cursor: bytes = b"here") -> Commit:
    tail = Tail(10, 99)
    return Commit(3, b"r" * RUN_BYTES, 2, 7, cursor, tail, Tail(), 6, 1, 20.0, "exchange", False)


@given(commits, st.binary(max_size=50))
def test_a_commit_reads_back_whatever_an_older_one_left_behind_it(
    commit: Commit, left_behind: bytes
) -> None:
    assert commit == unpack(pack(commit) + left_behind)


def test_the_longest_cursor_fits_a_slot() -> None:
    commit = a_commit(b"c" * MAX_CURSOR_BYTES)
    slot = pack(commit)
    assert len(slot) <= SLOT_BYTES
    assert commit == unpack(slot)


def test_a_slot_cut_anywhere_is_no_commit() -> None:
    slot = pack(a_commit())
    assert [None] * len(slot) == [unpack(slot[:length]) for length in range(len(slot))]


def test_a_single_flipped_bit_anywhere_is_no_commit() -> None:
    slot = bytearray(pack(a_commit()))
    for place in range(len(slot)):
        slot[place] ^= 1
        assert unpack(bytes(slot)) is None, place
        slot[place] ^= 1
    assert a_commit() == unpack(bytes(slot))


def test_a_blank_slot_is_no_commit() -> None:
    assert (None, None) == (unpack(b""), unpack(bytes(SLOT_BYTES)))


@given(st.lists(st.binary(max_size=20)))
def test_a_tail_knows_all_bytes_before_it_however_they_came(texts: list[bytes]) -> None:
    tail = Tail()
    for text in texts:
        tail = tail.grown(text)

    assert Tail().grown(b"".join(texts)) == tail
