"""Sorted and merged in each form: the same rows, bit for bit, in the one stable order."""

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from protocol.compiled_parts import ORDER, are_in_use
from zreplay.ordering.sorted_run import (
    MAX_COMPILED_RUNS,
    SortedRun,
    merged,
    sorted_arrivals,
    sorted_block,
)
from zreplay.quotes.block import EMPTY, Block

pytestmark = pytest.mark.usefixtures("form")

INT64 = st.integers(-(2**63), 2**63 - 1)
Row = tuple[int, ...]


def block_of(arrivals_ns: list[int], first: int = 0) -> Block:
    """Quotes of which each column holds the row's number, in bits that are a NaN as a float."""
    numbers = np.arange(first, first + len(arrivals_ns), dtype=np.int64)
    columns = [
        ((0x7FF4_0000_0000_0000 if column.dtype == np.float64 else 0) + numbers * 16 + place)
        .view(np.float64 if column.dtype == np.float64 else np.int64)
        .astype(column.dtype)
        for place, column in enumerate(EMPTY.columns)
    ]
    columns[0] = np.array(arrivals_ns, np.int64)
    return Block.of(columns, ("A", "B"))


def blocks_of(arrivals_ns: list[list[int]]) -> list[Block]:
    firsts = np.cumsum([0, *map(len, arrivals_ns)]).tolist()
    return [block_of(part, first) for part, first in zip(arrivals_ns, firsts, strict=False)]


def rows(block: Block) -> list[Row]:
    """Return the quotes as the bits of their values."""
    bits = [column.view(f"i{column.itemsize}").tolist() for column in block.columns]
    return list(zip(*bits, strict=True))


def by_arrival(found: Iterable[Row]) -> list[Row]:
    return sorted(found, key=lambda row: row[0])


def in_order(blocks: list[Block]) -> list[Row]:
    return by_arrival(row for block in blocks for row in rows(block))


def rising(steps: list[tuple[int, int]], unit_ns: int, start_ns: int) -> list[int]:
    """Return arrivals that go on by the first of each pair, each behind that by the second."""
    arrivals_ns, now_ns = [], start_ns
    for step, delay in steps:
        now_ns += step * unit_ns
        arrivals_ns.append(min(max(now_ns + delay * unit_ns, -(2**63)), 2**63 - 1))
    return arrivals_ns


few = st.integers(0, 4)
recorded = st.builds(
    rising,
    st.lists(st.tuples(few, few | st.integers(-9, 300)), max_size=40),
    st.sampled_from([1, 1_000, 10**9, 10**15]),
    st.sampled_from([0, -(2**63), 2**62, 1_760_000_000 * 10**9]),
)
arrivals = recorded | st.lists(few, max_size=40) | st.lists(INT64, max_size=40)
EXTREMES = [2**63 - 1, -(2**63), 0, -(2**63), 2**63 - 1, -1]


