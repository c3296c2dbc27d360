"""The capture is replayed in its order, each quote once, from any cursor on."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import InputError, ProtocolError
from tests.depth import few
from zreplay.live import live_source as live
from zreplay.live.capture import CaptureWriter
from zreplay.live.capture_records import CONNECTION, Captured, RecordKind
from zreplay.live.gap import DROPPED, Gap
from zreplay.live.live_source import LiveSource
from zreplay.live.segment_head import name_of
from zreplay.quotes.rejection import Rejection
from zreplay.quotes.source import Piece

BIG = 1 << 40


def quote(index: int, bid_price: float = 1.0) -> dict[str, object]:
    return {
        "index": index,
        "timestamp": "2025-10-02 23:59:57.290000",
        "ticker": "A@X",
        "ask_amount": 1,
        "ask_price": 2,
        "bid_price": bid_price,
        "bid_amount": 1,
    }


def message(*indexes: int, recv_ns: int = 5) -> Captured:
    """A message of one quote, or of a list of them; a negative index is a bad quote."""
    objects = [quote(index, -1.0 if index < 0 else 1.0) for index in indexes]
    text = json.dumps(objects[0] if len(objects) == 1 else objects)
    return Captured(RecordKind.MESSAGE, recv_ns, text.encode())


CONNECTED = Captured(RecordKind.CONNECTED, 5, b"ws://feed")
DISCONNECTED = Captured(RecordKind.DISCONNECTED, 5, b"mode")


def write(path: Path, *groups: list[Captured]) -> None:
    writer = CaptureWriter(path, BIG)
    for group in groups:
        assert writer.append(group) is None
    writer.close()


class Reading:
    """A source and what it has given so far."""

    def __init__(self, path: Path, cursor: bytes = b"") -> None:
        self.rejections: list[Rejection] = []
        self.source = LiveSource(path, self.rejections.append, cursor)

    def pieces(self) -> list[Piece]:
        pieces = []
        while piece := self.source.poll():
            pieces.append(piece)
        return pieces

    def close(self) -> None:
        self.source.close()


def read(path: Path, cursor: bytes = b"") -> tuple[list[Piece], list[Rejection]]:
    reading = Reading(path, cursor)
    pieces = reading.pieces()
    reading.close()
    return pieces, reading.rejections


def indexes(pieces: list[Piece]) -> list[int]:
    return [index for piece in pieces for index in piece.block.index.tolist()]


def segments(pieces: list[Piece]) -> list[tuple[str | None, list[int]]]:
    return [(piece.starts_segment, piece.block.index.tolist()) for piece in pieces]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "capture.log"


def test_quotes_come_as_received_with_the_time_of_receipt(path: Path) -> None:
    write(path, [CONNECTED, message(3, recv_ns=30)], [message(1, 2, recv_ns=10)])

    pieces, rejections = read(path)

    assert [3, 1, 2] == indexes(pieces)
    assert [30, 10, 10] == [ns for piece in pieces for ns in piece.block.arrival_ns.tolist()]
    assert [] == rejections


def test_a_capture_without_quotes_is_read_a_chunk_at_a_time_where_others_wait(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(path, *[[message(-1)]] * 5, [message(7)])
    monkeypatch.setattr(live, "CHUNK_BYTES", 1)
    rejected: list[Rejection] = []
    woken: list[int] = []
    source = LiveSource(path, rejected.append, wake=lambda: woken.append(len(rejected)))
    pieces = [source.poll() for _ in range(7)]
    source.close()

    assert [1, 2, 3, 4, 5] == woken
    assert [None] * 5 == pieces[:5]
    assert pieces[5] is not None and [7] == pieces[5].block.index.tolist()
    assert pieces[6] is None


def test_positions_rise_and_are_unique(path: Path) -> None:
    write(path, [message(1), message(2, 3, 4)], [message(5, 6)])

    pieces, _ = read(path)
    positions = [place for piece in pieces for place in piece.block.position.tolist()]

    assert sorted(set(positions)) == positions


def test_a_first_connection_is_no_gap_and_each_later_one_is(path: Path) -> None:
    write(
        path,
        [CONNECTED, message(1), DISCONNECTED, CONNECTED, message(2), message(3)],
        [CONNECTED],
        [CONNECTED, message(4)],
    )

    pieces, _ = read(path)

    assert [(None, [1]), ("gap", [2, 3]), ("gap", [4])] == segments(pieces)


def test_a_connection_without_quotes_before_it_is_no_gap(path: Path) -> None:
    write(path, [CONNECTED, message(-1), DISCONNECTED], [CONNECTED, message(1)])

    pieces, rejections = read(path)

    assert [(None, [1])] == segments(pieces)
    assert 1 == len(rejections)


def test_a_source_at_its_end_goes_on_when_more_is_captured(path: Path) -> None:
    write(path, [message(1)])
    reading = Reading(path)
    assert [1] == indexes(reading.pieces())
    assert reading.source.poll() is None
    write(path, [CONNECTED])
    assert reading.source.poll() is None

    write(path, [message(2)])

    assert [("gap", [2])] == segments(reading.pieces())
    assert not reading.source.is_ended
    reading.close()


def test_a_cursor_of_another_capture_begins_anew_with_a_gap(tmp_path: Path) -> None:
    for name in ("old", "new"):
        write(tmp_path / name, [message(1), message(2)])
    (piece,), _ = read(tmp_path / "old")

    pieces, _ = read(tmp_path / "new", piece.cursor_after(1))

    assert [("gap", [1, 2])] == segments(pieces)


def test_a_capture_that_lost_its_sent_end_goes_on_with_a_gap(path: Path) -> None:
    write(path, [message(1)])
    segment = path / name_of(0)
    short = segment.read_bytes()
    write(path, [message(2)], [message(3)])
    pieces, _ = read(path)
    cursor = pieces[-1].cursor_after(len(pieces[-1].block))
    segment.write_bytes(short)

    write(path, [CONNECTED])
    reading = Reading(path, cursor)
    write(path, [message(4)])

    assert [("gap", [4])] == segments(reading.pieces())
    reading.close()


@pytest.mark.parametrize("cursor", [b"\xc1", b"\x90", b"\x01"])
def test_a_cursor_that_is_none_is_an_error_of_the_protocol(path: Path, cursor: bytes) -> None:
    write(path, [message(1)])

    with pytest.raises(ProtocolError, match="live cursor cannot be read"):
        LiveSource(path, lambda rejection: None, cursor)


MESSAGES = st.lists(st.booleans(), min_size=1, max_size=4)
GROUPS = st.lists(
    st.lists(st.one_of(st.just(CONNECTED), MESSAGES), min_size=1, max_size=4), max_size=5
)


@settings(max_examples=few(20))
@given(GROUPS, st.sampled_from((1, 400, 100_000)))
def test_a_resume_after_any_quote_gives_exactly_the_rest(
    tmp_path_factory: pytest.TempPathFactory,
    groups: list[list[Captured | list[bool]]],
    chunk_bytes: int,
) -> None:
    path = tmp_path_factory.mktemp("live") / "capture.log"
    number = 0
    for group in groups:
        records = []
        for record in group:
            if isinstance(record, list):
                signed = [number + i + 1 if is_good else -1 for i, is_good in enumerate(record)]
                record = message(*signed)
                number += len(signed)
            records.append(record)
        write(path, records)
    if not groups:
        write(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(live, "CHUNK_BYTES", chunk_bytes)
        whole, rejected = read(path)
        expected = [(piece.starts_segment, i) for piece in whole for i in [*piece.block.index]]
        starts = {piece.block.index[0].item(): piece.starts_segment for piece in whole}
        seen = 0
        for piece in whole:
            for rows in range(1, len(piece.block) + 1):
                seen += 1
                reading = Reading(path, piece.cursor_after(rows))
                rest = reading.pieces()
                place = reading.source.next_position
                reading.close()
                assert [index for _, index in expected[seen:]] == indexes(rest)
                for resumed in rest:
                    first = resumed.block.index[0].item()
                    assert starts.get(first) == resumed.starts_segment
                # The caller keeps the rejections before the place and gets the others again.
                kept = [rejection for rejection in rejected if rejection.offset < place]
                assert rejected == kept + reading.rejections


def test_a_connection_that_replaces_one_which_still_delivers_starts_no_segment(path: Path) -> None:
    first, new = (Captured(RecordKind.CONNECTED, 5, b"ws://feed", number) for number in (1, 2))
    overlap = Captured(RecordKind.OVERLAP, 5, CONNECTION.pack(1), 2)
    replaced = Captured(RecordKind.DISCONNECTED, 5, b"replaced", 1)
    write(path, [first, message(1)], [overlap, new, message(2)], [replaced], [message(3)])
    pieces, _ = read(path)

    assert [(None, [1, 2, 3])] == segments(pieces)


def test_one_that_connects_again_because_the_other_was_lost_starts_a_segment(path: Path) -> None:
    first, new = (Captured(RecordKind.CONNECTED, 5, b"ws://feed", number) for number in (1, 2))
    overlap = Captured(RecordKind.OVERLAP, 5, CONNECTION.pack(1), 2)
    lost = Captured(RecordKind.DISCONNECTED, 5, b"cut", 1)
    write(path, [first, message(1)], [overlap, new, message(2)], [lost, new], [message(3)])
    pieces, _ = read(path)

    assert [(None, [1, 2]), ("gap", [3])] == segments(pieces)


def test_gaps_are_told_with_their_places_again_after_a_resume(tmp_path: Path) -> None:
    gap = Gap("ws://feed", "", 1, 2, "cut")
    path = tmp_path / "capture.log"
    write(path, [CONNECTED, message(1)], [Captured(RecordKind.GAP, 5, gap.pack(), 3), message(2)])
    told: list[tuple[Gap, int]] = []

    def read(cursor: bytes) -> bytes:
        source = LiveSource(path, lambda _: None, cursor, on_gap=lambda g, at: told.append((g, at)))
        pieces = list(iter(source.poll, None))
        source.close()
        return pieces[0].cursor_after(1)

    first = read(b"")
    ((found, place),) = told
    assert gap == found
    read(first)
    assert [(gap, place), (gap, place)] == told


def test_a_drop_is_told_where_it_is_passed_over_not_where_the_capture_speaks_of_it(
    tmp_path: Path,
) -> None:
    path = tmp_path / "capture.log"
    gap = Gap("all feeds", "", 1, 2, DROPPED)
    write(path, [CONNECTED, message(1)], [Captured(RecordKind.GAP, 5, gap.pack()), message(2)])
    told: list[int] = []
    source = LiveSource(path, lambda _: None, on_gap=lambda _, at: told.append(at))
    pieces = list(iter(source.poll, None))
    source.close()

    assert ([], 2) == (told, sum(len(piece.block) for piece in pieces))


def test_a_gap_that_cannot_be_read_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "capture.log"
    write(path, [Captured(RecordKind.GAP, 5, b"{}", 3)])
    source = LiveSource(path, lambda _: None)
    with pytest.raises(InputError, match="the gap at byte"):
        source.poll()
    source.close()
