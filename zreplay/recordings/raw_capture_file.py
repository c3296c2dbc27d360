"""A capture that another program made, read by the adapter of its venue: a place is a byte.

The latency is from the venue's time to that of receipt. A place behind what an adapter has to
know is come to by reading up to it.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from msgspec.structs import replace

from protocol.errors import InputError, SettingsError, ZreplayError
from zreplay.live.live_message import LiveMessage, Reading
from zreplay.live.venue import Read, SomeQuotes, Told, Unknown, Venue
from zreplay.live.venue_quotes import venue_quotes
from zreplay.quotes.block import EMPTY, first_position
from zreplay.quotes.rejection import Reason, Rejection, RowCode
from zreplay.recordings.byte_reader import ByteReader, FileBytes, PlainBytes
from zreplay.recordings.csv.csv_header import NO_COLUMNS
from zreplay.recordings.formats.format_options import NONE, FormatOptions
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.formats.time_form import TimeForm
from zreplay.recordings.measured_latency import with_latency
from zreplay.recordings.raw_capture_lines import Connected, NoFrame, RawLine, program_of, raw_lines
from zreplay.recordings.raw_capture_venue import found_venue
from zreplay.recordings.recording import Parsed, Unparsed
from zreplay.recordings.source_block import FilePlace, RowNotes, SourceBlock
from zreplay.recordings.strays import OFF, Strays

MOST_LINE_BYTES: Final = 16 * 1024 * 1024
HEAD_BYTES: Final = 1024 * 1024
"""The venue is told by the whole lines in so much of its beginning."""

_VENUE: Final = "--venue"
_NO_FRAME: Final = Reason("neither a time and a message nor a note of it", RowCode.FIELDS)
_NOT_JSON: Final = Reason("not JSON", RowCode.NOT_TEXT)
_ANYTHING: Final = msgspec.json.Decoder()
_NOTHING: Final = np.array([], np.int64)


class RawCaptureFile:
    """One capture; `file_number` stands in the high bits of its positions."""

    def __init__(
        self,
        path: Path,
        file_number: int,
        columns: FormatOptions = NO_COLUMNS,
        open_reader: Callable[[Path], ByteReader] = PlainBytes,
    ) -> None:
        self.name = str(path)
        self.size_bytes = 0
        self.layout: Layout | None = None
        self.holds_resources = False
        self._path = path
        self._file_base = first_position(file_number)
        self._columns = columns
        self._open_reader = open_reader
        self._reader: ByteReader | None = None
        self._venue: Venue | None = None
        self._read: Read | None = None
        self._place = FilePlace(0, 1)

    @property
    def place(self) -> FilePlace:
        """Where the next stretch begins."""
        return self._place

    @property
    def is_random(self) -> bool:
        """True if any place can be read as fast as any other."""
        has_state = self._venue is not None and self._venue.keeps_state
        return self._reader is not None and self._reader.is_random and not has_state

    def open(self) -> None:
        """Open the file and find its venue; further calls do nothing.

        Raises:
            InputError: it cannot be read, or its venue is not clear.
            SettingsError: something was said of its format, which it says itself.
        """
        if self._reader is not None:
            return
        given = [each for each in self._columns.given if each != _VENUE]
        if given:
            raise SettingsError(
                f"{self.name} is a capture of another program: its columns have the names that "
                "the venue gave",
                fix=f"leave out {', '.join(given)}",
                code="Z203",
            )
        self._reader = self._open_reader(self._path)
        self.size_bytes = self._reader.size_bytes
        self.holds_resources = not self._reader.is_random
        try:
            self._recognise(self._head())
        except ZreplayError:
            self.close()
            raise
        self._begin()

    def seek(self, place: FilePlace) -> None:
        """Continue from a place that this capture gave before.

        Raises:
            InputError: what the adapter has to know before cannot be read.
        """
        self.open()
        assert self._venue is not None
        if not self._venue.keeps_state:
            self._place = place
            return
        self._begin()
        while self._place.offset < place.offset:
            self.cut(HEAD_BYTES, place.offset - self._place.offset)

    def ends(self, max_jump_ns: int = OFF) -> tuple[int | None, int | None]:
        """Return when the first quotes arrived; the last is unknown without reading."""
        self.open()
        self._begin()
        arrivals: list[int] = []
        strays = Strays(self.name, max_jump_ns)
        while not arrivals:
            unparsed = self.cut(HEAD_BYTES)
            for decided in strays.add(unparsed()) if unparsed else strays.end():
                arrivals += decided.source.block.arrival_ns.tolist()
            if unparsed is None:
                break
        self._begin()
        return min(arrivals, default=None), None

    def cut(self, block_bytes: int, most_bytes: int = MOST_LINE_BYTES) -> Unparsed | None:
        """Return the lines of about the next `block_bytes`, None at the end.

        Raises:
            InputError: the file cannot be read, or a line has no end.
        """
        self.open()
        assert self._venue is not None
        data, is_last = self._whole_lines(block_bytes, most_bytes)
        if not data:
            return None if is_last else self._nothing
        start, feeds = self._place, data.count(b"\n") + (not data.endswith(b"\n"))
        line = None if start.line is None else start.line + feeds
        self._place = FilePlace(start.offset + len(data), line)
        if not self._venue.keeps_state:
            return partial(self._parse, data, start, self._place, None)
        # What comes next may be told by what stands here, whoever parses it when.
        parsed = self._parse(data, start, self._place, self._read)
        return lambda: parsed

    def share(self, offset: int) -> float:
        """Return about how much of the file is before an offset, 0 to 1."""
        return 0.0 if self._reader is None else self._reader.share(offset)

    def close(self) -> None:
        """Close the file; `open` starts over."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _begin(self) -> None:
        assert self._venue is not None
        self._place = FilePlace(0, 1)
        self._read = self._venue.new_reader()

    def _head(self) -> list[RawLine]:
        data, _ = self._whole_lines(HEAD_BYTES, MOST_LINE_BYTES)
        return raw_lines(data, 0)

    def _recognise(self, lines: list[RawLine]) -> None:
        venue, why = found_venue(self._columns.venue, lines, self.name)
        assert self._reader is not None
        program = program_of(self._reader.read(0, HEAD_BYTES).data)
        self._venue = venue
        has_latency = self._columns.latency != NONE
        self.layout = Layout(
            ("timestamp", "received"),
            {"timestamp": 0, "local_timestamp": 1} if has_latency else {"timestamp": 0},
            times=TimeForm("", "ns"),
            format=program,
            why=f"its first line; of {venue.name}, by {why}",
            is_verified=venue.is_verified,
            digest=venue.reader,
        )

    def _whole_lines(self, block_bytes: int, most_bytes: int) -> FileBytes:
        """Return the next whole lines; none where there are none now, or no more."""
        assert self._reader is not None
        wanted = min(block_bytes, most_bytes)
        while True:
            data, is_last = self._reader.read(self._place.offset, wanted)
            size = data.rfind(b"\n") + 1
            if size or is_last or len(data) < wanted:
                rest = len(data) if is_last else 0
                return FileBytes(data[: size or rest], is_last and not data)
            if wanted >= MOST_LINE_BYTES:
                raise InputError(
                    f"{self.name}: the line at byte {self._place.offset} is longer than "
                    f"{MOST_LINE_BYTES:,} bytes",
                    fix="give a capture of one message a line",
                    code="Z408",
                )
            wanted = min(2 * wanted, most_bytes, MOST_LINE_BYTES)

    def _nothing(self) -> Parsed:
        return Parsed(SourceBlock(EMPTY, self._place, self._place, _NOTHING, _NOTHING), [])

    def _parse(self, data: bytes, start: FilePlace, end: FilePlace, read: Read | None) -> Parsed:
        assert self._venue is not None
        lines = raw_lines(data, start.offset)
        read = read or self._venue.new_reader()
        messages: list[LiveMessage] = []
        rejections: list[Rejection] = []
        for line in lines:
            if isinstance(line, Connected):
                read = self._venue.new_reader()
            elif isinstance(line, NoFrame):
                if line.is_bad:
                    rejections.append(self._rejection(line.offset, line.text, _NO_FRAME))
            else:
                said = read(line.payload)
                if isinstance(said, list | SomeQuotes):
                    reading = Reading(self._venue, partial(_said, said))
                    messages.append(LiveMessage(line.recv_ns, line.payload, line.offset, reading))
                elif isinstance(said, Unknown) and not _is_json(line.payload):
                    rejections.append(self._rejection(line.offset, line.payload, _NOT_JSON))
        if self._venue.keeps_state:
            self._read = read
        received, bad = venue_quotes(messages)
        block, too_far = with_latency(received)
        if self._columns.latency == NONE:
            block = replace(
                block, arrival_ns=block.timestamp_ns, latency_ms=np.zeros(len(block.timestamp_ns))
            )
        block = replace(block, position=block.position + self._file_base)
        offsets = np.array([line.offset for line in lines], np.int64)
        numbers = np.array([line.number for line in lines], np.int64)
        notes = RowNotes(len(lines) - len(messages) - len(rejections))
        source = SourceBlock(block, start, end, offsets, numbers, notes=notes)
        rejections += [each._replace(file=self.name) for each in (*bad, *too_far)]
        rejections.sort(key=lambda rejection: rejection.offset)
        return Parsed(source, [self._with_line(each, source) for each in rejections])

    def _rejection(self, offset: int, text: bytes, reason: Reason) -> Rejection:
        value = text[:1000].decode("utf-8", "backslashreplace")
        return Rejection(self.name, None, offset, "", value, *reason)

    def _with_line(self, rejection: Rejection, source: SourceBlock) -> Rejection:
        place = np.searchsorted(source.row_offsets, rejection.offset, side="right") - 1
        return rejection._replace(line=source.line_at(int(source.row_offsets[place])))


def _said(said: Told, _: object) -> Told:
    return said


def _is_json(payload: bytes) -> bool:
    try:
        _ANYTHING.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return True
