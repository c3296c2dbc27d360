"""Groups are read from where it is asked; no other segment is opened for that."""

import os
import pathlib
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from protocol.errors import InputError
from zreplay.live.capture import CaptureWriter
from zreplay.live.capture_reader import CaptureReader
from zreplay.live.capture_records import Captured, RecordKind
from zreplay.live.group_reader import GroupReader
from zreplay.live.segment_book import CaptureRules


def message(number: int) -> Captured:
    return Captured(RecordKind.MESSAGE, number, bytes(60))


@pytest.fixture
def places(tmp_path: Path) -> list[int]:
    """Give where the groups of a capture of many segments begin."""
    writer = CaptureWriter(tmp_path, CaptureRules(1 << 30, most_segment_bytes=300))
    places = []
    for number in range(100):
        places.append(writer.end_offset)
        assert writer.append([message(number)]) is None
    writer.close()
    return places


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Give the names of the segments that were opened since."""
    names: list[str] = []
    really = os.open

    def watched(path: Path, *arguments: int) -> int:
        names.append(Path(path).name)
        return really(path, *arguments)

    monkeypatch.setattr(os, "open", watched)
    yield names


def test_of_many_segments_only_those_that_are_read_are_opened(
    tmp_path: Path, places: list[int], opened: list[str]
) -> None:
    with closing(GroupReader(tmp_path)) as reader:
        for number in (40, 41, 90):
            chunk = reader.read(places[number], 1)
            assert chunk is not None
            assert [number] == [record.recv_ns for record in chunk.records]

    segments = sorted(path.name for path in tmp_path.iterdir())
    assert len(opened) <= 3 < 30 < len(segments)


def test_one_apart_opens_none_until_it_reads(
    tmp_path: Path, places: list[int], opened: list[str]
) -> None:
    with closing(CaptureReader(tmp_path)) as whole:
        opened.clear()
        with closing(whole.apart()) as apart:
            assert (0, []) == (apart.oldest_offset, opened)
            assert apart.read(places[50], 1) == whole.read(places[50], 1)


def test_where_it_begins_and_ends_is_what_is_there_now(tmp_path: Path, places: list[int]) -> None:
    reader = GroupReader(tmp_path)
    segments = sorted(tmp_path.iterdir())
    size_bytes = places[1]
    assert (0, places[-1] + size_bytes) == (reader.oldest_offset, reader.end_offset)
    segments[0].unlink()
    segments[-1].unlink()
    assert (int(segments[1].stem), int(segments[-1].stem)) == (
        reader.oldest_offset,
        reader.end_offset,
    )
    for path in tmp_path.iterdir():
        path.unlink()
    for offset in ("oldest_offset", "end_offset"):
        with pytest.raises(InputError, match="there is no segment in it"):
            getattr(reader, offset)


def test_waiting_for_more_again_and_again_keeps_nothing(tmp_path: Path) -> None:
    writer = CaptureWriter(tmp_path / "capture", 1 << 30)
    assert writer.append([message(0)]) is None
    reader = CaptureReader(tmp_path / "capture")
    offset = reader.first_offset

    def kept_bytes(groups: int) -> int:
        nonlocal offset
        before = tracemalloc.take_snapshot().filter_traces(IN_PATHLIB)
        for number in range(groups):
            assert writer.append([message(number)]) is None
            while (chunk := reader.read(offset, 1 << 20)) is not None:
                offset = chunk.next_offset
        after = tracemalloc.take_snapshot().filter_traces(IN_PATHLIB)
        return sum(each.size_diff for each in after.compare_to(before, "filename"))

    tracemalloc.start()
    try:
        kept_bytes(10)
        assert kept_bytes(100) < 1000
    finally:
        tracemalloc.stop()
        reader.close()
        writer.close()


IN_PATHLIB = [tracemalloc.Filter(True, pathlib.__file__)]
"""Names of files that were asked for: Python 3.12 keeps each part of a Path for ever."""
