"""A gap is in gaps.log once, however often its place of the capture is read."""

import errno
import json
from pathlib import Path

import pytest

from protocol.errors import ResultLogError
from zreplay.live.gap import SILENT, Gap
from zreplay.replayer.gaps_log import GapsLog

GAP = Gap("wss://x", "okx", 1, 2, "cut")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gaps.log"


def offsets_in(path: Path) -> list[int]:
    return [json.loads(line)["offset"] for line in path.read_bytes().splitlines()]


def begun(path: Path) -> GapsLog:
    log = GapsLog(path)
    log.recover(is_begun=True)
    return log


def test_what_is_read_again_after_a_restart_is_not_written_again(path: Path) -> None:
    first = begun(path)
    for offset in (10, 20, 20):
        first.append(GAP, "ab", offset)
    second = begun(path)
    for offset in (10, 20, 30):
        second.append(GAP, "ab", offset)

    assert [10, 20, 30] == offsets_in(path)
    assert 3 == second.count


def test_a_torn_line_is_written_whole(path: Path) -> None:
    log = begun(path)
    log.append(GAP, "ab", 10)
    log.append(GAP, "ab", 20)
    path.write_bytes(path.read_bytes()[:-5])
    log = begun(path)
    for offset in (10, 20):
        log.append(GAP, "ab", offset)

    assert ([10, 20], 2) == (offsets_in(path), log.count)


def test_another_capture_has_places_of_its_own(path: Path) -> None:
    log = begun(path)
    log.append(GAP, "ab", 20)
    log.append(GAP, "cd", 10)

    assert [20, 10] == offsets_in(path)


def test_a_run_that_has_not_begun_has_none(path: Path) -> None:
    begun(path).append(GAP, "ab", 20)
    log = GapsLog(path)
    log.recover(is_begun=False)

    assert (b"", 0) == (path.read_bytes(), log.count)


def test_without_room_a_line_waits_and_is_written_later(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = begun(path)

    def full(*arguments: object, **more: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", full)
        log.append(GAP, "ab", 10)
    assert f"{path}: No space left on device" == log.stalled
    log.append(GAP, "ab", 20)

    assert ("", [10, 20]) == (log.stalled, offsets_in(path))


def test_a_disk_that_refuses_is_an_error(path: Path) -> None:
    path.mkdir()
    with pytest.raises(ResultLogError):
        GapsLog(path).append(GAP, "ab", 10)


A_SILENT = Gap("wss://x", "okx", 10**9, None, SILENT, ("A@OKX", "B@OKX"))
B_AGAIN = Gap("wss://x", "okx", 10**9, 2 * 10**9, SILENT, ("B@OKX",))
OTHER_SILENT = Gap("wss://y", "okx", 10**9, None, SILENT, ("A@OKX",))
KILLED = Gap("wss://x", "okx", 3 * 10**9, 4 * 10**9, "the replayer was killed", ("A@OKX", "B@OKX"))
TOLD = [A_SILENT, B_AGAIN, OTHER_SILENT, KILLED, KILLED]


def told(path: Path) -> list[tuple[str, str | None, str, list[str]]]:
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    return [
        (line["feed"][-1] + line["from"][17:19], line["to"] and line["to"][17:19], line["reason"])
        + (line["tickers"],)
        for line in lines
    ]


EXPECTED = [
    ("x01", None, SILENT, ["A@OKX", "B@OKX"]),
    ("x01", "02", SILENT, ["B@OKX"]),
    ("y01", None, SILENT, ["A@OKX"]),
    ("x01", "03", SILENT, ["A@OKX"]),
    ("x03", "04", "the replayer was killed", ["A@OKX", "B@OKX"]),
    ("x03", "04", "the replayer was killed", ["A@OKX", "B@OKX"]),
]


def test_what_was_silent_when_the_replayer_was_killed_ends_where_that_gap_begins(
    path: Path,
) -> None:
    log = begun(path)
    for offset, gap in enumerate(TOLD):
        log.append(gap, "ab", offset)

    assert EXPECTED == told(path)


@pytest.mark.parametrize("lines", range(len(EXPECTED) + 1))
@pytest.mark.parametrize("first_read", range(len(TOLD)))
def test_it_is_the_same_wherever_the_log_was_cut_and_is_read_again(
    path: Path, lines: int, first_read: int
) -> None:
    log = begun(path)
    for offset, gap in enumerate(TOLD):
        log.append(gap, "ab", offset)
    whole = path.read_bytes()
    path.write_bytes(b"".join(whole.splitlines(keepends=True)[:lines]))
    written = json.loads(path.read_bytes().splitlines()[-1])["offset"] if lines else -1
    log = begun(path)
    for offset, gap in enumerate(TOLD):
        if offset >= min(first_read, written):  # at the latest where the last line is told
            log.append(gap, "ab", offset)

    assert (whole, len(EXPECTED)) == (path.read_bytes(), log.count)


def test_the_silence_of_a_whole_feed_ends_there_too(path: Path) -> None:
    log = begun(path)
    silent = Gap("wss://x", "", 10**9, None, SILENT)
    for offset, gap in enumerate((silent, KILLED)):
        log.append(gap, "ab", offset)

    assert [("x01", None, SILENT, []), ("x01", "03", SILENT, [])] == told(path)[:2]
    assert 3 == log.count
