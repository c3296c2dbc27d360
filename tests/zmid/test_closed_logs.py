"""What was closed is seen to once a second, to the end, and what is asked to stop stops."""

from pathlib import Path

import pytest

from protocol.messages import Result
from protocol.result_folder import ERRORS, MIDS
from protocol.rotation import HOUR_NS, Rotation
from tests.segments import joined, segment_paths
from tests.zmid.fakes import RUN, lines, result
from zmid import closed_logs, log_keeping
from zmid.closed_logs import TURN_NS, ClosedLogs
from zmid.disk import Folder
from zmid.result_log import NAMES, ResultLog
from zmid.settings import SinkSettings

HOURS = 40
OF_THE_RING = 16


@pytest.fixture
def log(tmp_path: Path) -> ResultLog:
    log = ResultLog(Folder(tmp_path, NAMES), rotation=Rotation(period_ns=HOUR_NS))
    log.adopt(RUN)
    log.commit_epoch(1)
    return log


def hour(number: int) -> Result:
    return result(3 * number, 3, arrival_ns=number * HOUR_NS)


def plain(folder: Path) -> int:
    return sum(path.suffix != ".zst" for path in segment_paths(folder, MIDS))


def settings(folder: Path, **more: str) -> SinkSettings:
    return SinkSettings(out=folder, rotate="hourly", **more)


def test_all_that_may_be_is_compressed_before_the_end(tmp_path: Path, log: ResultLog) -> None:
    closed = ClosedLogs(settings(tmp_path, compress="zst"), log, None)
    now_ns = 0
    for number in range(HOURS):
        log.append([hour(number)])
    while closed.are_left(now_ns):
        now_ns += 1  # within a second

    assert OF_THE_RING - 1 == plain(tmp_path)
    assert lines(3 * HOURS) == (joined(tmp_path, MIDS), joined(tmp_path, ERRORS))


def test_it_goes_on_where_nothing_is_committed(tmp_path: Path, log: ResultLog) -> None:
    closed = ClosedLogs(settings(tmp_path, keep_logs="1"), log, None)
    for number in range(HOURS):
        log.append([hour(number)])
        closed.turn(0)
    assert HOURS - 1 == plain(tmp_path)
    closed.turn(TURN_NS)

    assert OF_THE_RING - 1 == plain(tmp_path)


def test_asked_to_stop_it_leaves_the_rest_whole_to_the_next_start(
    tmp_path: Path, log: ResultLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closed_logs, "LEFT_SECONDS", 0.0)
    for number in range(HOURS):
        log.append([hour(number)])
    settings_ = settings(tmp_path, compress="zst")
    closed = ClosedLogs(settings_, log, None)
    started = []

    def slow(path: Path, *_: object) -> None:
        started.append(path)
        while not closed._keeping or not closed._keeping._is_given_up:
            pass

    with monkeypatch.context() as patch:
        patch.setattr(log_keeping, "compress", slow)
        closed.end(0)
    assert (1, HOURS - 1) == (len(started), plain(tmp_path))
    again = ClosedLogs(settings_, log, None)
    while again.are_left(0):
        pass

    assert OF_THE_RING - 1 == plain(tmp_path)
