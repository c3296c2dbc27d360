"""Committed lines are those of the capture, or where they differ is named."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from protocol.commit import SLOT_BYTES, Commit, Tail, pack
from protocol.errors import InputError, ResultLogError, SettingsError
from protocol.segment import Segment, manifest_line, segment_file
from tests.stored import COMMIT
from tests.zreplay.live import test_intact_start as intact_starts
from tests.zreplay.live.test_live_source import message
from zreplay.delivery.cursor import ReplayCursor
from zreplay.delivery.run_state import RunState
from zreplay.inspection.verifier import Verdict, Verifier, as_json
from zreplay.live.capture import CaptureWriter
from zreplay.live.capture_hold import CaptureHold
from zreplay.live.live_source import LiveSource
from zreplay.live.segment_book import CaptureRules

LINE = b"2025-10-02 23:59:57.290, 1.5\n"
COUNT = 120


def cursor_after(folder: Path, quotes: int) -> bytes:
    source = LiveSource(folder / "capture", lambda rejection: None)
    given = 0
    while piece := source.poll():
        if given + len(piece.block) >= quotes:
            source.close()
            return piece.cursor_after(quotes - given)
        given += len(piece.block)
    raise AssertionError(given)


def commit_of(folder: Path, quotes: int, mids: bytes, historical: bytes = b"") -> Commit:
    cursor = ReplayCursor(RunState("live"), historical, cursor_after(folder, quotes))
    return Commit(
        **{
            name: getattr(COMMIT, name)
            for name in ("number", "run", "epoch", "threshold_ms", "stamp", "finished")
        },
        **{name: getattr(COMMIT, name) for name in ("skipped", "blank", "commanded")},
        next=quotes,
        cursor=cursor.pack(),
        mids_tail=Tail().grown(mids),
        errors_tail=Tail(),
        mids=quotes,
        processors=(),
        output_tails=(),
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a run of which all but the last five captured quotes are committed."""
    writer = CaptureWriter(tmp_path / "capture", CaptureRules(1 << 30, most_segment_bytes=3_000))
    for number in range(COUNT + 5):
        assert writer.append([message(number)]) is None
    writer.close()
    keep(tmp_path, COUNT, LINE * COUNT)
    return tmp_path


def keep(folder: Path, quotes: int, mids: bytes, historical: bytes = b"") -> None:
    (folder / "mid_prices.log").write_bytes(mids + b"a line that is not committed")
    (folder / "errors.log").write_bytes(b"")
    older = bytes(SLOT_BYTES)
    newest = pack(commit_of(folder, quotes, mids, historical)).ljust(SLOT_BYTES, b"\0")
    (folder / "commit.ring").write_bytes(older + newest)


def verdict(folder: Path) -> Verdict:
    return Verifier(folder).verify()


def test_a_whole_run_is_the_same(folder: Path) -> None:
    found = verdict(folder)

    assert (True, True, COUNT, "") == (found.same, found.whole, found.lines, found.problem)
    assert {"same", "whole", "lines", "dropped"} < as_json(found).keys()


def test_where_the_oldest_is_deleted_the_rest_is_compared_and_named(folder: Path) -> None:
    paths = sorted((folder / "capture").iterdir())
    for path in paths[:2]:
        path.unlink()
    found = verdict(folder)

    assert (True, False, "") == (found.same, found.whole, found.problem)
    assert COUNT == found.lines + found.lines_before
    assert int(paths[2].stem) == found.from_offset


def bybit_line(mid: str) -> bytes:
    return f"1970-01-01 00:00:00.009, {mid}\n".encode()


@pytest.mark.parametrize(
    ("deleted", "lines", "lines_before"), [(0, 5, 0), (1, 2, 3), (2, 2, 3), (3, 2, 3), (4, 0, 5)]
)
def test_of_what_needs_a_deleted_part_nothing_is_compared_and_of_the_rest_all(
    tmp_path: Path, deleted: int, lines: int, lines_before: int
) -> None:
    intact_starts.write(tmp_path / "capture", *intact_starts.BOOKS, *intact_starts.AGAIN)
    mids = b"".join(map(bybit_line, ("5", "5.5", "6", "5", "6.5")))
    keep(tmp_path, 5, mids)
    for path in sorted((tmp_path / "capture").iterdir())[:deleted]:
        path.unlink()
    found = verdict(tmp_path)

    assert (True, deleted == 0, "") == (found.same, found.whole, found.problem)
    assert (lines, lines_before) == (found.lines, found.lines_before)


