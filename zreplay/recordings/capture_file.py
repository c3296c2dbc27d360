"""A live capture replayed as a recording: the latency of a quote is the one measured live.

That is the time from the exchange's timestamp to the arrival of the message. A place is the byte
of a record.
"""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from protocol.errors import SettingsError
from zreplay.live.capture import (
    CaptureReader,
    Chunk,
)
from zreplay.live.capture_records import RecordKind
from zreplay.live.live_message import LiveMessage, decode
from zreplay.quotes.arrival import arrivals_ns
from zreplay.quotes.block import Block, first_position
from zreplay.quotes.rejection import CAPTURE_NAME, OUTSIDE, Reason, Rejection
from zreplay.recordings.csv.csv_header import NO_COLUMNS
from zreplay.recordings.formats.format_options import NONE, FormatOptions
from zreplay.recordings.recording import Parsed, Unparsed
from zreplay.recordings.source_block import FilePlace, SourceBlock
from zreplay.recordings.strays import OFF, Strays

_LEAST_BYTES: Final = 64
_TOO_FAR: Final = Reason(f"{OUTSIDE.text} before or after it came", OUTSIDE.code)


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
        self._offset = CaptureReader.first_offset

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
        given = self._columns.given + (["--latency none"] if self._columns.latency == NONE else [])
        if given:
            raise SettingsError(
                f"{self.name} is a capture: its columns have the names that the feed gave, "
                "and its latency was measured",
                fix=f"leave out {', '.join(given)}",
                code="Z203",
            )
        self._reader = CaptureReader(self._path)
        self.size_bytes = self._reader.size_bytes
        self._offset = self._reader.first_offset

    def seek(self, place: FilePlace) -> None:
        """Continue from a place that this capture gave before."""
        self.open()
        self._offset = place.offset

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
        assert self._reader is not None
        self._offset = self._reader.first_offset
        return min(arrivals, default=None), None

    def cut(self, block_bytes: int) -> Unparsed | None:
        """Return about the next `block_bytes`; None at the end, also one that is torn.

        Raises:
            InputError: the capture is damaged.
        """
        self.open()
        assert self._reader is not None
        chunk = self._reader.read(self._offset, block_bytes)
        if chunk is None:
            return None
        start = self.place
        self._offset = chunk.next_offset
        return partial(self._parse, chunk, start, self.place)

    def share(self, offset: int) -> float:
        """Return how much of the capture lies before a place."""
        return min(1.0, offset / max(1, self.size_bytes))

    def close(self) -> None:
        """Close it; `open` starts over."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _parse(self, chunk: Chunk, start: FilePlace, end: FilePlace) -> Parsed:
        messages = [
            LiveMessage(recv_ns, payload, offset)
            for kind, recv_ns, payload, offset in chunk.records
            if kind == RecordKind.MESSAGE
        ]
        received, rejections = decode(messages)
        block, too_far = _with_latency(received)
        block = replace(block, position=block.position + self._file_base)
        # Reading can be resumed where a group begins, and nowhere else.
        groups = np.array(chunk.groups, np.int64)
        numbers = np.arange(len(groups), dtype=np.int64)
        named = [rejection._replace(file=self.name) for rejection in (*rejections, *too_far)]
        named.sort(key=lambda rejection: rejection.offset)
        return Parsed(SourceBlock(block, start, end, groups, numbers), named)


def _with_latency(block: Block) -> tuple[Block, list[Rejection]]:
    """Return the quotes with the measured latency; reject those whose latency is impossible."""
    with np.errstate(over="ignore"):
        delay_ns = block.arrival_ns - block.timestamp_ns
        has_wrapped = ((block.arrival_ns ^ block.timestamp_ns) & (block.arrival_ns ^ delay_ns)) < 0
        latency_ms = delay_ns / 1e6
    arrival_ns, is_fit = arrivals_ns(block.timestamp_ns, latency_ms)
    is_fit &= ~has_wrapped
    measured = replace(block, latency_ms=latency_ms, arrival_ns=arrival_ns)
    if is_fit.all():
        return measured, []
    rejections = [
        Rejection(CAPTURE_NAME, None, position, "timestamp", str(timestamp_ns), *_TOO_FAR)
        for position, timestamp_ns in zip(
            block.position[~is_fit].tolist(), block.timestamp_ns[~is_fit].tolist(), strict=True
        )
    ]
    return measured.take(np.flatnonzero(is_fit)), rejections
