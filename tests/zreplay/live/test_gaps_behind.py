"""What a capture tells of its gaps behind a place."""

from pathlib import Path

import pytest

from protocol.errors import InputError
from tests.zreplay.opened_inputs import FAR
from zreplay.live.capture import CaptureWriter
from zreplay.live.capture_reader import CaptureReader
from zreplay.live.capture_records import Captured, RecordKind
from zreplay.live.gap import Gap
from zreplay.live.gaps_behind import gaps_behind

GAPS = [Gap("ws://a", "", number, number + 1, "cut") for number in range(3)]


def write(path: Path, *payloads: bytes) -> None:
    writer = CaptureWriter(path, FAR)
    for payload in payloads:
        assert not writer.append([Captured(RecordKind.GAP, 5, payload)])
    writer.close()


def test_they_come_in_order_from_a_place_on_and_no_further_than_asked(tmp_path: Path) -> None:
    path = tmp_path / "capture"
    write(path, *(gap.pack() for gap in GAPS))
    reader = CaptureReader(path)
    first, end = reader.first_offset, reader.end_offset
    reader.close()
    found = list(gaps_behind(path, first, end))
    places = [offset for _, offset in found]

    assert GAPS == [gap for gap, _ in found]
    assert sorted(places) == places
    assert [] == list(gaps_behind(path, end, end))
    assert [] == list(gaps_behind(path, first, 0))


def test_a_record_that_is_no_gap_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "capture"
    write(path, b"x")

    with pytest.raises(InputError, match="the gap at byte"):
        list(gaps_behind(path, 0, 2**30))
