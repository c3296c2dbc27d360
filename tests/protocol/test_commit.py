"""A slot is a complete commit, or it is nothing."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.checksum import crc32
from protocol.commit import (
    HEADER,
    MAGIC,
    SLOT_BYTES,
    VERSION,
    Commit,
    Tail,
    output_names,
    pack,
    unpack,
)
from protocol.declaration import DIGEST_BYTES, Declaration, OutputFile
from protocol.errors import ResultLogError
from protocol.limits import (
    MAX_CURSOR_BYTES,
    MAX_NAME_CHARS,
    MAX_OUTPUTS,
    MAX_PARAMETERS_CHARS,
    MAX_PROCESSORS,
    MAX_SCHEMAS_BYTES,
)
from protocol.messages import RUN_BYTES
from tests.protocol.examples import ALL, SPREAD

json_like = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.binary(),
    lambda inner: st.lists(inner, max_size=14) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=20,
)
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
    blank=counts,
    threshold_ms=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    stamp=st.sampled_from(("", "exchange", "arrival")),
    finished=st.booleans(),
    commanded=counts,
    processors=st.just((ALL, SPREAD)),
    output_tails=st.tuples(tails, tails, tails),
)


def a_commit(cursor: bytes = b"here", processors: tuple[Declaration, ...] = (SPREAD,)) -> Commit:
    tail = Tail(10, 99)
    rule = (20.0, "exchange", False, 6, processors, (tail,) * len(output_names(processors)))
    return Commit(3, b"r" * RUN_BYTES, 2, 7, cursor, tail, Tail(), 5, 1, 1, *rule)


@given(commits, st.binary(max_size=50))
def test_a_commit_reads_back_whatever_an_older_one_left_behind_it(
    commit: Commit, left_behind: bytes
) -> None:
    assert commit == unpack(pack(commit) + left_behind)


def the_most_processors() -> tuple[Declaration, ...]:
    """Return as many as a run may have, with the longest texts."""
    name = "n" * (MAX_NAME_CHARS - 2)
    schema = bytes(MAX_SCHEMAS_BYTES // (MAX_PROCESSORS * MAX_OUTPUTS))
    return tuple(
        Declaration(
            f"{name}{number}",
            b"d" * DIGEST_BYTES,
            "p" * MAX_PARAMETERS_CHARS,
            tuple(OutputFile(f"{name}{number}{file}", schema) for file in range(MAX_OUTPUTS)),
        )
        for number in range(MAX_PROCESSORS)
    )


def test_the_longest_cursor_and_the_most_processors_fit_a_slot() -> None:
    commit = a_commit(b"c" * MAX_CURSOR_BYTES, the_most_processors())
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


def forged(body: bytes) -> bytes:
    return HEADER.pack(MAGIC, crc32(body), len(body)) + body


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (0, -1),
        (1, b"short"),
        (1, 7),
        (2, 2**63),
        (2, "2"),
        (3, None),
        (4, b"c" * (MAX_CURSOR_BYTES + 1)),
        (5, ["1", 0]),
        (5, [-1, 0]),
        (6, [0, 2**32]),
        (6, 5),
        (7, 1.5),
        (10, float("nan")),
        (10, "20"),
        (11, "neither"),
        (12, 1),
        (13, None),
        (14, []),
        (14, [["../up", b"d" * 16, "", [["a", b""]]]]),
        (14, [["up", b"d" * 16, "", [["../a", b""]]]]),
        (15, []),
        (15, [[1, 2], [3, 4]]),
    ],
    ids=lambda value: f"{value!r:.20}",
)
def test_a_slot_that_is_whole_and_holds_what_no_sink_writes_is_refused(
    field: int, value: Any
) -> None:
    values = msgspec.to_builtins(a_commit(), builtin_types=(bytes,))
    values[field] = value
    with pytest.raises(ResultLogError, match="intact but not a commit") as caught:
        unpack(forged(msgspec.msgpack.encode((VERSION, *values))))

    assert "Z605" == caught.value.code


@pytest.mark.parametrize(
    "body",
    [b"", b"\xc1", b"\x90", b"\xa1\xff", b"\x91" * 50_000, bytes((0x91, VERSION))],
    ids=lambda body: f"{body!r:.20}",
)
def test_a_slot_that_is_whole_and_no_list_of_fields_is_refused(body: bytes) -> None:
    with pytest.raises(ResultLogError, match="intact but not a commit"):
        unpack(forged(body))


@given(json_like | st.lists(json_like, min_size=16, max_size=16).map(lambda all: [VERSION, *all]))
def test_whatever_a_slot_says_it_is_a_commit_or_an_error_of_ours(value: Any) -> None:
    try:
        unpack(forged(msgspec.msgpack.encode(value)))
    except ResultLogError as error:
        assert error.code in ("Z605", "Z608")
