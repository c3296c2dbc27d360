"""The recordings of a replay, each open from when it is first read until its end.

Of a year of day files a few hold a descriptor at a time. What must be known of the others before
is said by their heads: a file that was looked at lets go of its own, and goes on later where it
was left.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import repeat
from pathlib import Path
from typing import NamedTuple, overload

from protocol.errors import InputError
from zreplay.historical.files_share import Extent, share_of
from zreplay.ordering.order_cursor import Resume
from zreplay.recordings.csv.csv_file import CsvFile
from zreplay.recordings.csv.csv_header import NO_COLUMNS
from zreplay.recordings.csv.plain_rows import SharedRows
from zreplay.recordings.file_stamp import Stamp, stamp_from
from zreplay.recordings.first_looks import FIRST_LOOKS
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.index.entries import BEGINNING
from zreplay.recordings.index.file_identity import stamp_of
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.recordings.recording import Recording
from zreplay.recordings.recording_kind import open_recording
from zreplay.recordings.regular_file import found_at, size_of
from zreplay.recordings.source_block import FilePlace


class _Closed(NamedTuple):
    """What is known of a file that is not open, by its size and the place where it was closed."""

    size_bytes: int
    place: FilePlace
    seen: tuple[int, float] | None
    """An offset, and how much lies before it; None where nobody has looked."""

    def share(self, offset: int) -> float:
        seen_offset, seen_share = self.seen or (self.size_bytes, 1.0)
        return min(1.0, offset / max(1, seen_offset) * seen_share)


class FilesInTurn(Sequence[Recording]):
    """Opens a file of `paths` at its place of `resumes`, if there are any, when it is asked for.

    Raises:
        InputError: one is not there; by the brackets, it cannot be read, is no recording or not
            the file that it was.
        SettingsError: by the brackets, a column is called what is not used there.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        columns: FormatOptions = NO_COLUMNS,
        resumes: Sequence[Resume] = (),
        *,
        are_bare: bool = False,
    ) -> None:
        self._paths = paths
        self._columns = columns
        looked_at = [*map(_size_and_stamp, paths)]
        FIRST_LOOKS.end()
        self._sizes = [size_bytes for size_bytes, _ in looked_at]
        self._stamps = [stamp for _, stamp in looked_at]
        self._shared = SharedRows(are_bare=are_bare)
        self._open: dict[int, Recording] = {}
        self._places = {number: resume.place for number, resume in enumerate(resumes)}
        self._layouts: dict[int, Layout | None] = {}
        """Of a file that was closed."""
        self._shares: dict[int, tuple[int, float]] = {}
        """Of a file that was closed: a place in it, and how much lies before that."""
        self._uneven: set[int] = set()
        """Those of which bytes do not say how much lies before a place: packed ones."""

    def __len__(self) -> int:
        return len(self._paths)

    @overload
    def __getitem__(self, number: int) -> Recording: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Recording]: ...
    def __getitem__(self, number: int | slice) -> Recording | Sequence[Recording]:
        assert isinstance(number, int)
        recording = self._open.get(number)
        if recording is None:
            stamp = self._same_stamp(number)
            path = self._paths[number]
            recording = open_recording(path, number, self._columns, self._shared, stamp)
            place = self._places.pop(number, None)
            # A file without rows is nowhere yet: it goes on behind its header.
            if place is not None and place.offset:
                recording.seek(place)
            self._open[number] = recording
            self._sizes[number] = recording.size_bytes
            if not (isinstance(recording, CsvFile) and recording.is_random):
                self._uneven.add(number)
        return recording

    @property
    def sizes_bytes(self) -> list[int]:
        """How large each file is, packed or not; 0 where that is not known."""
        return [*self._sizes]

    @property
    def open_count(self) -> int:
        return len(self._open)

    def place(self, number: int) -> FilePlace:
        """Return where a file goes on; nothing of it is to be waiting to be parsed."""
        recording = self._open.get(number)
        return self._places.get(number, BEGINNING) if recording is None else recording.place

    def close_for_now(self, number: int) -> None:
        """Let go of a file, which goes on where it was left; nothing of it is to be parsed yet.

        To open one again takes as long as some hundred rows: one that holds no more than its
        descriptor stays without it.
        """
        recording = self._open.get(number)
        if recording is not None and recording.holds_resources:
            self._places[number] = recording.place
            self.end(number)
        elif isinstance(recording, CsvFile):
            recording.rest()

    def end(self, number: int) -> None:
        """Close a file that is not asked for again."""
        recording = self._open.pop(number, None)
        if recording is not None:
            offset = recording.place.offset
            self._shares[number] = offset, recording.share(offset)
            self._layouts[number] = recording.layout
            recording.close()

    def begin_again(self, number: int) -> None:
        """Have a file read from its beginning when it is asked for next."""
        self.end(number)
        self._places[number] = BEGINNING

    def layout(self, number: int) -> Layout | None:
        """What stands where in a file, None of a capture and of what nobody has read yet."""
        recording = self._open.get(number)
        return self._layouts.get(number) if recording is None else recording.layout

    @property
    def layouts(self) -> list[Layout | None]:
        """What stands where in each file, None of a capture and of what nobody has read yet."""
        return [self.layout(number) for number in range(len(self._paths))]

    def extents(self) -> Iterator[Extent]:
        """Return how large each file is and how far it was read; none is opened for it."""
        return map(self._extent, range(len(self._paths)))

    def _extent(self, number: int) -> Extent:
        recording = self._open.get(number)
        if recording is not None:
            return recording
        place = self._places.get(number, BEGINNING)
        return _Closed(self._sizes[number], place, self._shares.get(number))

    def share(
        self,
        reached: Mapping[int, int],
        begun: Mapping[int, int] | None = None,
        over: Collection[int] = (),
    ) -> float:
        """Return about how much of the files lies before these offsets: see `share_of`.

        It is asked for again and again, and of thousands of files nearly all are even.
        """
        if begun is not None:
            return share_of(self.extents(), reached, begun, over)
        offsets = map(reached.get, range(len(self._sizes)), repeat(0))
        before: float = sum(map(min, self._sizes, offsets))
        for number in self._uneven.copy():  # another thread may open one meanwhile
            offset, size_bytes = reached.get(number, 0), self._sizes[number]
            before += size_bytes * self._extent(number).share(offset) - min(size_bytes, offset)
        return min(1.0, before / max(1, sum(self._sizes)))

    def close(self) -> None:
        for recording in self._open.values():
            recording.close()

    def _same_stamp(self, number: int) -> Stamp | None:
        """Return the stamp of a file now, None if there is none: who opens it says that it is gone.

        Raises:
            InputError: it has become another, or shorter, since the replay began.
        """
        path, was = self._paths[number], self._stamps[number]
        now = None if was is None else stamp_of(path)
        if was is None or now is None:
            return None
        if now.inode != was.inode or now.size_bytes < was.size_bytes:
            raise InputError(
                f"{path}: is not the file that it was when the replay began",
                fix="give the one that began the run, and let it stay where it is",
                code="Z401",
            )
        return now


def _size_and_stamp(path: Path) -> tuple[int, Stamp | None]:
    """Return both by one look at a file, if that is what it is; standard input has none."""
    if (stamp := FIRST_LOOKS.stamp(path)) is not None:
        return stamp.size_bytes, stamp
    if path == STANDARD_INPUT:
        return 0, None
    found = found_at(path)
    return (size_of(path), stamp_of(path)) if found is None else (found.st_size, stamp_from(found))
