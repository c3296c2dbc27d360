"""Behind what a deleted part is needed for, a capture reads as if nothing had been deleted."""

from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest

from tests.zreplay.live.test_frame_readers import (
    BIDS,
    SNAPSHOT,
    connected,
    okx,
    overlap,
    record,
    sides,
)
from zreplay.live import intact_start as module
from zreplay.live.capture import CaptureWriter
from zreplay.live.capture_hold import CaptureHold
from zreplay.live.capture_reader import CaptureReader
from zreplay.live.capture_records import Captured, RecordKind
from zreplay.live.intact_start import intact_start
from zreplay.live.segment_book import CaptureRules, Overload
from zreplay.live.segment_head import name_of

LOST = record(RecordKind.DISCONNECTED, "gone")


def write(path: Path, *groups: list[Captured]) -> list[int]:
    """Write each group into a segment of its own; return where each begins."""
    writer = CaptureWriter(path, CaptureRules(1 << 30, most_segment_bytes=1))
    places = []
    for group in groups:
        places.append(writer.end_offset)
        assert writer.append(group) is None
    writer.close()
    return places


def start_of(path: Path) -> int:
    with closing(CaptureReader(path)) as reader:
        return intact_start(reader)


BOOKS = ([*connected("bybit"), SNAPSHOT], [BIDS[0]], [BIDS[1], LOST])
AGAIN = ([*connected("bybit"), SNAPSHOT], [BIDS[2]])
OVERLAPPING = (
    [*connected("okx", 1), okx("1", 1, 1)],
    [overlap(2, 1), *connected("okx", 2), okx("1", 1, 2), okx("2", 2, 1)],
    [okx("3", 3, 2), okx("2", 2, 2)],
    [okx("4", 4, 2), record(RecordKind.OVERLAP_END, "", 2)],
    [okx("4", 4, 2)],
)


@pytest.mark.parametrize("read_bytes", [1, 1 << 20])
@pytest.mark.parametrize(
    ("groups", "deleted", "expected"),
    [
        ((*BOOKS, *AGAIN), 0, 0),
        ((*BOOKS, *AGAIN), 1, 3),
        ((*BOOKS, *AGAIN), 2, 3),
        ((*BOOKS, *AGAIN), 3, 3),
        (BOOKS, 1, 3),
        (OVERLAPPING, 1, 1),
        (OVERLAPPING, 2, 4),
        (OVERLAPPING, 4, 4),
        (([*connected("okx"), okx("1", 1, 1)], [okx("2", 2, 1)]), 1, 1),
    ],
)
def test_it_is_the_first_group_from_which_on_none_needs_what_is_gone(
    tmp_path: Path, groups: tuple[list[Captured], ...], deleted: int, expected: int, read_bytes: int
) -> None:
    places = write(tmp_path, *groups)
    with closing(CaptureReader(tmp_path)) as reader:
        ends = [*places, reader.end_offset]
    whole = [*map(str, sides(tmp_path, ends[expected]))] if expected < len(places) else []
    for path in sorted(tmp_path.iterdir())[:deleted]:
        path.unlink()

    with patch.object(module, "READ_BYTES", read_bytes):
        assert ends[expected] == start_of(tmp_path)
    if whole:
        assert whole == [*map(str, sides(tmp_path, ends[expected]))]


def test_behind_a_drop_nothing_is_needed_from_before(tmp_path: Path) -> None:
    rules = CaptureRules(4_000, overload=Overload.DROP_OLDEST, most_segment_bytes=1)
    hold = CaptureHold()
    writer = CaptureWriter(tmp_path, rules, hold)
    assert writer.append(BOOKS[0]) is None
    hold.read_to = writer.end_offset
    for _ in range(40):
        assert writer.append(BOOKS[1]) is None
    writer.close()
    sorted(tmp_path.iterdir())[0].unlink()

    with closing(CaptureReader(tmp_path)) as reader:
        (drop,) = reader.drops
        assert drop.begin > reader.first_offset
        assert drop.begin == intact_start(reader)


def test_of_one_segment_only_what_needs_it_is_left_out(tmp_path: Path) -> None:
    writer = CaptureWriter(tmp_path, CaptureRules(1 << 30, most_segment_bytes=3_000))
    padding = record(RecordKind.MESSAGE, " " * 3_000, 2)
    assert writer.append([*BOOKS[0], padding]) is None
    assert writer.append([BIDS[0], LOST]) is None
    behind = writer.end_offset
    for _ in range(3):
        assert writer.append(AGAIN[0]) is None
    writer.close()
    (tmp_path / name_of(0)).unlink()

    assert behind == start_of(tmp_path)
