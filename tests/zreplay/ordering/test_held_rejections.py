"""What is rejected follows from where a replay ends, and never from how far a file was read."""

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from protocol.limits import INT64_MIN
from tests.zreplay.example_quotes import make_block
from zreplay.ordering.held_rejections import HeldRejections, Standing
from zreplay.ordering.order_cursor import Resume
from zreplay.quotes.block import first_position
from zreplay.quotes.rejection import Rejection, RowCode
from zreplay.recordings.index.entries import BEGINNING
from zreplay.recordings.source_block import FilePlace, SourceBlock

File = list[int | None]
"""The timestamp of each row, None for one that is rejected; its offset is its place here."""

files = st.lists(st.lists(st.none() | st.integers(0, 9), max_size=12), min_size=1, max_size=3)
NO_ROWS = np.array([], np.int64)


def source_of(number: int, rows: File, begin: int, end: int) -> SourceBlock:
    at = [each for each in range(begin, end) if rows[each] is not None]
    times = np.array([rows[each] for each in at], np.int64)
    position = np.array(at, dtype=np.int64) + first_position(number)
    block = make_block(times.tolist())
    block = replace(block, position=position, timestamp_ns=times)
    return SourceBlock(block, FilePlace(begin, None), FilePlace(end, None), NO_ROWS, NO_ROWS)


def rejections_of(number: int, rows: File, begin: int, end: int) -> list[Rejection]:
    return [
        Rejection(str(number), None, at, "", "", "", RowCode.OTHER)
        for at in range(begin, end)
        if rows[at] is None
    ]


class Reading:
    """Reads files as the order does, the one furthest behind next, in blocks of `block_rows`."""

    def __init__(self, recordings: list[File], block_rows: int) -> None:
        self.recordings = recordings
        self.block_rows = block_rows
        self.rejected: list[tuple[int, int]] = []
        self.told: dict[int, int] = {}
        starts = [Resume(BEGINNING, None)] * len(recordings)
        self.held = HeldRejections(starts, self._reject, self._tell)
        self.reached = [INT64_MIN] * len(recordings)
        self.read = [0] * len(recordings)

    def _reject(self, rejection: Rejection) -> None:
        self.rejected.append((int(rejection.file), rejection.offset))

    def _tell(self, number: int, place: FilePlace) -> None:
        self.told[number] = place.offset

    def furthest_behind(self) -> Standing | None:
        behind = [
            (self.reached[number], number)
            for number, rows in enumerate(self.recordings)
            if self.read[number] < len(rows)
        ]
        return min(behind, default=None)

    def read_on(self) -> None:
        furthest = self.furthest_behind()
        assert furthest is not None
        reached_ns, number = furthest
        rows, begin = self.recordings[number], self.read[number]
        end = self.read[number] = min(len(rows), begin + self.block_rows)
        source = source_of(number, rows, begin, end)
        self.held.add(number, source, reached_ns, rejections_of(number, rows, begin, end))
        times = [each for each in rows[begin:end] if each is not None]
        self.reached[number] = max([reached_ns, *times])


def read_through(recordings: list[File], block_rows: int) -> Reading:
    reading = Reading(recordings, block_rows)
    while reading.furthest_behind() is not None:
        reading.read_on()
        reading.held.release(reading.furthest_behind())
    return reading


def standing(number: int, rows: File, at: int) -> Standing:
    return max([each for each in rows[:at] if each is not None], default=INT64_MIN), number


@given(files, st.integers(1, 5), st.tuples(st.integers(-1, 9), st.integers(0, 2)))
def test_the_same_rows_are_rejected_however_far_the_files_were_read(
    recordings: list[File], block_rows: int, end: Standing
) -> None:
    reading = Reading(recordings, block_rows)
    while (furthest := reading.furthest_behind()) is not None and furthest <= end:
        reading.read_on()
        reading.held.release(min(end, reading.furthest_behind() or end))

    assert [
        (number, at)
        for number, rows in enumerate(recordings)
        for at, row in enumerate(rows)
        if row is None and standing(number, rows, at) <= end
    ] == sorted(reading.rejected)


@given(files, st.integers(1, 5))
@example([[1, None, 5, None], [2, None, 3, None]], 5)
def test_rows_are_told_in_the_same_order_however_the_files_are_cut(
    recordings: list[File], block_rows: int
) -> None:
    reading = read_through(recordings, block_rows)

    assert [
        (number, at)
        for (_, number), at in sorted(
            (standing(number, rows, at), at)
            for number, rows in enumerate(recordings)
            for at, row in enumerate(rows)
            if row is None
        )
    ] == reading.rejected


@given(files, st.integers(1, 5), st.integers(0, 40))
def test_what_is_held_stands_behind_the_place_at_which_its_file_goes_on(
    recordings: list[File], block_rows: int, blocks: int
) -> None:
    reading = Reading(recordings, block_rows)
    for _ in range(blocks):
        if reading.furthest_behind() is None:
            break
        reading.read_on()
        reading.held.release(reading.furthest_behind())
    starts = reading.held.starts()

    count = 0
    for number, rows in enumerate(recordings):
        read = {(number, at) for at in range(reading.read[number]) if rows[at] is None}
        held = read - set(reading.rejected)
        count += len(held)
        goes_on = starts[number].place.offset if number in starts else reading.read[number]
        newest_ns = starts[number].newest_ns if number in starts else None
        assert all(goes_on <= at for _, at in held)
        assert all(reading.told.get(number, 0) <= at for _, at in held)
        assert number not in starts or standing(number, rows, goes_on)[0] == (
            INT64_MIN if newest_ns is None else newest_ns
        )
    assert count == reading.held.count


@given(files, st.integers(1, 5))
def test_at_the_end_of_all_files_all_is_told(recordings: list[File], block_rows: int) -> None:
    reading = read_through(recordings, block_rows)

    assert [
        (number, at)
        for number, rows in enumerate(recordings)
        for at, row in enumerate(rows)
        if row is None
    ] == sorted(reading.rejected)
    assert {n: len(rows) for n, rows in enumerate(recordings) if rows} == reading.told
    assert {} == reading.held.starts()
