"""Of closed logs only what nothing can need is removed or compressed, and whole at every step."""

import os
from collections.abc import Callable
from pathlib import Path
from threading import Event, Lock

import pytest
from backports import zstd

from protocol.messages import Result
from protocol.result_folder import ERRORS, MIDS
from protocol.retention import Retention
from protocol.rotation import DAY_NS, HOUR_NS, Rotation
from tests.segments import joined, segment_paths
from tests.zmid.fakes import RUN, lines, result
from zmid import log_keeping
from zmid.disk import Folder
from zmid.log_keeping import LogKeeping, compress
from zmid.result_log import NAMES, ResultLog

HOURLY = Rotation(period_ns=HOUR_NS)
ALL = Retention()


def record(number: int, hour: int) -> Result:
    return result(number, 3, arrival_ns=hour * HOUR_NS)


class Written:
    """A log of so many hours, each of which has three records."""

    def __init__(self, folder: Path, hours: int) -> None:
        self.disk = Folder(folder, NAMES)
        self.log = ResultLog(self.disk, rotation=HOURLY)
        if self.log.last is None:
            self.log.adopt(RUN)
            self.log.commit_epoch(1)
        for hour in range(hours):
            self.log.append([record(3 * hour, hour)])

    def turn(self, keeping: LogKeeping, times: int = 1) -> None:
        last = self.log.last
        assert last is not None
        for _ in range(times):
            keeping.turn(last.manifest_tail.length, last.elapsed_ns, self.log.named)
            keeping.wait()


def numbers(folder: Path, log: str, end: str = "") -> list[int]:
    paths = segment_paths(folder, log)
    return [int(path.name.split(".")[1]) for path in paths if path.name.endswith(end)]


def test_so_many_are_kept_and_none_that_a_commit_can_name_goes(tmp_path: Path) -> None:
    written = Written(tmp_path, 40)
    assert {MIDS: 24, ERRORS: 24} == {name: written.log.named[name] for name in (MIDS, ERRORS)}
    written.turn(LogKeeping(tmp_path, Retention(most=20), compresses=False))
    assert [*range(19, 39)] == numbers(tmp_path, MIDS) == numbers(tmp_path, ERRORS)
    written.turn(LogKeeping(tmp_path, Retention(most=1), compresses=False))
    assert [*range(24, 39)] == numbers(tmp_path, MIDS)


def test_those_of_so_long_a_time_are_kept_by_arrival(tmp_path: Path) -> None:
    written = Written(tmp_path, 60)
    written.turn(LogKeeping(tmp_path, Retention(age_ns=30 * HOUR_NS), compresses=False))

    assert 59 - 30 - 1 == numbers(tmp_path, MIDS)[0]


def test_a_stray_of_2099_removes_nothing(tmp_path: Path) -> None:
    written = Written(tmp_path, 20)
    keeping = LogKeeping(tmp_path, Retention(age_ns=3 * DAY_NS), compresses=False)
    for number, hour in enumerate((1_130_000, 20, 21), 20):
        written.log.append([record(3 * number, hour)])
    for number in range(23, 50):
        written.log.append([record(3 * number, 22)])
    written.turn(keeping)

    assert 0 == numbers(tmp_path, MIDS)[0]


def test_all_that_may_be_is_compressed_and_all_is_read(tmp_path: Path) -> None:
    written = Written(tmp_path, 40)
    keeping = LogKeeping(tmp_path, ALL, compresses=True)
    written.turn(keeping, 100)

    assert [*range(24)] == numbers(tmp_path, MIDS, ".zst") == numbers(tmp_path, ERRORS, ".zst")
    assert lines(120) == (joined(tmp_path, MIDS), joined(tmp_path, ERRORS))
    assert ResultLog(written.disk, rotation=HOURLY).last == written.log.last
    again = LogKeeping(tmp_path, Retention(most=17), compresses=True)
    again.begin()
    written.turn(again, 3)
    assert [*range(22, 39)] == numbers(tmp_path, MIDS)


def test_what_a_sink_has_read_at_its_start_may_be_removed_and_compressed_too(
    tmp_path: Path,
) -> None:
    Written(tmp_path, 20).disk.close()
    again = Written(tmp_path, 0)
    for hour in range(20, 60):
        again.log.append([record(3 * hour, hour)])
    again.turn(LogKeeping(tmp_path, Retention(most=30), compresses=True))
    again.disk.check_in_place()

    assert [*range(29, 44)] == numbers(tmp_path, MIDS, ".zst")


class Killed(BaseException):
    pass


def dies(*_: object) -> None:
    raise Killed


@pytest.mark.parametrize("step", ["fsync", "rename", "unlink"])
def test_killed_at_a_step_the_segment_is_there_once_and_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    Written(tmp_path, 40)
    path = segment_paths(tmp_path, MIDS)[0]
    text = path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(os if step == "fsync" else Path, step, dies)
        with pytest.raises(Killed):
            compress(path, Lock(), lambda: False)
    LogKeeping(tmp_path, ALL, compresses=True).begin()

    (found,) = (tmp_path / "segments").glob("mid_prices.00000000.*")
    assert text == (zstd.decompress(found.read_bytes()) if found != path else found.read_bytes())
    assert (step == "unlink") == (found != path)


def test_what_cannot_be_written_stays_as_it_is_and_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    written = Written(tmp_path, 40)
    monkeypatch.setattr(log_keeping.os, "fsync", full)
    written.turn(LogKeeping(tmp_path, ALL, compresses=True))

    assert lines(120) == (joined(tmp_path, MIDS), joined(tmp_path, ERRORS))
    assert [] == [*(tmp_path / "segments").rglob("*.zst*")]
    assert "not compressed" in caplog.text


def test_what_is_removed_while_it_is_compressed_does_not_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = Written(tmp_path, 40)
    last = written.log.last
    assert last is not None
    begun, removed, honest = Event(), Event(), os.fsync

    def waits(fd: int) -> None:
        begun.set()
        assert removed.wait(60)
        honest(fd)

    monkeypatch.setattr(log_keeping.os, "fsync", waits)
    keeping = LogKeeping(tmp_path, Retention(age_ns=60 * HOUR_NS), compresses=True)
    keeping.turn(last.manifest_tail.length, last.elapsed_ns, written.log.named)
    assert begun.wait(60)
    keeping.turn(last.manifest_tail.length, 70 * HOUR_NS, written.log.named)
    removed.set()
    keeping.wait()

    assert [*range(9, 24)] == numbers(tmp_path, MIDS, ".zst")
    assert 9 == numbers(tmp_path, MIDS)[0]


def test_what_a_user_took_away_is_not_missed(tmp_path: Path) -> None:
    written = Written(tmp_path, 40)
    taking: Callable[[Path], None] = Path.unlink
    for path in segment_paths(tmp_path, MIDS)[:10]:
        taking(path)
    written.turn(LogKeeping(tmp_path, Retention(most=25), compresses=True), 40)

    assert [*range(14, 24)] == numbers(tmp_path, MIDS, ".zst")
