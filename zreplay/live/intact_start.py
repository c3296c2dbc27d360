"""From where on a capture whose oldest part was deleted reads as if nothing had been."""

from collections import deque
from functools import lru_cache
from typing import Final

from protocol.errors import SettingsError
from zreplay.live.capture_reader import CaptureReader
from zreplay.live.capture_records import Record, RecordKind, began_of, reader_of
from zreplay.live.known_venues import venue_of_reader

READ_BYTES: Final = 1024 * 1024


def intact_start(reader: CaptureReader) -> int:
    """Return the first group from which on none needs what was before the oldest that is left.

    That is the end, if the last one does. Nobody knows behind a drop what was before it, so what
    comes there needs nothing.

    Raises:
        InputError: the capture is damaged.
    """
    first = start = offset = reader.first_offset
    while (chunk := reader.read(offset, READ_BYTES)) and chunk.dropped is None:
        ends = deque([*chunk.groups[1:], chunk.next_offset])
        for record in chunk.records:
            while record.offset >= ends[0]:
                ends.popleft()
            if _needs_before(record, first):
                start = ends[0]
        offset = chunk.next_offset
    return start


def _needs_before(record: Record, first: int) -> bool:
    if record.kind == RecordKind.OVERLAP:
        return began_of(record.payload) < first
    if record.kind == RecordKind.READER:
        return began_of(record.payload) < first and _keeps_state(bytes(record.payload))
    return False


@lru_cache(64)
def _keeps_state(payload: bytes) -> bool:
    try:
        return venue_of_reader(reader_of(payload)).keeps_state
    except (SettingsError, UnicodeDecodeError):  # whoever reads the messages says so
        return False
