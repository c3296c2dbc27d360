"""gaps.log follows the capture: each gap and each drop once, whatever is restarted or dropped."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
import pytest

from zreplay.live.capture import CaptureWriter
from zreplay.live.capture_hold import NEVER_READ, CaptureHold
from zreplay.live.capture_queue import CaptureQueue
from zreplay.live.capture_reader import CaptureReader
from zreplay.live.capture_records import Captured, RecordKind
from zreplay.live.captured_gaps import CapturedGaps
from zreplay.live.gap import DROPPED, Gap
from zreplay.live.segment_book import CaptureRules, Overload
from zreplay.quotes.timestamp_text import time_text
from zreplay.replayer import gap_follower
from zreplay.replayer.gap_follower import GapFollower
from zreplay.replayer.gaps_log import GapsLog

UNBOUNDED = CaptureRules(1 << 30, most_segment_bytes=300)
MS_NS = 1_000_000
DROPPING = CaptureRules(8_000, overload=Overload.DROP_OLDEST, most_segment_bytes=1_000)


def gap(number: int) -> Captured:
    told = Gap("ws://a", "", number, number + 1, f"{number}")
    return Captured(RecordKind.GAP, number * MS_NS, told.pack(), 1)


def message(number: int = 5) -> Captured:
    return Captured(RecordKind.MESSAGE, number * MS_NS, bytes(200))


def lines(folder: Path) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in (folder / "gaps.log").read_bytes().splitlines()]


def reasons(folder: Path) -> list[str]:
    return [line["reason"] for line in lines(folder)]


class Recording:
    """What of a recorder writes a capture and tells of its gaps."""

    def __init__(self, folder: Path, rules: CaptureRules, most_waiting: int = 4096) -> None:
        captured = CapturedGaps(most_waiting)
        hold = CaptureHold(NEVER_READ)
        self.writer = CaptureWriter(folder / "capture", rules, hold, captured)
        gaps = GapsLog(folder / "gaps.log")
        gaps.recover(is_begun=True)
        self.follower = GapFollower(folder / "capture", gaps, captured)
        self.queue = CaptureQueue(self.writer, lambda: None)

    def put(self, *records: Captured) -> None:
        """Write records as one group, and what that causes."""
        for record in records:
            self.queue.put(record)
        self.queue.write_rest()


@contextmanager
def recording(
    folder: Path, rules: CaptureRules = UNBOUNDED, most_waiting: int = 4096
) -> Iterator[Recording]:
    these = Recording(folder, rules, most_waiting)
    yield these
    these.writer.close()


@pytest.mark.parametrize("most_waiting", [1, 4096])
def test_each_gap_is_told_once_though_it_is_followed_anew(
    tmp_path: Path, most_waiting: int
) -> None:
    for start in (0, 10):
        with recording(tmp_path, most_waiting=most_waiting) as these:
            for number in range(start, start + 10):
                these.put(message(), gap(number))
                if number % 3 == 1:
                    these.follower.follow()
                    assert [f"{each}" for each in range(number + 1)] == reasons(tmp_path)
    with recording(tmp_path):
        assert [f"{number}" for number in range(20)] == reasons(tmp_path)


def test_what_is_dropped_is_told_in_the_capture_and_in_the_log_without_a_hole(
    tmp_path: Path,
) -> None:
    with recording(tmp_path, DROPPING) as these:
        for number in range(100, 160):
            these.put(message(number))
            if number % 7 == 0:
                these.follower.follow()
        these.follower.follow()

    told = lines(tmp_path)
    assert {DROPPED} == set(reasons(tmp_path))
    assert time_text(100 * MS_NS) == told[0]["from"]
    assert [line["to"] for line in told[:-1]] == [line["from"] for line in told[1:]]
    with closing(CaptureReader(tmp_path / "capture")) as reader:
        (drop,) = [head.dropped for head in reader.drops if head.dropped]
        assert (time_text(drop.from_ns), time_text(drop.to_ns)) == (told[0]["from"], told[-1]["to"])
        chunk = reader.read(told[-1]["offset"] - 8, 1)
    assert chunk is not None and [RecordKind.GAP] == [record.kind for record in chunk.records]


def test_who_was_killed_between_a_drop_and_its_record_tells_of_it_at_the_next_start(
    tmp_path: Path,
) -> None:
    with recording(tmp_path, DROPPING) as these:
        for number in range(100, 150):
            these.put(message(number))
        these.follower.follow()
        before = reasons(tmp_path)
        dropped_bytes = these.writer.book.dropped_bytes
        while these.writer.book.dropped_bytes == dropped_bytes:
            assert these.writer.append([message(200)]) is None  # what the queue would put is lost

    for _ in range(2):
        with recording(tmp_path, CaptureRules(1 << 20)) as these:
            these.put(message(300))
            these.follower.follow()

    told = lines(tmp_path)
    assert [*before, DROPPED] == reasons(tmp_path)
    assert [line["to"] for line in told[:-1]] == [line["from"] for line in told[1:]]
    (drop,) = [each.dropped for each in these.writer.book.segments if each.dropped]
    assert time_text(drop.to_ns) == told[-1]["to"]


def test_what_was_told_is_not_read_again(tmp_path: Path) -> None:
    with (
        patch.object(gap_follower, "MARK_BYTES", 1_000),
        recording(tmp_path, CaptureRules(1 << 30, most_segment_bytes=10_000)) as these,
    ):
        these.put(gap(1))
        for _ in range(100):
            these.put(message())
        these.follower.follow()
        marked = these.writer.end_offset
        these.put(gap(2))

    with patch.object(gap_follower, "CaptureReader", Watched):
        Watched.offsets.clear()
        with recording(tmp_path):
            assert ["1", "2"] == reasons(tmp_path)
    assert marked == Watched.offsets[0]


def test_a_log_that_was_taken_away_is_told_anew(tmp_path: Path) -> None:
    with patch.object(gap_follower, "MARK_BYTES", 100), recording(tmp_path) as these:
        for number in range(3):
            these.put(message(), gap(number))
            these.follower.follow()
    (tmp_path / "gaps.log").unlink()
    with recording(tmp_path):
        assert ["0", "1", "2"] == reasons(tmp_path)


class Watched(CaptureReader):
    offsets: list[int] = []

    def read(self, offset: int, max_bytes: int) -> Any:
        self.offsets.append(offset)
        return super().read(offset, max_bytes)
