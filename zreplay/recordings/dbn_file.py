"""A DBN recording of Databento, .dbn or .dbn.zst: a place is a byte of what it decompresses to.

`databento-dbn` (the extra [dbn]) reads the metadata at its head; the records are read as arrays.
"""

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from protocol.errors import InputError, SettingsError
from zreplay.quotes.block import EMPTY, first_position
from zreplay.quotes.rejection import Rejection
from zreplay.recordings.byte_reader import ByteReader, PlainBytes
from zreplay.recordings.csv.csv_header import NO_COLUMNS
from zreplay.recordings.dbn_records import Cut, DbnRecords, Name, cut
from zreplay.recordings.formats.format_options import NONE, FormatOptions
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.formats.time_form import TimeForm
from zreplay.recordings.recording import Parsed, Unparsed
from zreplay.recordings.source_block import FilePlace, RowNotes, SourceBlock
from zreplay.recordings.strays import OFF, Strays

if TYPE_CHECKING:
    from databento_dbn import Metadata

MAGIC: Final = b"DBN"
MOST_METADATA_BYTES: Final = 256 * 1024 * 1024
LONGEST_RECORD_BYTES: Final = 255 * 4
ROWS_AT_ENDS: Final = 1024
CUT_OFF: Final = "is a record that was cut off"
_PREFIX_BYTES: Final = 8
_COLUMNS: Final = {"timestamp": 0, "local_timestamp": 1}
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()