@given(arrivals)
@example(EXTREMES)
@example([5])
@example([2**63 - 1, 2**63 - 1, 2**63 - 2])
@example([-(2**63) + 1, -(2**63), -(2**63)])
@example([0, 2**60, 2**61 - 1, 0, 7])
@example([0, 2**61, 2**61 - 1, 0, 7])
@example([0, 2**62, 2**61 - 1, 0, 7])
@example([2**40, *range(3000, 0, -1), *range(3000)])  # all but one fall into one bucket
@example([number * 7919 % 5000 // 3 for number in range(5000)])
def test_arrivals_are_sorted_and_equal_ones_keep_their_order(arrivals_ns: list[int]) -> None:
    order = sorted(range(len(arrivals_ns)), key=arrivals_ns.__getitem__)
    sorted_ns, found = sorted_arrivals(np.array(arrivals_ns, np.int64))

    assert order == found.tolist()
    assert sorted(arrivals_ns) == sorted_ns.tolist()
    assert (np.int64, np.int32) == (sorted_ns.dtype, found.dtype)


@pytest.mark.parametrize("count", [1_000, 1_024, 1_025, 20_000])
@pytest.mark.parametrize("spread_ns", [1, 10**3, 10**10, 2**44, 2**52, 2**60, 2**62])
def test_many_arrivals_are_sorted_whatever_their_spread(count: int, spread_ns: int) -> None:
    random = np.random.default_rng(count)
    arrival_ns = random.integers(0, spread_ns, count) + np.arange(count) * (spread_ns // count)
    sorted_ns, found = sorted_arrivals(arrival_ns)

    assert np.argsort(arrival_ns, kind="stable").tolist() == found.tolist()
    assert np.sort(arrival_ns).tolist() == sorted_ns.tolist()


@pytest.mark.parametrize("days", [3, 4, 30, 30_000])
@given(seed=st.integers(0, 2**32))
def test_quotes_of_many_days_are_sorted_by_the_nanosecond(days: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    day_ns = 86_400 * 10**9
    near_ns = random.integers(0, random.choice([2, 1000, 10**6, 10**11]), 3_000)
    arrival_ns = random.integers(0, days, 3_000) * day_ns + near_ns
    sorted_ns, found = sorted_arrivals(arrival_ns)
    block = Block.of([arrival_ns, *block_of([0] * 3_000).columns[1:]], ("A", "B"))
    parts = [block.take(slice(at, at + 100)) for at in range(0, 3_000, 100)]

    assert np.argsort(arrival_ns, kind="stable").tolist() == found.tolist()
    assert np.sort(arrival_ns).tolist() == sorted_ns.tolist()
    assert in_order(parts) == rows(sorted_block(parts))


@given(st.lists(arrivals, min_size=1, max_size=6))
@example([EXTREMES, EXTREMES, [], EXTREMES])
@example([[1, 1], [1], [0, 1, 2, 1]])
@example([[]])
@example([[3], [2], [1]])
@example([[5, 6], [0, 5]])
@example([[0, 5], [5, 6]])
@example([[n % 3] for n in range(MAX_COMPILED_RUNS)])
@example([[n % 3] for n in range(MAX_COMPILED_RUNS + 1)])
@example([[n % 3] for n in range(300)])
@example([[*range(5000)], [*range(2000, 9000)], [*range(4000, 1000, -1)]])
def test_runs_are_merged_by_arrival_and_then_in_their_order(parts: list[list[int]]) -> None:
    blocks = blocks_of(parts)
    runs = [SortedRun.of(block) for block in blocks]
    block = merged(runs)

    assert in_order(blocks) == rows(block)
    assert ("A", "B") == block.ticker_names


@given(st.lists(arrivals, min_size=1, max_size=6), st.data())
def test_bare_blocks_are_merged_as_others_are(parts: list[list[int]], data: st.DataObject) -> None:
    blocks = blocks_of(parts)
    bare = [each.bare() for each in blocks]
    some = [data.draw(st.sampled_from(pair)) for pair in zip(blocks, bare, strict=True)]

    for join in (sorted_block, lambda given: merged([SortedRun.of(each) for each in given])):
        expected = rows(join(blocks).bare())
        assert expected == rows(join(bare).bare())
        assert expected == rows(join(some).bare())
        assert join(bare).is_bare or not are_in_use(ORDER)


@given(
    run_count=st.integers(1, 140),
    spread_ns=st.sampled_from([1, 2, 50, 10**6, 2**55, 2**62]),
    seed=st.integers(0, 2**32),
)
def test_any_number_of_runs_is_merged_however_their_rows_lie(
    run_count: int, spread_ns: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    begins_ns = random.integers(0, spread_ns, run_count)
    sizes = random.integers(0, 9, run_count) * random.choice([1, 700], run_count, p=[0.99, 0.01])
    parts = [
        np.sort(begin_ns + random.integers(0, random.choice([1, spread_ns]), size)).tolist()
        for begin_ns, size in zip(begins_ns, sizes.tolist(), strict=True)
    ]
    blocks = blocks_of(parts)

    assert in_order(blocks) == rows(merged([SortedRun.sorted(block) for block in blocks]))


@pytest.mark.parametrize(
    ("run_count", "apart_ns"), [(3, 0), (2, 10**9), (140, 0)], ids=["mixed", "apart", "sorted"]
)
def test_more_rows_than_are_copied_at_once_are_merged(run_count: int, apart_ns: int) -> None:
    random = np.random.default_rng(run_count)
    size = 300_000 // run_count
    begins_ns = range(0, run_count * (apart_ns + 1), apart_ns + 1)
    blocks = blocks_of([(begin + random.integers(0, 9_999, size)).tolist() for begin in begins_ns])
    order = np.argsort(np.concatenate([block.arrival_ns for block in blocks]), kind="stable")
    found = merged([SortedRun.of(block) for block in blocks])

    for at, column in enumerate(found.columns):
        expected = np.concatenate([block.columns[at] for block in blocks])[order]
        assert expected.tobytes() == column.tobytes()


@given(st.lists(arrivals, min_size=1, max_size=12))
@example([EXTREMES] * 9)
@example([[1, 2], [1, 3]])
@example([[n % 3] for n in range(MAX_COMPILED_RUNS + 1)])
@example([[*range(5000)], [*range(2000, 9000)], [*range(4000, 1000, -1)]] * 4)
def test_blocks_are_sorted_by_arrival_and_then_in_their_order(parts: list[list[int]]) -> None:
    blocks = blocks_of(parts)

    assert in_order(blocks) == rows(sorted_block(blocks))


@given(st.lists(st.tuples(arrivals, st.integers(0, 40)), min_size=1, max_size=5))
def test_parts_of_runs_are_merged_as_whole_ones_are(
    parts: list[tuple[list[int], int]],
) -> None:
    blocks = blocks_of([arrivals_ns for arrivals_ns, _ in parts])
    cuts = [cut for _, cut in parts]
    runs = [SortedRun.of(block) for block in blocks]
    of_run = [in_order([block]) for block in blocks]
    for cut_at in (lambda cut: slice(0, cut), lambda cut: slice(cut, None)):
        slices = [cut_at(cut) for cut in cuts]
        halves = [run.part(part) for run, part in zip(runs, slices, strict=True)]
        expected = [row for found, part in zip(of_run, slices, strict=True) for row in found[part]]

        assert by_arrival(expected) == rows(merged(halves))


def test_a_block_that_is_in_order_is_not_copied() -> None:
    block = block_of([1, 2, 2, 3])
    run = SortedRun.of(block)

    assert block is run.block is merged([run])
    assert all(column.base is not None for column in merged([run.part(slice(1, 3))]).columns)


def test_the_columns_of_a_block_need_not_be_contiguous() -> None:
    block = block_of([4, 9, 3, 9, 2, 9, 1, 9]).take(slice(None, None, 2))

    assert in_order([block]) == rows(merged([SortedRun.of(block)]))
    assert in_order([block, block]) == rows(merged([SortedRun.of(block)] * 2))


@pytest.mark.parametrize("arrivals_ns", [[3, 4, 5], [5, 3, 4]])
def test_a_part_knows_its_tickers(arrivals_ns: list[int]) -> None:
    run = SortedRun.of(block_of(arrivals_ns))
    part = run.part(slice(1, 2))
    row = arrivals_ns.index(4)

    assert [rows(run.block)[row][-1]] == part.ticker_codes.tolist()
    doubled = part.renumbered(2 * np.arange(100, dtype=np.int32))
    assert [2 * rows(run.block)[row][-1]] == doubled.ticker_codes.tolist()
    assert len(doubled) == 1


@pytest.mark.parametrize("arrivals_ns", [[3, 4, 5], [5, 3, 4]])
def test_a_copy_has_the_same_rows_in_memory_of_its_own(arrivals_ns: list[int]) -> None:
    block = block_of(arrivals_ns)
    part = SortedRun.of(block).part(slice(1, None))
    copied = part.copied()

    assert rows(merged([part])) == rows(merged([copied]))
    assert [4, 5] == copied.arrival_ns.tolist()
    for column, whole in zip(copied.block.columns, block.columns, strict=True):
        assert not np.shares_memory(column, whole)
