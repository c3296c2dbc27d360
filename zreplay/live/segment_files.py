"""The segments of a capture on the disk: found, checked to be without a hole, opened."""

import contextlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from protocol.errors import InputError
from protocol.program.failpoint import reach
from zreplay.live.capture_folder import begins_in
from zreplay.live.capture_groups import GROUP_HEAD
from zreplay.live.capture_records import records_in
from zreplay.live.segment_book import Segment
from zreplay.live.segment_head import (
    HEAD_BYTES,
    MAGIC,
    ONE_FILE_HEAD_BYTES,
    SUFFIX,
    SegmentHead,
    begin_of,
    damaged,
    name_of,
)

TRIES: Final = 10
"""A listing is taken again so often if a segment of it was deleted meanwhile."""


class Found(NamedTuple):
    """A segment, its file and its head."""

    path: Path
    head: SegmentHead
    segment: Segment


def found(path: Path) -> Found:
    """Return what a file of a capture is by its head and its length.

    Raises:
        InputError: it cannot be read, or is none.
    """
    try:
        return _found(path)
    except OSError as error:
        raise cannot_read(path, error) from error


def all_in(folder: Path) -> list[Found]:
    """Return the segments of a folder from the oldest on.

    What a recorded drop covers, and was not deleted yet, is left out.

    Raises:
        InputError: it cannot be read, or a segment is missing.
    """
    for tries_left in reversed(range(TRIES)):
        try:
            segments = [_found(folder / name_of(begin)) for begin in begins_in(folder)]
        except OSError as error:  # one may be deleted just now
            if not (isinstance(error, FileNotFoundError) and tries_left and folder.is_dir()):
                raise cannot_read(folder, error) from error
        else:
            break
    return _without_hole(folder, segments)


def _without_hole(folder: Path, segments: Iterable[Found]) -> list[Found]:
    whole: list[Found] = []
    for each in segments:
        begin = begin_of(each.path.name)
        last = whole[-1] if whole else None
        if (
            last is not None
            and last.head.dropped is not None
            and each.head.begin < last.head.dropped.to
        ):
            continue
        if each.head.begin != begin:
            raise damaged(each.path, f"its head says that it begins at {each.head.begin}")
        if last is not None and last.head.capture_id != each.head.capture_id:
            raise damaged(each.path, "it is of another capture than the segment before it")
        if last is not None and last.segment.end != begin:
            raise damaged(folder, f"bytes {last.segment.end} to {begin} are missing")
        whole.append(each)
    return whole


def _found(path: Path) -> Found:
    with path.open("rb") as file:
        status, data = os.fstat(file.fileno()), file.read(HEAD_BYTES)
    head = SegmentHead.unpack(data, path)
    end = head.dropped.to if head.dropped else head.begin + status.st_size - head.size_bytes
    segment = Segment(head.begin, end, status.st_size, status.st_mtime_ns, head.dropped)
    return Found(path, head, segment)


def torn_head(folder: Path, begins: Sequence[int]) -> Path | None:
    """Return the newest segment if its head is not whole, as a power failure leaves it."""
    if not begins or begins[-1] == ONE_FILE_HEAD_BYTES:
        return None
    path = folder / name_of(begins[-1])
    data = path.read_bytes() if path.stat().st_size <= HEAD_BYTES else MAGIC + bytes(HEAD_BYTES)
    is_cut_off = len(data) < HEAD_BYTES and MAGIC.startswith(data[: len(MAGIC)])
    return path if is_cut_off or not data.strip(b"\0") else None


def cannot_read(path: Path, error: OSError) -> InputError:
    return InputError(f"cannot read the capture {path}: {error.strerror}", code="Z406")


def leftovers_in(folder: Path) -> list[Path]:
    """Return what an interrupted drop left: heads that did not take their place."""
    return [path for path in folder.iterdir() if path.name.endswith(f"{SUFFIX}.tmp")]


def place_head(path: Path, head: SegmentHead, *, is_durable: bool = False) -> None:
    """Let a segment be no more than its head: all of it is there or nothing has changed.

    Raises:
        OSError: the disk refuses it.
    """
    temporary = path.with_name(f"{path.name}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(head.pack())
            if is_durable:
                file.flush()
                os.fsync(file.fileno())
        reach("capture.before_rename")
        temporary.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)  # it would take room on a full disk
        raise
    if is_durable:
        folder_fd = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder_fd)
        finally:
            os.close(folder_fd)


def first_record_ns(path: Path) -> int | None:
    """Return when the first record of a segment came, None if it has none."""
    with contextlib.suppress(OSError), path.open("rb") as file:
        file.seek(found(path).head.size_bytes)
        head = file.read(GROUP_HEAD.size)
        if len(head) == GROUP_HEAD.size:
            body = file.read(GROUP_HEAD.unpack(head)[0])
            return next(iter(records_in(memoryview(body), 0, path))).recv_ns
    return None
