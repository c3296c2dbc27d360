"""The commit to resume from is the newest that the logs match; nothing after it counts."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from protocol.commit import Commit, Tail
from protocol.result_folder import (
    ERRORS,
    MIDS,
)
from zmid.recovery import (
    CHECKED_WHOLE_BYTES,
    Recovery,
    recover,
)

FIRST = Commit(0, b"r" * 16, 1, 0, b"", Tail(), Tail(), 0, 0, 0, None, "", False, 0, (), ())
texts = st.tuples(st.binary(max_size=6), st.binary(max_size=6))


def after(commit: Commit, mids: bytes, errors: bytes) -> Commit:
    return replace(
        commit,
        number=commit.number + 1,
        next=commit.next + 1,
        mids_tail=commit.mids_tail.grown(mids),
        errors_tail=commit.errors_tail.grown(errors),
    )


def history(groups: list[tuple[bytes, bytes]]) -> tuple[list[Commit], dict[str, bytearray]]:
    """Return the commits of these groups of lines, and the two logs."""
    commits, logs = [FIRST], {MIDS: bytearray(), ERRORS: bytearray()}
    for mids, errors in groups:
        commits.append(after(commits[-1], mids, errors))
        logs[MIDS] += mids
        logs[ERRORS] += errors
    return commits, logs


class Logs:
    """A check as the result log makes it, over bytes in memory."""

    def __init__(self, logs: dict[str, bytearray]) -> None:
        self.logs = logs

    def check(self, name: str, before: Tail, tail: Tail) -> str | None:
        piece = bytes(self.logs[name][before.length : tail.length])
        is_whole = before.length + len(piece) == tail.length
        return None if is_whole and zlib.crc32(piece, before.crc) == tail.crc else "misfit"


@given(st.lists(texts, max_size=8))
def test_logs_that_fit_go_on_from_the_newest_commit(groups: list[tuple[bytes, bytes]]) -> None:
    commits, logs = history(groups)
    logs[MIDS] += b"not committed"

    assert Recovery(commits[-1]) == recover(commits, Logs(logs).check)


@given(st.data())
def test_the_damage_of_any_byte_is_stepped_over_whatever_slots_cannot_be_read(
    data: st.DataObject,
) -> None:
    """What is kept is undamaged, and as much as the readable commits allow."""
    commits, logs = history(data.draw(st.lists(texts, min_size=1, max_size=8)))
    name = data.draw(st.sampled_from([name for name in logs if logs[name]] or [MIDS]))
    place = data.draw(st.integers(0, len(logs[name])))
    if place < len(logs[name]) and data.draw(st.booleans(), label="flip, do not cut"):
        logs[name][place] ^= data.draw(st.integers(1, 255))
    else:
        del logs[name][place:]
    readable = data.draw(st.lists(st.sampled_from(commits), unique=True))
    readable.sort(key=lambda commit: commit.number)

    recovery = recover(readable, Logs(logs).check)

    tails = {MIDS: lambda commit: commit.mids_tail, ERRORS: lambda commit: commit.errors_tail}
    fits = [commit for commit in readable if tails[name](commit).length <= place]
    assert (fits[-1].next if fits else None) == (recovery.last.next if recovery.last else None)
    if fits:
        assert tuple(readable[len(fits) :]) == recovery.stepped_over


def test_the_newest_epoch_is_kept_so_that_it_is_not_given_twice() -> None:
    commits, logs = history([(b"one", b""), (b"two", b"")])
    commits.append(replace(commits[-1], number=3, epoch=7))
    logs[MIDS][-1] ^= 1

    recovery = recover(commits, Logs(logs).check)

    expected = replace(commits[1], number=2, epoch=7)
    assert (expected, (commits[2], commits[3])) == (recovery.last, recovery.stepped_over)


@pytest.mark.parametrize(
    ("length", "is_seen"), [(CHECKED_WHOLE_BYTES, True), (CHECKED_WHOLE_BYTES + 1, False)]
)
def test_only_a_log_of_moderate_length_is_read_from_its_first_byte(
    length: int, is_seen: bool
) -> None:
    asked: list[tuple[Tail, Tail]] = []

    def check(name: str, before: Tail, tail: Tail) -> str | None:
        asked.append((before, tail))
        return None

    oldest = replace(FIRST, number=5, mids_tail=Tail(length, 1))
    recover([oldest], check)

    assert (Tail() if is_seen else oldest.mids_tail, oldest.mids_tail) == asked[0]
