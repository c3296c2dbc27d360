"""A batch ends before the first quote of another period, before 1970 too."""

from itertools import takewhile

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.zreplay.fakes import make_block
from zreplay.playback.arrival_period import count_in_first_period
from zreplay.playback.playhead import Playhead
from zreplay.quotes.source import Piece


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=30), st.integers(1, 20))
def test_it_is_as_many_as_a_plain_walk_counts(arrivals_ns: list[int], period_ns: int) -> None:
    first = arrivals_ns[0] // period_ns
    walked = [*takewhile(lambda each: each // period_ns == first, arrivals_ns)]

    assert len(walked) == count_in_first_period(np.array(arrivals_ns), period_ns)


@given(
    st.lists(st.integers(0, 99), min_size=1, max_size=30),
    st.integers(1, 20),
    st.lists(st.integers(1, 9), min_size=1, max_size=30),
)
def test_however_a_playhead_is_asked_no_batch_has_two_periods_and_none_is_left_out(
    arrivals_ms: list[int], period_ms: int, counts: list[int]
) -> None:
    block = make_block(arrivals_ms)
    head, seen = Playhead(_One(Piece(block, lambda rows: b"%d" % rows))), []
    while head.fill():
        asked = min(counts[len(seen) % len(counts)], head.due_count(2**62))
        cut, after = head.peek(asked, period_ms * 1_000_000)
        seen += [int(each) for each in cut.arrivals_ns]
        assert 1 == len({int(each) // (period_ms * 1_000_000) for each in cut.arrivals_ns})
        assert max(map(int, cut.arrivals_ns)) == cut.latest_arrival_ns
        assert b"%d" % len(seen) == after
        head.advance(cut.quotes)

    assert block.arrival_ns.tolist() == seen


class _One:
    is_ended = True

    def __init__(self, piece: Piece) -> None:
        self._pieces = [piece]

    def poll(self) -> Piece | None:
        return self._pieces.pop() if self._pieces else None

    def close(self) -> None:
        pass
