"""One look serves while a replay begins, and no longer."""

import os
from pathlib import Path

import pytest

from protocol.errors import InputError
from zreplay.historical.file_indexes import FileIndexes
from zreplay.historical.files_in_turn import FilesInTurn
from zreplay.recordings import recording_layout
from zreplay.recordings.first_looks import FIRST_LOOKS, FRESH_NS, FirstLooks
from zreplay.recordings.index.file_identity import stamp_of
from zreplay.recordings.recording_layout import check_files
from zreplay.replayer.state import run_identity
from zreplay.settings import ReplaySettings

CSV = "timestamp,ticker,ask_price,bid_price,latency\n2025-10-02 00:00:00,T,2,1,1\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "quotes.csv"
    path.write_text(CSV)
    return path


def test_what_the_first_look_found_is_known_until_the_end(path: Path) -> None:
    looks = FirstLooks()
    looks.check(path)
    unasked = looks.stamp(path)
    looks.begin()
    before = looks.stamp(path)
    is_folder = looks.is_folder(path)
    stamp = stamp_of(path)
    path.write_text(CSV * 2)
    looks.check(path)

    assert (None, None, False, stamp) == (unasked, before, is_folder, looks.stamp(path))
    looks.end()
    assert looks.stamp(path) is None


def test_a_look_of_long_ago_is_none(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now_ns, looks = 10**9, FirstLooks()
    monkeypatch.setattr("time.monotonic_ns", lambda: now_ns)
    looks.begin()
    looks.check(path)
    now_ns += FRESH_NS - 1
    assert stamp_of(path) == looks.stamp(path)
    now_ns += 1

    assert looks.stamp(path) is None


def test_what_is_no_file_is_refused_and_not_known(tmp_path: Path) -> None:
    looks = FirstLooks()
    looks.begin()
    missing, pipe = tmp_path / "missing.csv", tmp_path / "pipe"
    os.mkfifo(pipe)
    assert [False, True, False] == [*map(looks.is_folder, (missing, tmp_path, pipe))]
    for path, said in [
        (missing, "No such file"),
        (tmp_path, "is a directory"),
        (pipe, "not a regular file"),
    ]:
        with pytest.raises(InputError, match=said) as error:
            looks.check(path)
        assert ("Z401", None) == (error.value.code, looks.stamp(path))


def test_a_file_that_may_not_be_read_is_refused_whoever_has_looked(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    looks = FirstLooks()
    looks.begin()
    looks.is_folder(path)
    monkeypatch.setattr("os.access", lambda *_: False)
    monkeypatch.setattr("os.open", refused)

    with pytest.raises(InputError, match="cannot be opened: Permission denied"):
        looks.check(path)


def test_a_replay_that_begins_looks_at_many_files_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, stamp = ReplaySettings(historical=(path,)), stamp_of(path)
    assert stamp is not None
    name = run_identity(settings, None)
    monkeypatch.setattr(recording_layout, "MANY_FILES", 0)
    FIRST_LOOKS.begin()
    check_files(settings.historical)
    path.write_text(CSV * 2)
    indexes = FileIndexes(settings.historical)
    indexes.begin(None)

    assert name == run_identity(settings, None)
    assert stamp == indexes._known[0].stamp
    assert [stamp.size_bytes] == FilesInTurn(settings.historical).sizes_bytes
    # Whoever looks later sees what has changed.
    assert [2 * stamp.size_bytes] == FilesInTurn(settings.historical).sizes_bytes
    assert name != run_identity(settings, None)
