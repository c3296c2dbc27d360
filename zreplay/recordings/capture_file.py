"""A live capture replayed as a recording: the latency of a quote is the one measured live.

That is the time from the exchange's timestamp to the arrival of the message. A place is the byte
of a record.
"""

from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from msgspec.structs import replace

from protocol.errors import SettingsError
from zreplay.live.capture_reader import CaptureReader
from zreplay.live.captured_quotes import captured_quotes
from zreplay.live.frame_readers import FrameReaders
from zreplay.live.live_message import LiveMessage
from zreplay.quotes.block import first_position
from zreplay.recordings.csv.csv_header import NO_COLUMNS
from zreplay.recordings.formats.format_options import ALLOW_NEGATIVE, NONE, FormatOptions
from zreplay.recordings.measured_latency import with_latency
from zreplay.recordings.recording import Parsed, Unparsed
from zreplay.recordings.source_block import FilePlace, SourceBlock
from zreplay.recordings.strays import OFF, Strays

_LEAST_BYTES: Final = 64


class CaptureFile:
    """One capture; `file_number` stands in the high bits of its positions."""

    def __init__(self, path: Path, file_number: int, columns: FormatOptions = NO_COLUMNS) -> None:
        self.name = str(path)
        self.size_bytes = 0
        self.is_random = True
        self.layout = None
        self.holds_resources = True
        self._path = path
        self._file_base = first_position(file_number)
        self._columns = columns
        self._reader: CaptureReader | None = None
        self._readers: FrameReaders | None = None
        self._offset = 0
        self._first_offset = 0

    @property
    def place(self) -> FilePlace:
        """Where the next stretch starts."""
        return FilePlace(self._offset, None)

    def open(self) -> None:
        """Open the capture; once is enough.

        Raises:
            InputError: it cannot be read, or is of another version.
            SettingsError: columns were renamed, which a capture does not allow.
        """
        if self._reader is not None:
            return
        given = [each for each in self._columns.given if each != ALLOW_NEGATIVE]
        given += ["--latency none"] if self._columns.latency == NONE else []
        if given:
            raise SettingsError(
                f"{self.name} is a capture: its columns have the names that the feed gave, "
                "and its latency was measured",
                fix=f"leave out {', '.join(given)}",
                code="Z203",
            )
        self._reader = CaptureReader(self._path)
        self._offset = self._first_offset = self._reader.first_offset
        self._readers = self._new_readers()
        self.size_bytes = self._reader.end_offset - self._first_offset

    def seek(self, place: FilePlace) -> None:
        """Continue from a place that this capture gave before."""
        self.open()
        self._offset = place.offset
        self._readers = self._new_readers()

    def ends(self, max_jump_ns: int = OFF) -> tuple[int | None, int | None]:
        """Return when the first quotes arrived; the last is unknown without reading."""
        self.open()
        arrivals: list[int] = []
        strays = Strays(self.name, max_jump_ns)
        while not arrivals:
            unparsed = self.cut(_LEAST_BYTES)
            for decided in strays.add(unparsed()) if unparsed else strays.end():
                arrivals += decided.source.block.arrival_ns.tolist()
            if unparsed is None:
                break
        self.seek(FilePlace(self._first_offset, None))
        return min(arrivals, default=None), None

    def cut(self, block_bytes: int) -> Unparsed | None:
        """Return about the next `block_bytes`; None at the end, also one that is torn.

        Raises:
            InputError: the capture is damaged.
        """
        self.open()
        assert self._reader is not None and self._readers is not None
        chunk = self._reader.read(self._offset, block_bytes)
        while chunk is not None and chunk.dropped is not None:
            self._offset = chunk.next_offset
            self._readers = self._new_readers()
            chunk = self._reader.read(self._offset, block_bytes)
        if chunk is None:
            return None
        start = self.place
        self._offset = chunk.next_offset
        messages = [each for each in self._readers.messages(chunk) if isinstance(each, LiveMessage)]
        return partial(self._parse, messages, chunk.groups, start, self.place)

    def share(self, offset: int) -> float:
        """Return how much of the capture lies before a place."""
        return min(1.0, max(0, offset - self._first_offset) / max(1, self.size_bytes))

    def close(self) -> None:
        """Close it; `open` starts over."""
        if self._reader is not None:
            self._reader.close()
            self._reader = self._readers = None

    def _new_readers(self) -> FrameReaders:
        assert self._reader is not None
        return FrameReaders(self._reader, self._path, floor=self._reader.floor(self._offset))

    def _parse(
        self,
        messages: list[LiveMessage],
        group_offsets: list[int],
        start: FilePlace,
        end: FilePlace,
    ) -> Parsed:
        received, rejections = captured_quotes(
            messages, may_be_negative=self._columns.allow_negative
        )
        block, too_far = with_latency(received)
        block = replace(block, position=block.position + self._file_base)
        # Reading can be resumed where a group begins, and nowhere else.
        groups = np.array(group_offsets, np.int64)
        numbers = np.arange(len(groups), dtype=np.int64)
        named = [rejection._replace(file=self.name) for rejection in (*rejections, *too_far)]
        named.sort(key=lambda rejection: rejection.offset)
        return Parsed(SourceBlock(block, start, end, groups, numbers), named)
