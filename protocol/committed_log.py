"""All bytes of a log that are committed, also while the sink goes on: closed segments, open one.

They are those of one commit: where the log is closed while it is opened, it is looked at anew.
"""

import io
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from protocol.commit import SLOT_BYTES, SLOT_COUNT, Commit, Tail, output_names, unpack
from protocol.errors import ResultLogError
from protocol.present_segments import PresentSegments
from protocol.result_folder import MANIFEST, RING, SEGMENTS
from protocol.segment import COMPRESSED, OPEN, place_of, read_manifest

MOST_LOOKS: Final = 100
"""So often a log may be closed while it is opened."""
PIECE_BYTES: Final = 1024 * 1024


class _Part(NamedTuple):
    """A segment: the bytes `start` to `end` of the whole log, open already or by its path."""

    start: int
    end: int
    file: Path | BinaryIO


class CommittedLog(io.RawIOBase):
    """The bytes of a log from `start` on, up to `end`; of a table its head and the rows behind.

    `missing` closed segments behind `start` are not there any more: what was in them is left out.
    Where they are the oldest, `first` is the first byte that is there.
    """

    def __init__(
        self, parts: list[_Part], head: bytes, start: int, missing: int, run: bytes
    ) -> None:
        self.first = parts[0].start
        self.end = parts[-1].end
        self.is_empty = not any(part.end > max(part.start, start) for part in parts)
        self.missing = missing
        self.run = run
        self._parts = parts
        self._left = memoryview(b"")
        self._pieces = self._read_pieces(head, start)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """Return so many bytes, fewer only at the end: pyarrow takes fewer for the end."""
        if size < 0:
            rest = b"".join((self._left, *self._pieces))
            self._left = memoryview(b"")
            return rest
        data = bytes(self._left[:size])
        self._left = self._left[size:]
        while len(data) < size and (piece := next(self._pieces, None)) is not None:
            wanted = size - len(data)
            data += piece[:wanted]
            self._left = memoryview(piece)[wanted:]
        return data

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        for part in self._parts:
            if not isinstance(part.file, Path):
                part.file.close()
        super().close()

    def _read_pieces(self, head: bytes, start: int) -> Iterator[bytes]:
        if head:
            yield head
        for part in self._parts:
            skipped = max(start - part.start, len(head))
            left = part.end - part.start - skipped
            if left <= 0:
                continue
            with _opened(part.file) as file:
                file.seek(skipped)
                while left > 0 and (piece := file.read(min(left, PIECE_BYTES))):
                    left -= len(piece)
                    yield piece


def newest_commit(folder: Path) -> Commit:
    """Return the newest commit; a slot that is being written is not one yet.

    Raises:
        ResultLogError: there is none.
    """
    try:
        ring = (folder / RING).read_bytes()
    except OSError:
        ring = b""
    slots = (ring[at * SLOT_BYTES : (at + 1) * SLOT_BYTES] for at in range(SLOT_COUNT))
    commits = [commit for slot in slots if (commit := unpack(slot)) is not None]
    if not commits:
        raise ResultLogError(
            f"{folder} holds no run: no commit in {folder / RING} can be read", code="Z604"
        )
    return max(commits, key=lambda commit: commit.number)


def schemas_of(commit: Commit) -> dict[str, bytes]:
    """Return the schema of each output by its name in the folder; empty if it is text."""
    files = [output for each in commit.processors for output in each.outputs]
    names = output_names(commit.processors)
    return {name: file.schema for name, file in zip(names, files, strict=True)}


def open_committed(folder: Path, log: str, start: int = 0) -> CommittedLog:
    """Open what is committed of a log that the run has.

    Raises:
        ResultLogError: the folder holds no run, or the log is not there.
    """
    for _ in range(MOST_LOOKS):
        commit = newest_commit(folder)
        tail, names = commit.tails[log], segment_names(folder)
        file = PresentSegments(names, b"").file(log, tail.number)
        last = _Part(tail.start, tail.end, folder / file)
        with ExitStack() as opened:
            try:
                closed, before = _closed(folder, log, names, commit, tail, start)
                parts = [_held(part, log, folder, opened) for part in (*closed, last)]
            except FileNotFoundError:
                continue
            if _numbers(log, names) != _numbers(log, segment_names(folder)):
                continue  # what was opened by name may be another by now
            opened.pop_all()
            head = schemas_of(commit).get(log, b"")
            missing = tail.number - len(closed) - before
            return CommittedLog(parts, head, start, missing, commit.run)
    raise ResultLogError(f"{log} in {folder} is not there", code="Z604")


def _held(part: _Part, log: str, folder: Path, opened: ExitStack) -> _Part:
    """Return a part that stays the same: a file that is to get another name is opened now."""
    assert isinstance(part.file, Path)
    place = place_of(log, part.file.relative_to(folder).as_posix())
    if place is not None and place.span != OPEN:
        return part
    return part._replace(file=opened.enter_context(part.file.open("rb")))


def _numbers(log: str, names: list[str]) -> set[tuple[int, bool]]:
    """Return which segments of a log there are, and which of them wait for their name."""
    places = (place_of(log, name) for name in names)
    return {(place.number, place.span == OPEN) for place in places if place is not None}


def segment_names(folder: Path) -> list[str]:
    """Return the names of the files in a folder's folder of segments."""
    found = (folder / SEGMENTS).rglob("*")
    return sorted(path.relative_to(folder).as_posix() for path in found if path.is_file())


def _closed(
    folder: Path, log: str, names: list[str], commit: Commit, tail: Tail, start: int
) -> tuple[list[_Part], int]:
    """Return the closed segments of a log that are there, in order.

    And how many are not, and end before `start`.
    """
    if not tail.number:
        return [], 0
    files: dict[int, str] = {}
    begun: list[int] = []
    for name in names:
        if (place := place_of(log, name)) is not None:
            begun += [place.number] if place.span == OPEN else []
            files.setdefault(place.number, name)
    if begun and min(begun) - 1 not in files:
        files[min(begun) - 1] = log  # it waits for its name
    with (folder / MANIFEST).open("rb") as file:
        manifest = read_manifest(file.read(commit.manifest_tail.length))
    listed = [each for each in manifest if each.log == log]
    there = [
        _Part(each.start, each.tail.end, folder / files[each.number])
        for each in listed
        if each.number in files
    ]
    return there, sum(each.number not in files and each.tail.end <= start for each in listed)


def _opened(file: Path | BinaryIO) -> Any:
    if not isinstance(file, Path):
        return file
    try:
        return _unpacked(file) if file.suffix == COMPRESSED else file.open("rb")
    except FileNotFoundError:
        pass
    try:
        return _unpacked(file.with_name(f"{file.name}{COMPRESSED}"))  # it was compressed meanwhile
    except FileNotFoundError:
        raise ResultLogError(
            f"{file} was removed while the log was read",
            fix="read again: what is there then is read",
            code="Z604",
        ) from None


def _unpacked(file: Path) -> Any:
    if sys.version_info >= (3, 14):  # only where something was compressed
        from compression import zstd
    else:
        from backports import zstd
    return zstd.open(file)
