"""Whatever was added when, from whichever file: due rows come by arrival and position."""

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from protocol.limits import INT64_MAX
from tests.zreplay.example_quotes import make_block
from zreplay.ordering import waiting_rows
from zreplay.ordering.waiting_rows import WaitingRows
from zreplay.quotes.block import Block, file_of, first_position
from zreplay.quotes.ticker_table import concatenated

Key = tuple[int, int]


class Step(NamedTuple):
    """Rows of files that arrive so long behind a mark, then so much of a rise of the mark."""

    numbers: set[int]
    delays_ns: list[int]
    rise_ns: int


steps = st.lists(
    st.builds(
        Step,
        st.sets(st.integers(0, 5), min_size=1, max_size=3),
        st.lists(st.integers(0, 6) | st.integers(0, 300), min_size=1, max_size=20),
        st.sampled_from([0, 0, 1, 5]),
    ),
    max_size=60,
)


def rows_of(number: int, arrivals_ns: list[int], first: int = 0, code: int = 0) -> Block:
    block = make_block(arrivals_ns)
    return replace(
        block,
        position=first_position(number) + first + np.arange(len(block)),
        ticker_codes=np.full(len(block), code, np.int32),
        ticker_names=(),
    )


def keys_of(block: Block | None) -> list[Key]:
    if block is None:
        return []
    return list(zip(block.arrival_ns.tolist(), block.position.tolist(), strict=True))


def test_rows_of_bare_blocks_that_arrive_together_come_by_position() -> None:
    waiting = WaitingRows()
    early, late = rows_of(0, [5, 5, 7]).bare(), rows_of(1, [5, 6]).bare()
    waiting.add_joint(concatenated([late, early], ()).bare())
    waiting.add(2, rows_of(2, [5]).bare())
    block = waiting.take_below(7)

    places = [(0, 0), (0, 1), (1, 0), (2, 0)]
    expected = [(5, first_position(number) + row) for number, row in places]
    assert [*expected, (6, first_position(1) + 1)] == keys_of(block)
    assert [(7, first_position(0) + 2)] == keys_of(waiting.take_below(INT64_MAX))


@settings(deadline=None)
@given(
    steps, st.sampled_from([2, 4, 32]), st.sampled_from([1, 4, 1000]), st.sampled_from([0, 1, 4, 7])
)
def test_rows_below_the_mark_come_in_order_and_the_others_wait(
    steps: list[Step], most_runs: int, copied_share: int, batch_rows: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(waiting_rows, "MOST_RUNS", most_runs)
        patch.setattr(waiting_rows, "COPIED_SHARE", copied_share)
        waiting, left = WaitingRows(), set[Key]()
        mark_ns, added, firsts = 0, 0, [0] * 6
        for step in steps:
            arrivals_ns = [mark_ns + delay_ns for delay_ns in step.delays_ns]
            blocks = []
            for number in sorted(step.numbers):
                blocks.append(rows_of(number, arrivals_ns, firsts[number]))
                firsts[number] += len(arrivals_ns)
            block = concatenated(blocks, ())
            added += len(block)
            if len(blocks) == 1:
                waiting.add(*step.numbers, block)
            else:
                waiting.add_joint(block)
            left |= set(keys_of(block))
            mark_ns += step.rise_ns
            due = sorted(key for key in left if key[0] < mark_ns)
            assert (len(left), added) == (waiting.rows, waiting.added_rows)
            assert bool(due) == waiting.has_below(mark_ns)
            if step.rise_ns:
                came = keys_of(waiting.take_below(mark_ns, batch_rows))
                rest = len(due) % batch_rows if len(due) > batch_rows > 0 else 0
                waits = rest if 2 * rest < batch_rows else 0
                assert due[: len(due) - waits] == came
                left -= set(came)
                added = 0
                assert len(waiting._runs) <= most_runs + 1
        assert sorted(left) == keys_of(waiting.take_below(INT64_MAX + 1))
        assert (0, False) == (waiting.rows, waiting.has_below(INT64_MAX + 1))


def test_every_value_of_a_row_goes_with_it() -> None:
    waiting = WaitingRows()
    waiting.add(1, rows_of(1, [5, 3, 9, 3]))
    waiting.add(0, rows_of(0, [3, 9]))
    assert keys_of(waiting.take_below(2)) == []
    waiting.add(0, rows_of(0, [4, 3], first=2))

    block = waiting.take_below(9)

    assert block is not None
    expected = [
        *[(3, 0, 0), (3, 0, 3), (3, 1, 1), (3, 1, 3)],
        *[(4, 0, 2), (5, 1, 0)],
    ]
    found = block.arrival_ns, file_of(block.position), block.position & 0xFF
    assert expected == list(zip(*(column.tolist() for column in found), strict=True))
    prices = [100 + row for row in (0, 1, 1, 3, 0, 0)]
    assert prices == block.bid_price.tolist()


def test_runs_that_become_one_keep_ties_by_position(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting_rows, "MOST_RUNS", 2)
    waiting = WaitingRows()
    for number, arrivals_ns in ((3, [100] * 9), (2, [5, 5]), (1, [5])):
        waiting.add(number, rows_of(number, arrivals_ns))
        waiting.take_below(0)

    found = [(at_ns, file_of(position)) for at_ns, position in keys_of(waiting.take_below(9))]
    assert [(5, 1), (5, 2), (5, 2)] == found


def test_a_row_may_arrive_at_the_end_of_time() -> None:
    waiting = WaitingRows()
    waiting.add(0, rows_of(0, [INT64_MAX]))

    assert not waiting.has_below(INT64_MAX)
    assert [(INT64_MAX, 0)] == keys_of(waiting.take_below(INT64_MAX + 1))


def test_the_memory_of_rows_that_have_left_is_not_held_for_the_few_that_wait() -> None:
    waiting = WaitingRows()
    block = rows_of(0, [*range(1000), 10**6])
    waiting.add(0, block)
    waiting.take_below(1000)

    assert [(10**6, 1000)] == keys_of(waiting._runs[0].run.block)
    assert not np.shares_memory(waiting._runs[0].run.arrival_ns, block.arrival_ns)


def test_the_few_rows_behind_whole_batches_come_with_later_ones() -> None:
    waiting = WaitingRows()
    waiting.add(0, rows_of(0, [*range(9)]))

    assert [(at_ns, at_ns) for at_ns in range(8)] == keys_of(waiting.take_below(9, 4))
    assert (1, True) == (waiting.rows, waiting.has_below(9))
    waiting.add(0, rows_of(0, [9, 10], first=9))
    assert [(8, 8), (9, 9), (10, 10)] == keys_of(waiting.take_below(11, 4))


def test_ticker_codes_that_wait_are_known_and_numbered_anew() -> None:
    waiting = WaitingRows()
    waiting.add(0, rows_of(0, [1, 5], code=3))
    waiting.add(1, rows_of(1, [2], code=7))
    waiting.take_below(2)
    assert [3, 7] == waiting.ticker_codes().tolist()

    waiting.renumber(np.arange(10, 20, dtype=np.int32))
    block = waiting.take_below(100)

    assert block is not None
    assert [17, 13] == block.ticker_codes.tolist()
