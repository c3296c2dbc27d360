"""`zreplay verify`: the capture of a live run is read again, and its lines held against the log's.

What a run of feeds alone commits is a function of its capture: so the lines up to the last commit
are those of the quotes up to its place. Where the oldest of the capture was deleted, the lines of
the rest are the end of the log; those come first of which it is known what was sent before.
"""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from protocol.committed_log import CommittedLog, newest_commit, open_committed
from protocol.errors import InputError, SettingsError
from protocol.messages import LIVE
from protocol.result_folder import ERRORS, MIDS
from zmid.mid import mid_lines
from zmid.mid_rule import MidRule
from zreplay.delivery.cursor import ReplayCursor
from zreplay.live.capture_folder import capture_in
from zreplay.live.capture_reader import CaptureReader
from zreplay.live.intact_start import intact_start
from zreplay.live.live_source import LiveSource, Place, place_of
from zreplay.live.segment_head import ONE_FILE_HEAD_BYTES
from zreplay.playback.batch_columns import unsent_batch

BATCH_QUOTES: Final = 32_768
PIECE_BYTES: Final = 1024 * 1024


class Verdict(msgspec.Struct, omit_defaults=False):
    """What was compared and what came of it; offsets are those of the capture."""

    same: bool
    whole: bool
    lines: int
    lines_before: int
    """Lines whose quotes, or what those build on, are no longer in the capture; and those of closed
    logs that are gone."""

    from_offset: int
    to_offset: int
    dropped: list[list[int]]
    """What was dropped before it was read, and has no line: offsets from and to, Unix ns."""

    problem: str = ""


class Verifier:
    """One run and its capture.

    Raises:
        ResultLogError: the folder holds no commit.
        SettingsError: the run is not one of feeds alone.
        InputError: there is no capture, or it is damaged.
    """

    def __init__(self, folder: Path, state: Path | None = None) -> None:
        self._folder = folder
        capture = capture_in(state or folder)
        if capture is None:
            raise InputError(
                f"{state or folder}: has no live capture",
                fix="give the folder of a run with --live, and of separate parts --state DIR",
                code="Z406",
            )
        self._capture = capture
        self._commit = newest_commit(folder)
        cursor = ReplayCursor.unpack(self._commit.cursor)
        if cursor.historical or self._commit.threshold_ms is None or not cursor.live:
            raise SettingsError(
                f"{folder}: has other lines than the mids of a live feed",
                fix="give a run of --live alone: a mode that was switched is not followed",
                code="Z204",
            )
        self._place = place_of(cursor.live)
        self._may_be_negative = _may_be_negative(folder)

    def verify(self) -> Verdict:
        """Compare all lines that are committed and whose quotes are still in the capture."""
        with closing(CaptureReader(self._capture)) as reader:
            first, drops, end = reader.first_offset, reader.drops, reader.end_offset
            is_same_capture = reader.capture_id == self._place.capture_id
            is_begun = first in (0, ONE_FILE_HEAD_BYTES)
        verdict = Verdict(
            same=False,
            whole=is_begun,
            lines=0,
            lines_before=0,
            from_offset=first,
            to_offset=self._place.next_position,
            dropped=[[h.begin, *h.dropped] for h in drops if h.dropped is not None],
        )
        if not is_same_capture:
            verdict.whole, verdict.problem = False, f"{self._capture} is that of another run"
            return verdict
        if end < self._place.next_position:
            verdict.whole, verdict.problem = False, _lost_end(self._capture, end, self._place)
            return verdict
        try:
            start = first if is_begun else self._intact_start()
            verdict.from_offset = min(start, self._place.next_position)
            self._compare(verdict, start)
        except InputError as error:
            problem = str(error).partition("\n")[0]
            verdict.same, verdict.whole, verdict.problem = False, False, problem
        return verdict

    def _intact_start(self) -> int:
        with closing(CaptureReader(self._capture)) as reader:
            return intact_start(reader)

    def _compare(self, verdict: Verdict, start: int) -> None:
        mids, errors = self._folder / MIDS, self._folder / ERRORS
        end, at = self._commit.mids_tail.end, 0  # of all that was logged, closed or open
        if not verdict.whole:
            at = end - sum(len(lines) for lines in self._lines(start))
            if at < 0:
                verdict.problem = "the capture has more lines than the log"
                return
        with closing(open_committed(self._folder, MIDS)) as log:
            verdict.whole = verdict.whole and not log.missing
            verdict.lines_before = _skip(log, at - log.first)
            for lines in self._lines(start):
                gone = max(0, min(len(lines), log.first - at))
                at += gone
                verdict.lines_before += _lines_in(lines[:gone])
                lines = lines[gone:]
                found = log.read(min(len(lines), end - at))
                if found != lines:
                    number = verdict.lines_before + verdict.lines
                    verdict.problem = _difference(lines, found, number)
                    return
                at += len(lines)
                verdict.lines += _lines_in(lines)
        if at != end:
            verdict.problem = f"{mids} has lines behind those of the capture, from byte {at} on"
        elif self._commit.errors_tail.length:
            verdict.problem = f"{errors} has lines, which no live quote has"
        else:
            verdict.same = True

    def _lines(self, from_offset: int) -> Iterator[bytes]:
        """Yield the lines of what is committed and in the capture, from a group on."""
        assert self._commit.threshold_ms is not None
        rule = MidRule(self._commit.threshold_ms, self._commit.stamp or "exchange")
        source = LiveSource(
            self._capture,
            lambda rejection: None,
            Place(self._place.capture_id, from_offset, from_offset).pack(),
            may_be_negative=self._may_be_negative,
        )
        with closing(source):
            while (piece := source.poll()) is not None:
                block = piece.block
                is_past = block.position >= self._place.next_position
                if is_past.any():
                    block = block.take(np.flatnonzero(~is_past))
                for first in range(0, len(block), BATCH_QUOTES):
                    batch = unsent_batch(block.take(slice(first, first + BATCH_QUOTES)), LIVE)
                    yield bytes(mid_lines(batch, rule).mids)
                if is_past.any():
                    return


