"""A recorder captures what its feed gives, tells the gaps, and ends well."""

from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from protocol.errors import ResultLogError
from protocol.program.stop import StopSignal
from tests.zreplay.opened_inputs import FakeFeed
from zreplay.live.capture import CAPTURE_FULL, Problem
from zreplay.live.capture_records import Captured, RecordKind
from zreplay.live.gap import Gap
from zreplay.live.live_end import LiveEnd
from zreplay.replayer.live_clock import LiveClock, read_clocks
from zreplay.replayer.recorder import Recorder
from zreplay.settings import ReplaySettings

SETTINGS = ReplaySettings(live=("ws://a",), capture_quota_bytes=1 << 20)
GAP = Captured(RecordKind.GAP, 9, Gap("ws://a", "", 5, 9, "gone").pack(), 1)
FOREVER = LiveEnd()


def recorder(out: Path) -> Recorder:
    with patch("zreplay.replayer.recorder.LiveFeed", FakeFeed):
        return Recorder(SETTINGS, out)


def clock(end: LiveEnd = FOREVER) -> LiveClock:
    return LiveClock(end, read_clocks())


def feed_of(recording: Recorder) -> Any:
    return recording._feed


def test_it_records_until_a_stop_and_tells_each_gap(tmp_path: Path) -> None:
    stop, recording = StopSignal(), recorder(tmp_path)
    assert "a feed: off" == recording.missing
    seen = []

    def look() -> None:
        seen.append(recording.missing)
        if len(seen) == 1:
            assert recording.capture.writer.append([GAP]) is None
        stop.request()

    recording.run(stop, clock(), look)
    status = recording.status()
    recording.close()

    assert ([""], 1) == (seen, status["gaps"])
    assert feed_of(recording).is_closed
    assert status["capture"]["bytes"] > 0 == status["capture"]["dropped_bytes"]
    assert b'"reason":"gone"' in (tmp_path / "gaps.log").read_bytes()


def test_it_ends_by_itself_and_the_same_folder_goes_on(tmp_path: Path) -> None:
    for number in (1, 2):
        recording = recorder(tmp_path)
        assert recording.capture.writer.append([GAP]) is None
        recording.run(StopSignal(), clock(LiveEnd(duration_ns=0)), lambda: None)
        assert number == recording.status()["gaps"]
        recording.close()


def test_one_that_is_full_ends_with_its_reason(tmp_path: Path) -> None:
    recording = recorder(tmp_path)
    feed_of(recording).refusal = Problem(CAPTURE_FULL, "it holds its 7 bytes")
    with pytest.raises(ResultLogError, match="a recording nothing is deleted: it holds") as caught:
        recording.run(StopSignal(), clock(), lambda: None)
    recording.close()

    assert ("Z611", True) == (caught.value.code, feed_of(recording).is_closed)


def test_a_folder_that_another_one_uses_is_refused(tmp_path: Path) -> None:
    recording = recorder(tmp_path)
    with pytest.raises(ResultLogError, match="is in use by another recorder"):
        recorder(tmp_path)
    recording.close()