@pytest.mark.parametrize("deleted", [0, 1])
def test_a_capture_that_lost_its_end_is_not_the_same_whatever_its_lines(
    folder: Path, deleted: int
) -> None:
    paths = sorted((folder / "capture").iterdir())
    for path in [*paths[:deleted], paths[-1], paths[-2]]:
        path.unlink()
    found = verdict(folder)

    assert (False, False) == (found.same, found.whole)
    assert f"ends at byte {int(paths[-2].stem):,}" in found.problem


def rotate(folder: Path, *sizes: int) -> list[Path]:
    """Close the log of a run after so many lines each; return the closed segments."""
    commit = commit_of(folder, COUNT, b"")
    manifest, paths, start = b"", [], 0
    (folder / "segments").mkdir()
    for number, size in enumerate(sizes):
        text = LINE * size
        file = segment_file("mid_prices.log", number, f"{start}-{start + len(text)}")
        manifest += manifest_line(
            Segment("mid_prices.log", number, file, start, len(text), 0, None, 0)
        )
        paths.append(folder / file)
        paths[-1].write_bytes(text)
        start += len(text)
    (folder / "segments" / "manifest.jsonl").write_bytes(manifest)
    rest = LINE * (COUNT - sum(sizes))
    (folder / "mid_prices.log").write_bytes(rest)
    tail = replace(Tail().grown(rest), number=len(sizes), start=start)
    commit = replace(commit, mids_tail=tail, manifest_tail=Tail().grown(manifest))
    (folder / "commit.ring").write_bytes(pack(commit))
    return paths


def test_a_log_that_was_rotated_is_compared_whole(folder: Path) -> None:
    rotate(folder, 50, 30)
    found = verdict(folder)

    assert (True, True, "") == (found.same, found.whole, found.problem)
    assert (0, COUNT) == (found.lines_before, found.lines)


def test_of_a_rotated_log_whose_oldest_is_gone_the_rest_is_compared(folder: Path) -> None:
    rotate(folder, 50, 30)[0].unlink()
    found = verdict(folder)

    assert (True, False, "") == (found.same, found.whole, found.problem)
    assert (50, COUNT - 50) == (found.lines_before, found.lines)


def test_a_closed_segment_that_is_not_the_captures_is_named(folder: Path) -> None:
    flip(rotate(folder, 50, 30)[1], 7 * len(LINE) + 3)

    assert verdict(folder).problem.startswith("line 58 of mid_prices.log is ")


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def spoil_line(folder: Path) -> None:
    flip(folder / "mid_prices.log", 7 * len(LINE) + 3)


def spoil_segment(folder: Path) -> None:
    flip(sorted((folder / "capture").iterdir())[2], 200)


def lose_lines(folder: Path) -> None:
    keep(folder, COUNT, LINE * (COUNT - 1))


def add_lines(folder: Path) -> None:
    keep(folder, COUNT, LINE * (COUNT + 1))


def take_another_capture(folder: Path) -> None:
    shutil.rmtree(folder / "capture")
    CaptureWriter(folder / "capture", CaptureRules(1 << 30), CaptureHold()).close()


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (spoil_line, "line 8 of mid_prices.log is '2024-"),
        (spoil_segment, "is damaged: the group"),
        (lose_lines, f"line {COUNT} of mid_prices.log is ''"),
        (add_lines, "has lines behind those of the capture"),
        (take_another_capture, "is that of another run"),
    ],
)
def test_what_is_not_the_same_is_named(
    folder: Path, spoil: Callable[[Path], None], what: str
) -> None:
    spoil(folder)
    found = verdict(folder)

    assert not found.same
    assert what in found.problem and "\n" not in found.problem


def test_what_cannot_be_verified_is_refused(folder: Path) -> None:
    keep(folder, COUNT, LINE * COUNT, historical=b"a place in the files")
    with pytest.raises(SettingsError, match="has other lines"):
        Verifier(folder)
    (folder / "commit.ring").write_bytes(bytes(SLOT_BYTES))
    with pytest.raises(ResultLogError, match="holds no run"):
        Verifier(folder)
    (folder / "commit.ring").unlink()
    with pytest.raises(ResultLogError, match="holds no run"):
        Verifier(folder)
    shutil.rmtree(folder / "capture")
    with pytest.raises(InputError, match="has no live capture"):
        Verifier(folder)