def as_json(verdict: Verdict) -> dict[str, Any]:
    """Return the verdict as one object."""
    return msgspec.structs.asdict(verdict)


def _lost_end(capture: Path, end: int, place: Place) -> str:
    return (
        f"{capture} ends at byte {end:,}, and what is committed was captured up to byte "
        f"{place.next_position:,}: its end is lost"
    )


def _may_be_negative(folder: Path) -> bool:
    """Tell whether the run said that prices may be, as far as it was one of `zreplay run`."""
    try:
        found: dict[str, Any] = msgspec.json.decode((folder / "run.json").read_bytes(), type=dict)
    except (OSError, msgspec.MsgspecError):
        return False
    return bool(found.get("options", {}).get("--allow-negative"))


def _skip(log: CommittedLog, size_bytes: int) -> int:
    """Pass over the beginning of a log; return how many lines that is."""
    lines = 0
    while size_bytes > 0 and (piece := log.read(min(size_bytes, PIECE_BYTES))):
        size_bytes -= len(piece)
        lines += _lines_in(piece)
    return lines


def _lines_in(text: bytes) -> int:
    return text.count(b"\n")


def _difference(expected: bytes, found: bytes, lines_before: int) -> str:
    """Say where two texts differ first."""
    same = len(os.path.commonprefix((expected, found)))
    number = lines_before + _lines_in(expected[:same]) + 1
    start = expected.rfind(b"\n", 0, same) + 1
    theirs, ours = (text[start:].split(b"\n", 1)[0][:100] for text in (found, expected))
    return f"line {number} of {MIDS} is {theirs.decode()!r}, of the capture {ours.decode()!r}"
