"""Lost is who owes an answer and says nothing; who stands still, or is only slow, is not."""

import struct

import pytest

from protocol.lost_path import (
    FORGIVEN_NS,
    MOST_PATIENCE_NS,
    PATIENCE_NS,
    SOON_NS,
    TCP_INFO_BYTES,
    Asked,
    LostPath,
    Patience,
    asked,
)

ESTABLISHED, CLOSE_WAIT = 1, 8
LATE = PATIENCE_NS + 1


def told(
    state: int = ESTABLISHED,
    retransmits: int = 0,
    probes: int = 0,
    room_bytes: int = 1000,
    since_data_ms: int = 7,
    since_answer_ms: int = 9,
) -> bytes:
    """Return what the kernel tells, as linux/tcp.h lays it out."""
    info = bytearray(TCP_INFO_BYTES)
    info[0], info[2], info[3] = state, retransmits, probes
    struct.pack_into("=II", info, 52, since_data_ms, since_answer_ms)
    struct.pack_into("=I", info, 228, room_bytes)
    return bytes(info)


@pytest.mark.parametrize(
    ("is_owed", "info"),
    [
        (False, told()),
        (True, told(retransmits=1)),
        (True, told(probes=1)),
        (False, told(retransmits=1, room_bytes=0)),
        (True, told(retransmits=1, room_bytes=0, probes=1)),
    ],
)
def test_an_answer_is_owed_to_what_is_sent_again_into_room_and_to_a_probe(
    is_owed: bool, info: bytes
) -> None:
    assert Asked(is_owed, 7_000_000) == asked(info)


def test_whatever_was_heard_last_ends_the_silence() -> None:
    found = asked(told(since_data_ms=500, since_answer_ms=20))

    assert found is not None and 20_000_000 == found.silent_ns


@pytest.mark.parametrize("info", [b"", told()[:-1], told(state=CLOSE_WAIT, retransmits=1)])
def test_nothing_is_said_of_what_an_old_kernel_does_not_tell_or_has_ended(info: bytes) -> None:
    assert asked(info) is None


def test_lost_is_who_owes_an_answer_and_is_silent_for_long() -> None:
    path = LostPath()
    verdicts = [path.is_lost(Asked(True, now_ns), now_ns) for now_ns in (1, PATIENCE_NS, LATE)]

    assert [False, False, True] == verdicts


@pytest.mark.parametrize(
    "between",
    [Asked(is_owed=False, silent_ns=LATE), Asked(is_owed=False, silent_ns=0)],
)
def test_who_has_answered_meanwhile_owes_anew(between: Asked) -> None:
    path = LostPath()
    path.is_lost(Asked(True, LATE), 0)
    path.is_lost(between, 1)

    assert not path.is_lost(Asked(True, LATE), LATE)


def test_who_says_something_else_meanwhile_is_not_lost() -> None:
    path = LostPath()
    path.is_lost(Asked(True, 0), 0)

    assert not path.is_lost(Asked(True, PATIENCE_NS - 1), 10 * LATE)


def test_a_standing_peer_is_not_lost_however_seldom_it_is_asked_and_answers() -> None:
    path = LostPath()
    for minute in range(60):
        is_just_asked = Asked(True, 60_000_000_000)
        assert not path.is_lost(is_just_asked, minute * 60_000_000_000)
        assert not path.is_lost(Asked(False, 0), minute * 60_000_000_000 + 500_000_000)


def test_patience_grows_with_each_cut_that_was_in_vain_and_is_forgotten_later() -> None:
    patience = Patience()
    found = [patience.begun(0)]
    for now_ns in (1, 2, 3):
        patience.ended(now_ns)
        found.append(patience.begun(now_ns + SOON_NS))
    patience.ended(FORGIVEN_NS)
    found.append(patience.begun(2 * FORGIVEN_NS))

    grown = [PATIENCE_NS, 4 * PATIENCE_NS, MOST_PATIENCE_NS, MOST_PATIENCE_NS]
    assert [*grown, PATIENCE_NS] == found


def test_whose_way_was_lost_for_longer_is_not_given_more_time() -> None:
    patience = Patience()
    patience.ended(0)

    assert PATIENCE_NS == patience.begun(SOON_NS + 1)


@pytest.mark.parametrize(
    ("again", "needless", "is_lossy"), [(100, 0, True), (100, 95, False), (9, 0, False)]
)
def test_a_line_of_which_much_had_to_be_sent_again_is_given_time(
    again: int, needless: int, is_lossy: bool
) -> None:
    info = bytearray(told(retransmits=3))
    for at, value in ((100, again), (156, 300), (216, needless)):
        struct.pack_into("=I", info, at, value)
    found = asked(bytes(info))
    path = LostPath()
    path.is_lost(Asked(True, LATE, is_lossy), 0)

    assert found is not None and is_lossy == found.is_lossy
    assert is_lossy != path.is_lost(Asked(True, LATE, is_lossy), LATE)
    assert path.is_lost(Asked(True, MOST_PATIENCE_NS, is_lossy), MOST_PATIENCE_NS)