class DbnFile:
    """One recording; `file_number` stands in the high bits of its positions."""

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
        self._records: DbnRecords | None = None
        self._is_open = False
        self._first = self._offset = 0

    @property
    def place(self) -> FilePlace:
        """Where the next stretch begins."""
        return FilePlace(self._offset, None)

    @property
    def is_random(self) -> bool:
        """True if any place can be read as fast as any other."""
        return self._reader is not None and self._reader.is_random

    def open(self) -> None:
        """Open the file and read its metadata; further calls do nothing.

        Raises:
            InputError: it cannot be read, or is damaged, or the extra [dbn] is not installed.
            SettingsError: something was said of its format, which it says itself.
        """
        if self._is_open:
            return
        if self._columns.given:
            raise SettingsError(
                f"{self.name} is DBN, which says itself what stands where",
                fix=f"leave out {', '.join(self._columns.given)}",
                code="Z203",
            )
        self._reader = self._open_reader(self._path)
        self.size_bytes = self._reader.size_bytes
        self.holds_resources = not self._reader.is_random
        self._is_open = True
        try:
            head = self._read_exactly(0, _PREFIX_BYTES)
            size = int.from_bytes(head[4:], "little")
            if size > MOST_METADATA_BYTES:
                raise self._damage(f"its metadata would be {size:,} bytes")
            metadata = self._metadata(head + self._read_exactly(_PREFIX_BYTES, size))
        except InputError:
            self.close()
            raise
        has_latency = self._columns.latency != NONE
        self._records = DbnRecords(_names(metadata), has_latency=has_latency)
        self.layout = _layout(str(metadata.schema), has_latency=has_latency)
        self._first = self._offset = _PREFIX_BYTES + size

    def seek(self, place: FilePlace) -> None:
        """Continue from a place that this file gave before."""
        self.open()
        self._offset = place.offset

    def ends(self, max_jump_ns: int = OFF) -> tuple[int | None, int | None]:
        """Return the first arrival; records differ in length, so the last is not looked for."""
        self.seek(FilePlace(self._first, None))
        arrivals: list[int] = []
        strays = Strays(self.name, max_jump_ns)
        while len(arrivals) < ROWS_AT_ENDS:
            unparsed = self.cut(ROWS_AT_ENDS * LONGEST_RECORD_BYTES)
            for decided in strays.add(unparsed()) if unparsed else strays.end():
                arrivals += decided.source.block.arrival_ns.tolist()
            if unparsed is None:
                break
        self.seek(FilePlace(self._first, None))
        return min(arrivals, default=None), None

    def cut(self, block_bytes: int) -> Unparsed | None:
        """Return about the next `block_bytes` of records; None at the end.

        Raises:
            InputError: the file cannot be read, or what follows is no record.
        """
        self.open()
        assert self._reader is not None
        read = self._reader.read(self._offset, max(block_bytes, LONGEST_RECORD_BYTES))
        if not read.data:
            return None if read.is_last else self._nothing
        found = cut(read.data)
        if not found.size and (found.is_damaged or read.is_last):
            raise self._no_record("is no record" if found.is_damaged else CUT_OFF)
        if not found.size:
            self._reader.read(self._offset + len(read.data), 1)  # says why there is no more
            raise self._no_record(CUT_OFF)
        start = self.place
        self._offset += found.size
        return partial(self._parse, read.data, found, start, self.place)

    def share(self, offset: int) -> float:
        """Return about how much of the file is before an offset, 0 to 1."""
        return 0.0 if self._reader is None else self._reader.share(offset)

    def close(self) -> None:
        """Close the file; `open` starts over."""
        if self._reader is not None and self._is_open:
            self._reader.close()
            self._is_open = False

    def _nothing(self) -> Parsed:
        nothing = np.array([], np.int64)
        return Parsed(SourceBlock(EMPTY, self.place, self.place, nothing, nothing), [])

    def _parse(self, data: bytes, found: Cut, start: FilePlace, end: FilePlace) -> Parsed:
        assert self._records is not None
        base = self._file_base + start.offset
        block, refused, left_out = self._records.read(data, found.starts, base)
        offsets = start.offset + found.starts
        rejections = [
            Rejection(
                self.name, None, int(offsets[each.number]), each.column, each.value, *each.reason
            )
            for each in refused
        ]
        numbers = np.arange(len(offsets), dtype=np.int64)
        notes = RowNotes(left_out)
        return Parsed(SourceBlock(block, start, end, offsets, numbers, notes=notes), rejections)

    def _read_exactly(self, offset: int, size: int) -> bytes:
        assert self._reader is not None
        data = self._reader.read(offset, size).data
        if len(data) < size:
            raise self._damage("it ends within its metadata")
        return data

    def _metadata(self, data: bytes) -> "Metadata":
        try:
            from databento_dbn import DBNError, Metadata
        except ImportError:
            raise InputError(
                f"{self.name}: is DBN, which needs the package databento-dbn",
                fix="pip install 'zreplay[dbn]', or convert it to CSV with Databento's tools",
                code="Z401",
            ) from None
        try:
            return Metadata.decode(data)
        except (DBNError, ValueError) as error:
            raise self._damage(f"its metadata cannot be read: {error}") from None

    def _no_record(self, what: str) -> InputError:
        return self._damage(f"what follows byte {self._offset} {what}")

    def _damage(self, what: str) -> InputError:
        return InputError(f"{self.name}: {what}", fix="fetch the file again", code="Z408")


def _layout(schema: str, *, has_latency: bool) -> Layout:
    is_sampled = "bbo-" in schema
    names = ("ts_recv",) if is_sampled else ("ts_event", "ts_recv")
    has_both = has_latency and not is_sampled
    return Layout(
        names,
        _COLUMNS if has_both else {"timestamp": 0},
        times=TimeForm("", "ns"),
        format="dbn",
        why="its first bytes",
    )


def _names(metadata: "Metadata") -> Mapping[int, list[Name]]:
    """Return what each instrument is called, and when."""
    names: dict[int, list[Name]] = {}
    for symbol, intervals in metadata.mappings.items():
        for interval in intervals:
            number, name = interval["symbol"], symbol
            if not number.isdigit():  # asked for by their numbers
                number, name = symbol, interval["symbol"]
            if number.isdigit():
                first, end = _day(interval["start_date"]), _day(interval["end_date"])
                names.setdefault(int(number), []).append((first, end, name))
    return names


def _day(day: date) -> int:
    return day.toordinal() - _EPOCH_DAY
