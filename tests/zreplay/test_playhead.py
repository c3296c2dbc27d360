"""A playhead gives every row of its source once, in order, however it is cut."""

from hypothesis import given
from hypothesis import strategies as st

from tests.zreplay.quotes import make_block
from zreplay.playhead import Playhead
from zreplay.source import Piece


class FakeSource:
    """Gives the pieces it was made with; None in between means "none now"."""

    def __init__(self, *pieces: Piece | None) -> None:
        self._pieces = list(pieces)
        self.is_closed = False

    @property
    def is_ended(self) -> bool:
        return not self._pieces

    def poll(self) -> Piece | None:
        return self._pieces.pop(0) if self._pieces else None

    def close(self) -> None:
        self.is_closed = True


def piece(start_ns: int, count: int, starts_segment: str | None = None) -> Piece:
    block = make_block(range(start_ns, start_ns + count))
    return Piece(block, lambda rows: str(start_ns + rows).encode(), starts_segment)


@given(st.lists(st.integers(0, 8), max_size=6), st.integers(1, 5))
def test_every_row_is_played_once_and_in_order_whatever_the_cuts(
    sizes: list[int], most: int
) -> None:
    starts = [sum(sizes[:number]) for number in range(len(sizes))]
    head = Playhead(FakeSource(*map(piece, starts, sizes)), b"start")

    played, cursors = [], []
    while head.fill():
        count = min(most, head.due_count(10**9))
        block, cursor = head.peek(count)
        head.advance(count, cursor)
        played += block.arrival_ns.tolist()
        cursors.append((len(played), int(cursor)))

    assert list(range(sum(sizes))) == played
    assert all(rows == place for rows, place in cursors)
    assert head.is_ended
    expected = str(sum(sizes)).encode() if sum(sizes) else b"start"
    assert expected == head.last_cursor


def test_peeking_stays_and_the_cursor_moves_only_when_it_advances() -> None:
    head = Playhead(FakeSource(piece(0, 4)), b"start")
    head.fill()
    head.peek(3)
    first, cursor = head.peek(2)

    assert [0, 1] == first.arrival_ns.tolist()
    assert (b"start", 0) == (head.last_cursor, head.next_arrival_ns)

    head.advance(2, cursor)

    assert (b"2", 2) == (head.last_cursor, head.next_arrival_ns)


def test_a_source_that_has_none_now_is_not_at_its_end() -> None:
    head = Playhead(FakeSource(None, piece(0, 1)), b"")

    assert not head.fill()
    assert (False, False) == (head.has_row, head.is_ended)
    assert head.fill()
    assert (True, False) == (head.has_row, head.is_ended)


def test_the_end_comes_only_after_the_last_row_of_the_last_piece() -> None:
    source = FakeSource(piece(0, 2))
    head = Playhead(source, b"")
    head.fill()
    assert source.is_ended
    assert not head.is_ended

    head.advance(2, b"2")

    assert head.is_ended


def test_only_what_has_arrived_is_due() -> None:
    head = Playhead(FakeSource(piece(10, 5)), b"")
    head.fill()

    assert [0, 1, 5] == [head.due_count(now_ns) for now_ns in (9, 10, 99)]
    head.advance(2, b"")
    assert [0, 1, 3] == [head.due_count(now_ns) for now_ns in (11, 12, 99)]


def test_only_the_first_row_of_a_piece_starts_its_segment() -> None:
    head = Playhead(FakeSource(piece(0, 2, "gap"), piece(2, 1)), b"")
    assert head.starts_segment is None
    head.fill()
    assert head.starts_segment == "gap"

    head.advance(1, b"")
    assert head.starts_segment is None

    head.advance(1, b"")
    head.fill()
    assert head.starts_segment is None


def test_closing_closes_the_source() -> None:
    source = FakeSource()
    Playhead(source, b"").close()

    assert source.is_closed
