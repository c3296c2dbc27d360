"""What an earlier process left of a capture: finished if it was interrupted, and its last group."""

import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from protocol.errors import ResultLogError
from protocol.program.diagnostics import Log
from zreplay.live.capture_folder import begins_in
from zreplay.live.capture_groups import FRAME_BYTES, GROUP_TAIL, MAX_GROUP_BYTES, last_group
from zreplay.live.capture_records import Captured, RecordKind, records_in
from zreplay.live.segment_files import Found, all_in, found, leftovers_in, place_head, torn_head
from zreplay.live.segment_head import CAPTURE_ID_BYTES, SegmentHead, damaged, name_of

# A torn write is shorter than a group, so the last whole one lies in this much of the end.
_WINDOW_BYTES: Final = 2 * (MAX_GROUP_BYTES + FRAME_BYTES)

log = Log("zreplay")


class Recovered(NamedTuple):
    """The segments, the newest record, and what its group says of connections."""

    segments: list[Found]
    last: Captured | None
    lost: list[Captured]
    greatest_connection: int


def adopt_one_file(one_file: Path, folder: Path) -> None:
    """Make a capture of an earlier version, which is one file, the first segment of a folder.

    Raises:
        InputError: it is not a capture; it stays where it is.
        ResultLogError: the disk refuses it.
    """
    try:
        if not one_file.is_file() or (folder.is_dir() and begins_in(folder)):
            return
        each = found(one_file)
        folder.mkdir(exist_ok=True)
        one_file.rename(folder / name_of(each.head.begin))
    except OSError as error:
        raise ResultLogError(
            f"cannot use the capture {one_file}: {error.strerror}",
            fix="choose another state folder: --state DIR",
            code="Z602",
        ) from error


def recover(folder: Path) -> Recovered:
    """Finish drops, cut the torn tail, and return what is there; a first segment if nothing is.

    Raises:
        InputError: it is damaged beyond what a torn write explains.
        OSError: the disk refuses.
    """
    folder.mkdir(exist_ok=True)
    for path in leftovers_in(folder):
        path.unlink()
    torn = torn_head(folder, begins_in(folder))
    if torn is not None:
        torn.unlink()
    segments = all_in(folder)
    kept = {each.segment.begin for each in segments}
    for begin in begins_in(folder):
        if begin not in kept:  # a drop of it was recorded
            (folder / name_of(begin)).unlink()
    if not segments:
        head = SegmentHead(secrets.token_bytes(CAPTURE_ID_BYTES), 0)
        place_head(folder / name_of(0), head)
        segments = all_in(folder)
    _cut_torn(segments[-1])
    return _known(all_in(folder))


def _cut_torn(newest: Found) -> None:
    if newest.head.dropped is None:
        window, window_at = _window(newest)
        end, _ = last_group(window)
        if end < len(window):
            log.warning("torn end of the capture cut off", bytes=len(window) - end)
            os.truncate(newest.path, window_at + end)


def _window(each: Found) -> tuple[bytes, int]:
    """Return the end of a segment, where its last whole group is, and at which byte that begins."""
    size_bytes, head_bytes = each.segment.size_bytes, each.head.size_bytes
    window_bytes = min(size_bytes - head_bytes, _WINDOW_BYTES)
    window_at = size_bytes - window_bytes
    with each.path.open("rb") as file:
        file.seek(window_at)
        window = file.read(window_bytes)
    if window_at > head_bytes and not last_group(window)[0]:
        raise damaged(each.path, f"no whole record before its end at byte {size_bytes}")
    return window, window_at


def _known(segments: Sequence[Found]) -> Recovered:
    """Return what the last group there is says; the newest segments may be empty."""
    for each in reversed(segments):
        window, window_at = (b"", 0) if each.head.dropped else _window(each)
        end, body = last_group(window)
        if end:
            at = each.head.begin + window_at - each.head.size_bytes + end
            return _told(segments, body, at - GROUP_TAIL.size - len(body), each.path)
    return Recovered([*segments], None, [], 0)


def _told(segments: Sequence[Found], body: memoryview, at: int, path: Path) -> Recovered:
    last: Captured | None = None
    lost: dict[int, Captured] = {}
    greatest_connection = 0
    for kind, recv_ns, payload, _, number in records_in(body, at, path):
        last = Captured(RecordKind(kind), recv_ns, bytes(payload), number)
        if kind == RecordKind.LOST:
            lost[number] = last
        elif kind == RecordKind.GAP:
            lost.pop(number, None)
        greatest_connection = max(greatest_connection, number)
    return Recovered([*segments], last, list(lost.values()), greatest_connection)
