"""A capture is read across its segments, beside its writer, from any group on, or says why not."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import InputError
from zreplay.live.capture import CaptureWriter
from zreplay.live.capture_hold import CaptureHold
from zreplay.live.capture_reader import CaptureReader
from zreplay.live.capture_records import Captured, RecordKind
from zreplay.live.segment_book import CaptureRules, Overload
from zreplay.live.segment_files import all_in
from zreplay.live.segment_head import name_of

SMALL = CaptureRules(1 << 30, most_segment_bytes=300)


def message(number: int) -> Captured:
    return Captured(RecordKind.MESSAGE, number, f"{number:060}".encode())


def numbers(reader: CaptureReader, offset: int, max_bytes: int = 1 << 20) -> list[int]:
    """Return what is read from an offset on; -1 is what was dropped."""
    found = []
    while chunk := reader.read(offset, max_bytes):
        found += [-1] if chunk.dropped else [record.recv_ns for record in chunk.records]
        offset = chunk.next_offset
    return found


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 6), min_size=1, max_size=20), st.integers(1, 2_000))
def test_whatever_the_segments_all_is_read_in_order_beside_the_writer_and_after_it(
    tmp_path_factory: pytest.TempPathFactory, groups: list[int], max_bytes: int
) -> None:
    path = tmp_path_factory.mktemp("capture")
    writer = CaptureWriter(path, SMALL)
    places: list[tuple[int, int]] = []
    beside: list[int] = []
    count = 0
    with closing(CaptureReader(path, CaptureHold())) as reader:
        offset = reader.first_offset
        for size in groups:
            places.append((writer.end_offset, count))
            assert writer.append([message(number) for number in range(count, count + size)]) is None
            count += size
            while chunk := reader.read(offset, max_bytes):
                beside += [record.recv_ns for record in chunk.records]
                offset = chunk.next_offset
            assert offset == writer.end_offset
    writer.close()

    assert [*range(count)] == beside
    with closing(CaptureReader(path)) as reader:
        for place, first in reversed(places):
            assert [*range(first, count)] == numbers(reader, place, max_bytes)


def written(path: Path, rules: CaptureRules, count: int, hold: CaptureHold | None = None) -> None:
    writer = CaptureWriter(path, rules, hold)
    for number in range(count):
        assert writer.append([message(number)]) is None
    writer.close()


def test_offsets_stay_what_they_are_when_the_oldest_is_deleted(tmp_path: Path) -> None:
    hold = CaptureHold()
    rules = CaptureRules(2_000, most_segment_bytes=300)
    writer = CaptureWriter(tmp_path, rules, hold)
    places = {}
    for number in range(200):
        places[writer.end_offset] = number
        assert writer.append([message(number)]) is None
        hold.free(writer.end_offset)
        size_bytes = sum(path.stat().st_size for path in tmp_path.iterdir())
        assert rules.quota_bytes >= size_bytes == writer.book.total_bytes
    writer.close()

    with closing(CaptureReader(tmp_path)) as reader:
        first = places[reader.first_offset]
        assert 180 < first < 200
        assert [*range(first, 200)] == numbers(reader, reader.first_offset)
        with pytest.raises(InputError, match="byte 0 was deleted"):
            reader.read(0, 100)
    writer = CaptureWriter(tmp_path, rules)
    assert max(places) < writer.end_offset
    writer.close()


def test_a_reader_whose_place_is_deleted_meanwhile_is_told(tmp_path: Path) -> None:
    written(tmp_path, SMALL, 20)
    with closing(CaptureReader(tmp_path)) as reader:
        chunk = reader.read(0, 1)
        assert chunk is not None
        for path in sorted(tmp_path.iterdir())[:3]:
            path.unlink()
        with pytest.raises(InputError, match="was deleted"):
            numbers(reader, chunk.next_offset)


def test_what_was_dropped_is_told_at_its_place_and_reading_goes_on_behind_it(
    tmp_path: Path,
) -> None:
    hold = CaptureHold()
    rules = CaptureRules(2_500, overload=Overload.DROP_OLDEST, most_segment_bytes=300)
    writer = CaptureWriter(tmp_path, rules, hold)
    with closing(CaptureReader(tmp_path, hold)) as beside:
        assert writer.append([message(0)]) is None
        first = beside.read(0, 1 << 20)
        assert first is not None
        for number in range(1, 200):
            assert writer.append([message(number)]) is None
        writer.close()
        found = numbers(beside, first.next_offset)
        tail = found[found.index(-1) + 1 :]

        assert [1, -1] == found[:2]
        assert [*range(tail[0], 200)] == tail and tail[0] > 180
        assert [] == beside.drops, "who plays for months does not keep what it passed over"
    with closing(CaptureReader(tmp_path)) as reader:
        (dropped,) = [head.dropped for head in reader.drops]
        assert dropped is not None
        assert (2, tail[0]) == (dropped.from_ns, dropped.to_ns)
        assert dropped.to == reader.floor(writer.end_offset)
        assert [0, *found] == numbers(reader, 0)
    segments = all_in(tmp_path)
    assert [each.path.name for each in segments] == sorted(path.name for path in tmp_path.iterdir())


def test_nothing_is_dropped_that_was_read_nor_before_reading_began(tmp_path: Path) -> None:
    rules = CaptureRules(2_500, overload=Overload.DROP_OLDEST, most_segment_bytes=300)
    writer = CaptureWriter(tmp_path, rules)
    problems = [writer.append([message(number)]) for number in range(100)]
    writer.close()

    assert {"capture full"} == {problem.state for problem in problems if problem is not None}
    with closing(CaptureReader(tmp_path)) as reader:
        kept = problems.index(next(problem for problem in problems if problem is not None))
        assert [*range(kept)] == numbers(reader, 0)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-30] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("spoil", "what"),
    [(cut, "are missing"), (flip, "is damaged: the group"), (Path.unlink, "are missing")],
)
def test_a_damaged_segment_in_the_middle_is_named_and_never_passed_over(
    tmp_path: Path, spoil: Callable[[Path], object], what: str
) -> None:
    written(tmp_path, SMALL, 20)
    spoil(sorted(tmp_path.iterdir())[2])

    with (
        pytest.raises(InputError, match=what) as caught,
        closing(CaptureReader(tmp_path)) as reader,
    ):
        numbers(reader, 0)
    assert "Z406" == caught.value.code


def test_a_group_cut_off_in_a_segment_that_is_closed_meanwhile_is_damage(tmp_path: Path) -> None:
    written(tmp_path, SMALL, 20)
    with closing(CaptureReader(tmp_path)) as reader:
        cut(sorted(tmp_path.iterdir())[1])
        with pytest.raises(InputError, match="is cut off"):
            numbers(reader, 0)


def test_a_segment_is_read_by_itself_as_well(tmp_path: Path) -> None:
    written(tmp_path, SMALL, 20)
    second = all_in(tmp_path)[1]
    with closing(CaptureReader(tmp_path / name_of(second.segment.begin))) as reader:
        assert second.segment.begin == reader.first_offset
        assert [2, 3] == numbers(reader, reader.first_offset)[:2]
