"""However files are split and wherever a run resumes: the order is the naive one."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from protocol.errors import InputError
from protocol.limits import INT64_MIN
from tests.depth import few
from tests.zreplay.example_quotes import make_block
from zreplay.ordering import arrival_order as order_module
from zreplay.ordering.arrival_order import GROUP_ROWS, LATE_REJECT, LATE_STOP, ArrivalOrder
from zreplay.ordering.order_cursor import Key, OrderCursor, Resume
from zreplay.quotes.block import Block, file_of, first_position
from zreplay.quotes.file_numbers import MAX_FILES
from zreplay.quotes.rejection import Rejection
from zreplay.recordings.source_block import FilePlace, SourceBlock

pytestmark = pytest.mark.usefixtures("form")

HORIZON_NS = 10
START = Resume(FilePlace(0, 1), None)
ROW_BYTES = 100


class Times(NamedTuple):
    """What a row of a test file holds."""

    timestamp_ns: int
    latency_ns: int

    @property
    def arrival_ns(self) -> int:
        return self.timestamp_ns + self.latency_ns


class FakeFile:
    """Rows of ROW_BYTES each, read `cut` rows at a time from any place."""

    def __init__(self, number: int, rows: list[Times], cut: int) -> None:
        self.number = number
        self.rows = rows
        self.cut = cut
        self.next_row = 0

    def read(self) -> SourceBlock | None:
        first, self.next_row = self.next_row, min(self.next_row + self.cut, len(self.rows))
        if first == self.next_row:
            return None
        rows = self.rows[first : self.next_row]
        offsets = np.arange(first, self.next_row, dtype=np.int64) * ROW_BYTES
        tickers = [f"T{(self.number + row) % 7}" for row in range(first, self.next_row)]
        block = replace(
            make_block([row.arrival_ns for row in rows], tickers),
            timestamp_ns=np.array([row.timestamp_ns for row in rows], np.int64),
            position=offsets + first_position(self.number),
        )
        ends = [FilePlace(row * ROW_BYTES, row + 2) for row in (first, self.next_row)]
        return SourceBlock(block, *ends, offsets, np.arange(len(rows)))

    def key(self, row: int) -> Key:
        return self.rows[row].arrival_ns, first_position(self.number) + row * ROW_BYTES

    def late_rows(self, horizon_ns: int) -> set[int]:
        late, newest_ns = set(), None
        for number, row in enumerate(self.rows):
            if newest_ns is not None and row.arrival_ns < newest_ns - horizon_ns:
                late.add(number)
            newest_ns = row.timestamp_ns if newest_ns is None else max(newest_ns, row.timestamp_ns)
        return late


class Run:
    """An order over fake files, from a cursor or from the start."""

    def __init__(
        self,
        rows: list[list[Times]],
        cuts: list[int],
        *,
        horizon_ns: int = HORIZON_NS,
        late: str = LATE_REJECT,
        max_rows: int = 1_000_000,
        cursor: OrderCursor | None = None,
        broken: Collection[int] = (),
        group_rows: int = 0,
        is_expected: bool = False,
    ) -> None:
        self.broken = broken
        self.files = [FakeFile(n, *file) for n, file in enumerate(zip(rows, cuts, strict=True))]
        self.rejections: list[Rejection] = []
        self.order = ArrivalOrder(
            [f"{number}.csv" for number in range(len(rows))],
            horizon_ns=horizon_ns,
            late=late,
            max_rows=max_rows,
            cursor=cursor,
            group_rows=group_rows,
        )
        if cursor is not None:
            for file, resume in zip(self.files, cursor.files, strict=True):
                file.next_row = resume.place.offset // ROW_BYTES
        if is_expected:
            for file in self.files:
                if not file.next_row and (head := file.read()) is not None:
                    self.expect(file.number, head)
                    file.next_row = 0
        self.checkpoints = [cursor or OrderCursor.of((INT64_MIN, 0), [START] * len(rows))]
        """Where it began, and the place behind each block that was taken."""

    def expect(self, number: int, head: SourceBlock) -> None:
        first = head.block.timestamp_ns[0], head.block.arrival_ns[0]
        self.order.expect(number, *map(int, first))

    def cursors_at(self, key: Key) -> Iterator[OrderCursor]:
        """Yield the place behind a key, by each checkpoint that is not later."""
        for checkpoint in self.checkpoints:
            if checkpoint.last_key <= key:
                yield checkpoint._replace(last_key=key)

    def cursor_at(self, key: Key) -> OrderCursor:
        *_, newest = self.cursors_at(key)
        return newest

    def blocks(self) -> Iterator[Block]:
        while True:
            while (block := self.order.take()) is not None:
                yield block
                checkpoint = self.order.checkpoint()
                assert checkpoint is not None
                self.checkpoints.append(checkpoint)
            number = self.order.next_file()
            if number is None:
                return
            source = self.files[number].read()
            if source is None and number in self.broken:
                self.order.break_off(number, InputError(f"{number}.csv is damaged", code="Z408"))
            elif source is None:
                self.order.end(number)
            else:
                self.rejections += self.order.add(number, source)

    def all_keys(self) -> list[Key]:
        return [key for block in self.blocks() for key in keys_of(block)]


def keys_of(block: Block) -> list[Key]:
    return list(zip(block.arrival_ns.tolist(), block.position.tolist(), strict=True))


def naive(files: list[FakeFile], horizon_ns: int = HORIZON_NS) -> list[Key]:
    """Sort everything that is not late by arrival, file and byte."""
    return sorted(
        file.key(row)
        for file in files
        for row in set(range(len(file.rows))) - file.late_rows(horizon_ns)
    )


row_times = st.builds(Times, st.integers(0, 40), st.integers(-3, 12) | st.just(-30))
# Mostly forward, as recordings are, so that blocks leave before the end.
forward = st.lists(row_times, max_size=25).map(
    lambda rows: [
        Times(row.timestamp_ns // 4 + 5 * n, row.latency_ns) for n, row in enumerate(rows)
    ]
)
recordings = st.lists(
    st.tuples(st.lists(row_times, max_size=15) | forward, st.integers(1, 9)), min_size=1, max_size=4
)
many_recordings = st.lists(
    st.tuples(st.lists(row_times, max_size=4) | forward, st.integers(1, 9)), min_size=1, max_size=60
)
Recordings = list[tuple[list[Times], int]]


def run_of(
    files: Recordings,
    cursor: OrderCursor | None = None,
    cut: int | None = None,
    group_rows: int = 0,
    is_expected: bool = False,
) -> Run:
    rows, cuts = [rows for rows, _ in files], [cut or size for _, size in files]
    return Run(rows, cuts, cursor=cursor, group_rows=group_rows, is_expected=is_expected)


groups = st.sampled_from([0, 1, 7, 40, GROUP_ROWS])


@settings(max_examples=few(50), deadline=None)
@given(recordings | many_recordings, groups, st.booleans())
def test_the_order_is_that_of_arrival_file_and_byte_whatever_the_cuts(
    files: Recordings, group_rows: int, is_expected: bool
) -> None:
    run = run_of(files, group_rows=group_rows, is_expected=is_expected)

    assert naive(run.files) == run.all_keys()
    late = {(f"{f.number}.csv", row * ROW_BYTES) for f in run.files for row in f.late_rows(10)}
    assert late == {(rejection.file, rejection.offset) for rejection in run.rejections}


@settings(max_examples=few(20), deadline=None)
@given(recordings, st.integers(1, 30), groups, st.booleans())
@example([([Times(0, 12), Times(0, 0)], 1), ([], 1), ([Times(5, 0)] * 3, 2)], 1, 0, False)
def test_a_resume_behind_any_quote_gives_exactly_the_rest(
    files: Recordings, cut: int, group_rows: int, is_expected: bool
) -> None:
    run = run_of(files, group_rows=group_rows, is_expected=is_expected)
    for block in run.blocks():
        for key in keys_of(block):
            rest = [later for later in naive(run.files) if later > key]
            for cursor in run.cursors_at(key):
                resumed = run_of(files, cursor, cut, group_rows, is_expected)
                assert rest == resumed.all_keys()
                starts = {f"{n}.csv": file.place.offset for n, file in enumerate(cursor.files)}
                late = [r for r in late_of(run) if r[1] >= starts[r[0]]]
                assert late == sorted((r.file, r.offset) for r in resumed.rejections)


def late_of(run: Run) -> list[tuple[str, int]]:
    return sorted(
        (f"{file.number}.csv", row * ROW_BYTES)
        for file in run.files
        for row in file.late_rows(HORIZON_NS)
    )


@settings(max_examples=15, deadline=None)
@given(many_recordings, groups, st.integers(1, 5))
def test_a_resume_in_many_files_gives_exactly_the_rest(
    files: Recordings, group_rows: int, step: int
) -> None:
    run = run_of(files, group_rows=group_rows)
    keys = naive(run.files)
    for block in run.blocks():
        for key in keys_of(block)[::step]:
            resumed = run_of(files, run.cursor_at(key), group_rows=group_rows)
            assert [later for later in keys if later > key] == resumed.all_keys()


@settings(max_examples=few(20), deadline=None)
@given(recordings)
def test_a_second_resume_is_as_good_as_the_first(files: Recordings) -> None:
    rest = naive(run_of(files).files)
    cursor = None
    while rest:
        run = run_of(files, cursor)
        block = next(run.blocks())
        half = keys_of(block)[: len(block) // 2 + 1]
        assert rest[: len(half)] == half
        rest = rest[len(half) :]
        cursor = run.cursor_at(half[-1])


@settings(max_examples=few(25), deadline=None)
@given(recordings | many_recordings, groups, st.booleans())
def test_a_late_row_ends_the_run_after_all_that_comes_right_before_it(
    files: Recordings, group_rows: int, is_expected: bool
) -> None:
    rows, cuts = [rows for rows, _ in files], [size for _, size in files]
    run = Run(rows, cuts, late=LATE_STOP, group_rows=group_rows, is_expected=is_expected)
    keys: list[Key] = []
    stops = [
        max(row.timestamp_ns for row in file.rows[: min(late)]) - HORIZON_NS
        for file in run.files
        if (late := file.late_rows(HORIZON_NS))
    ]
    try:
        for block in run.blocks():
            keys += keys_of(block)
    except InputError:
        # Everything below the least watermark at which a file stops, and nothing else.
        assert [key for key in naive(run.files) if key[0] < min(stops)] == keys
    else:
        assert [] == stops
        assert naive(run.files) == keys


def test_a_stopped_run_stops_again_after_a_resume() -> None:
    rows = [Times(0, 0), Times(1, 0), Times(50, -20), Times(2, 0), Times(60, 0)]
    run = Run([rows], [10], late=LATE_STOP)
    blocks = run.blocks()
    taken = next(blocks)
    cursor = run.cursor_at(keys_of(taken)[-1])

    assert [(0, 0), (1, 100), (30, 200)] == keys_of(taken)
    with pytest.raises(InputError, match="line 5"):
        next(blocks)
    with pytest.raises(InputError, match="line 5"):
        Run([rows], [10], late=LATE_STOP, cursor=cursor).all_keys()


def broken_end_ns(file: FakeFile) -> int:
    """Return the time before which all quotes come, if the file cannot be read on at its end."""
    admitted = [file.rows[row] for row in set(range(len(file.rows))) - file.late_rows(HORIZON_NS)]
    last_ns = max((row.arrival_ns for row in admitted), default=INT64_MIN)
    newest_ns = max((row.timestamp_ns for row in file.rows), default=INT64_MIN)
    return max(last_ns + 1, newest_ns - HORIZON_NS)


@settings(max_examples=few(37), deadline=None)
@given(recordings, st.sets(st.integers(0, 3), min_size=1), st.integers(1, 9), groups)
def test_files_that_are_broken_off_end_the_order_behind_the_last_quote_of_the_first_of_them(
    files: Recordings, broken: set[int], other_cut: int, group_rows: int
) -> None:
    broken = {number for number in broken if number < len(files)} or {0}

    def broken_run(cut: int | None = None, cursor: OrderCursor | None = None) -> Run:
        rows, cuts = [rows for rows, _ in files], [cut or size for _, size in files]
        return Run(rows, cuts, broken=broken, cursor=cursor, group_rows=group_rows)

    run = broken_run()
    ends_ns = {number: broken_end_ns(run.files[number]) for number in broken}
    expected = [key for key in naive(run.files) if key[0] < min(ends_ns.values())]

    came: list[tuple[Key, OrderCursor]] = []
    with pytest.raises(InputError) as error:
        for block in run.blocks():
            came += [(key, run.cursor_at(key)) for key in keys_of(block)]

    assert expected == [key for key, _ in came]
    assert f"{min(ends_ns, key=lambda number: ends_ns[number])}.csv is damaged" == error.value.what
    for number, (_, cursor) in enumerate(came):
        again = broken_run(other_cut, cursor)
        rest: list[Key] = []
        with pytest.raises(InputError) as same:
            for block in again.blocks():
                rest += keys_of(block)
        assert (expected[number + 1 :], error.value.what) == (rest, same.value.what)


def test_what_arrives_with_the_last_quote_of_a_broken_file_comes_too() -> None:
    rows = [Times(0, 0), Times(10, 3)]
    run = Run([rows, [*rows, Times(14, 0)]], [2, 3], broken={0})
    keys: list[Key] = []

    with pytest.raises(InputError):
        for block in run.blocks():
            keys += keys_of(block)

    assert [0, 0, 13, 13] == [arrival_ns for arrival_ns, _ in keys]


def test_a_broken_file_may_reach_to_the_end_of_time() -> None:
    run = Run([[Times(2**63 - 1, 0)]], [1], broken={0})

    assert [(2**63 - 1, 0)] == keys_of(next(run.blocks()))


EXAMPLE_NS = [(0, 120), (200, 1), (700, 10)]


@pytest.mark.parametrize(("unit_ns", "expected"), [(1_000_000, [1, 2, 3]), (1_000, [2, 3, 1])])
def test_the_example_of_the_task_both_ways(unit_ns: int, expected: list[int]) -> None:
    """Seconds .200 and .700 are milliseconds after the first; .000200 and .000700 micro."""
    rows = [Times(stamp * unit_ns, latency * 1_000_000) for stamp, latency in EXAMPLE_NS]
    run = Run([rows], [10], horizon_ns=5_000_000_000, late=LATE_STOP)

    assert expected == [position // ROW_BYTES + 1 for _, position in run.all_keys()]


def test_a_quote_at_the_watermark_waits_and_one_below_it_comes() -> None:
    run = Run([[Times(0, 0), Times(1, 0), Times(11, 0)], []], [3, 1])
    run.order.end(1)

    assert [(0, 0)] == keys_of(next(run.blocks()))


def test_nothing_comes_before_every_file_was_read() -> None:
    run = Run([[Times(100, 0)], [Times(0, 0)]], [1, 1])
    source = run.files[0].read()
    assert source is not None
    run.order.add(0, source)

    assert run.order.take() is None
    assert 1 == run.order.next_file()


def test_the_file_of_the_least_watermark_is_read_next() -> None:
    run = Run([[Times(3, 0)], [Times(2, 0)], [Times(9, 0)]], [1, 1, 1])
    order = run.order
    for number, file in enumerate(run.files):
        assert number == order.next_file()
        source = file.read()
        assert source is not None
        order.add(number, source)

    assert 1 == order.next_file()
    order.end(1)
    assert 0 == order.next_file()
    order.end(0)
    order.end(2)
    assert order.next_file() is None


def test_a_file_whose_beginning_is_known_is_read_when_the_others_come_to_it() -> None:
    rows = [[Times(20 * day + hour, 1) for hour in range(20)] for day in range(5)]
    run = Run(rows, [4] * 5, is_expected=True)
    read: list[int] = []
    while (number := run.order.next_file()) is not None:
        while run.order.take() is not None:
            pass
        source = run.files[number].read()
        read.append(number)
        if source is None:
            run.order.end(number)
        else:
            run.order.add(number, source)

    days = {day: (read.index(day), len(read) - read[::-1].index(day)) for day in range(5)}
    # The horizon is half a day: of three days one is at its end, and the third not begun.
    assert all(days[day + 2][0] >= days[day][1] for day in range(3))


def test_the_files_that_follow_are_known_while_one_is_read() -> None:
    rows = [[Times(100 * day + hour, 1) for hour in range(20)] for day in (2, 0, 1)]
    run = Run(rows, [4] * 3, is_expected=True)
    nearest: dict[int, set[tuple[int, ...]]] = {0: set(), 1: set(), 2: set()}
    while (number := run.order.next_file()) is not None:
        nearest[number].add(tuple(run.order.nearest(9)))
        source = run.files[number].read()
        if source is None:
            run.order.end(number)
        else:
            run.order.add(number, source)

    assert {0: {(0,)}, 1: {(1, 2, 0)}, 2: {(2, 0)}} == nearest
    assert [] == run.order.nearest(9)


def test_no_more_files_are_told_than_are_asked_for_and_none_that_has_ended() -> None:
    run = Run([[Times(100 * day, 1)] for day in range(5)], [1] * 5, is_expected=True)
    run.order.end(1)

    assert (0, [0, 2, 3]) == (run.order.next_file(), run.order.nearest(3))


def test_nothing_comes_before_a_file_that_may_have_what_arrives_earlier() -> None:
    # Its second row arrives before its first, and is not late.
    run = Run([[Times(0, 0), Times(40, 0)], [Times(20, 0), Times(21, -11)]], [1, 1])
    head = run.files[1].read()
    assert head is not None
    run.expect(1, head)
    run.files[1].next_row = 0

    assert [0, 10, 20, 40] == [arrival_ns for arrival_ns, _ in run.all_keys()]


def test_a_block_without_rows_moves_the_place_only() -> None:
    run = Run([[]], [1])
    none = np.array([0]), np.array([0])
    empty = SourceBlock(make_block([]), FilePlace(0, 2), FilePlace(77, 5), *none)
    run.order.add(0, empty)

    assert run.order.take() is None
    assert run.order.checkpoint() is None
    run.order.add(0, SourceBlock(make_block([0]), FilePlace(77, 5), FilePlace(87, 6), *none))
    run.order.end(0)
    assert run.order.take() is not None
    checkpoint = run.order.checkpoint()
    assert checkpoint is not None
    assert FilePlace(87, 6) == checkpoint.files[0].place


def test_too_many_waiting_rows_end_the_run_and_name_the_options() -> None:
    run = Run([[Times(0, 0)] * 8], [3], max_rows=5)

    with pytest.raises(InputError) as error:
        run.all_keys()

    assert "0.csv: more than 5 quotes wait" in error.value.what
    assert "--max-buffer is 5" in error.value.what
    assert "--reorder" in error.value.fix


# None is stamped after the horizon behind its arrival.
usual = st.builds(Times, st.integers(0, 60), st.integers(-HORIZON_NS, 12) | st.just(300))


@settings(max_examples=few(60), deadline=None)
@given(
    st.lists(st.tuples(st.lists(usual, max_size=25), st.integers(1, 9)), min_size=1, max_size=20),
    st.integers(1, 20),
    st.integers(1, 9),
    groups,
)
def test_whether_too_many_wait_follows_from_the_rows_and_from_no_cut(
    files: Recordings, most: int, other_cut: int, group_rows: int
) -> None:
    def came(cuts: list[int], group_rows: int, cursor: OrderCursor | None = None) -> Came:
        rows = [rows for rows, _ in files]
        run = Run(rows, cuts, max_rows=most, group_rows=group_rows, cursor=cursor)
        keys: list[Key] = []
        try:
            for block in run.blocks():
                keys += keys_of(block)
        except InputError as refused:
            return Came(keys, refused.what, run.checkpoints)
        return Came(keys, "", run.checkpoints)

    one = came([size for _, size in files], group_rows)
    other = came([other_cut] * len(files), 0)
    assert one[:2] == other[:2]
    for checkpoint in one.checkpoints[1:]:
        rest = [key for key in one.keys if key > checkpoint.last_key]
        assert (rest, one.error) == came([other_cut] * len(files), group_rows, checkpoint)[:2]


def test_rows_that_wait_no_more_do_not_count() -> None:
    rows = [Times(20 * number, 0) for number in range(50)]

    assert 50 == len(Run([rows], [2], max_rows=3).all_keys())


def test_more_files_than_a_position_can_number_are_refused_at_the_start() -> None:
    assert MAX_FILES - 1 == file_of(first_position(MAX_FILES - 1)) == file_of(2**63 - 1)
    with pytest.raises(InputError, match=str(MAX_FILES)):
        Run([[]] * (MAX_FILES + 1), [1] * (MAX_FILES + 1))


def test_every_quote_keeps_its_ticker_and_old_names_are_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(order_module, "MIN_FORGOTTEN_TICKERS", 10)
    order = ArrivalOrder(["a"], horizon_ns=30, late=LATE_STOP, max_rows=100, group_rows=0)
    found: dict[int, str] = {}
    most_names = 0
    for step in range(200):
        rows = range(5 * step, 5 * step + 5)
        block = replace(
            make_block([10 * row for row in rows], [f"T{row}" for row in rows]),
            timestamp_ns=np.array([10 * row for row in rows]),
            position=np.array(rows),
        )
        offsets = np.array(rows)
        places = FilePlace(rows.start, None), FilePlace(rows.stop, None)
        order.add(0, SourceBlock(block, *places, offsets, offsets))
        taken = order.take()
        assert taken is not None
        most_names = max(most_names, len(taken.ticker_names))
        names = [taken.ticker_names[code] for code in taken.ticker_codes]
        found |= dict(zip(taken.position.tolist(), names, strict=True))

    assert {row: f"T{row}" for row in range(len(found))} == found
    assert most_names < 100


class Came(NamedTuple):
    """What a run gave, what refused the rest of it, and from where it can be resumed."""

    keys: list[Key]
    error: str
    checkpoints: list[OrderCursor]


class Groups(NamedTuple):
    """How many rows came in each block, and the most that waited."""

    sizes: list[int]
    most_waiting: int


def groups_of(run: Run) -> Groups:
    sizes, most_waiting = [], 0
    for block in run.blocks():
        sizes.append(len(block))
        most_waiting = max(most_waiting, run.order._waiting.rows)
    return Groups(sizes, most_waiting)


def test_the_first_rows_come_at_once_and_then_twice_as_many_until_it_is_a_group() -> None:
    rows = [Times(20 * number, 0) for number in range(400)]

    sizes = groups_of(Run([rows], [2], group_rows=64)).sizes

    assert [1, 2, 4, 8, 16, 32, 64, 64] == sizes[:8]
    assert {64} == set(sizes[8:-1])
    assert 400 == sum(sizes)


def test_however_many_files_there_are_rows_are_taken_in_groups() -> None:
    files = [[Times(20 * number, 0) for number in range(50)] for _ in range(60)]

    sizes = groups_of(Run(files, [1] * 60, group_rows=500)).sizes

    assert 3000 == sum(sizes)
    assert len(sizes) < 20


def test_rows_that_may_come_do_not_wait_where_too_many_do() -> None:
    rows = [Times(20 * number, 0) for number in range(500)]
    groups = groups_of(Run([rows], [2], group_rows=400, max_rows=40))

    assert 500 == sum(groups.sizes)
    assert max(groups.sizes) < 45
