"""A playhead gives every row of its source once, in order, however it is split."""

from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from protocol.narrow_column import widened
from tests.zreplay.example_quotes import make_block
from zreplay.playback import batch_columns as batch
from zreplay.playback.playhead import Playhead
from zreplay.playback.unpacked_rows import UNPACKED_ROWS
from zreplay.quotes.source import Piece


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
    head = Playhead(FakeSource(*map(piece, starts, sizes)))

    played, cursors = [], []
    while head.fill():
        count = min(most, head.due_count(10**9))
        cut, cursor = head.peek(count)
        head.advance(count)
        played += list(cut.arrivals_ns)
        cursors.append((len(played), int(cursor)))

    assert list(range(sum(sizes))) == played
    assert all(rows == place for rows, place in cursors)
    assert head.is_ended


@given(st.lists(st.integers(0, 3), min_size=1, max_size=3), st.data())
def test_what_is_due_is_cut_whatever_strips_it_lies_in(
    strips: list[int], data: st.DataObject
) -> None:
    sizes = [number * UNPACKED_ROWS + data.draw(st.integers(0, 3)) for number in strips]
    starts = [sum(sizes[:number]) for number in range(len(sizes))]
    head = Playhead(FakeSource(*map(piece, starts, sizes)))

    played, now_ns = [], -1
    while head.fill():
        assert len(played) == head.next_arrival_ns
        now_ns += data.draw(
            st.sampled_from([0, 1, 2, 31, 32, 33, UNPACKED_ROWS - 1, UNPACKED_ROWS])
        )
        due = head.due_count(now_ns)
        ends = [start + size for start, size in zip(starts, sizes, strict=True)]
        end = next(end for end in ends if end > len(played))
        assert max(0, min(now_ns + 1, end) - len(played)) == due
        if due:
            count = data.draw(st.integers(1, due))
            cut, cursor = head.peek(count)
            expected = make_block(range(len(played), len(played) + count))
            assert expected.timestamp_ns.tobytes() == widened(cut.columns.timestamp_ns, count)
            assert len(played) + count == int(cursor)
            head.advance(count)
            played += list(cut.arrivals_ns)

    assert list(range(sum(sizes))) == played


def test_peeking_stays() -> None:
    head = Playhead(FakeSource(piece(0, 4)))
    head.fill()
    head.peek(3)
    first, cursor = head.peek(2)

    assert [0, 1] == list(first.arrivals_ns)
    assert (b"2", 0) == (cursor, head.next_arrival_ns)

    head.advance(2)

    assert 2 == head.next_arrival_ns


def test_a_source_that_has_none_now_is_not_at_its_end() -> None:
    head = Playhead(FakeSource(None, piece(0, 1)))

    assert not head.fill()
    assert (False, False) == (head.has_row, head.is_ended)
    assert head.fill()
    assert (True, False) == (head.has_row, head.is_ended)


def test_the_end_comes_only_after_the_last_row_of_the_last_piece() -> None:
    source = FakeSource(piece(0, 2))
    head = Playhead(source)
    head.fill()
    assert source.is_ended
    assert not head.is_ended

    head.advance(2)

    assert head.is_ended


def test_only_what_has_arrived_is_due() -> None:
    head = Playhead(FakeSource(piece(10, 5)))
    head.fill()

    assert [0, 1, 5] == [head.due_count(now_ns) for now_ns in (9, 10, 99)]
    head.advance(2)
    assert [0, 1, 3] == [head.due_count(now_ns) for now_ns in (11, 12, 99)]


def test_only_the_first_row_of_a_piece_starts_its_segment() -> None:
    head = Playhead(FakeSource(piece(0, 2, "gap"), piece(2, 1)))
    assert head.starts_segment is None
    head.fill()
    assert head.starts_segment == "gap"

    head.advance(1)
    assert head.starts_segment is None

    head.advance(1)
    head.fill()
    assert head.starts_segment is None


def test_closing_closes_the_source() -> None:
    source = FakeSource()
    Playhead(source).close()

    assert source.is_closed


def test_a_cut_that_ends_before_it_was_to_has_the_cursor_of_its_end() -> None:
    with patch.multiple(batch, MAX_NAMES_BYTES=24, _FEW_NAMES=0):
        block = make_block(range(5), [str(number) * 8 for number in range(5)])
        head = Playhead(FakeSource(Piece(block, lambda rows: str(rows).encode())))
        assert head.fill()
        played: list[int] = []
        while head.fill():
            cut, cursor = head.peek(5 - len(played))
            assert len(played) + cut.quotes == int(cursor)
            head.advance(cut.quotes)
            played += list(cut.arrivals_ns)

    assert [0, 1, 2, 3, 4] == played
