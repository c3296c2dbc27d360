"""The gaps that stand in a capture behind a place, each with the byte of its record."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from zreplay.live.capture_reader import CaptureReader
from zreplay.live.capture_records import RecordKind
from zreplay.live.gap import DROPPED, Gap, dropped_gap, gap_in

READ_BYTES: Final = 1024 * 1024


def gaps_behind(path: Path, offset: int, most_bytes: int) -> Iterator[tuple[Gap, int]]:
    """Yield the gaps of the next so many bytes, in order.

    Raises:
        InputError: the capture is damaged.
    """
    with closing(CaptureReader(path)) as reader:
        end = offset + most_bytes
        while offset < end and (chunk := reader.read(offset, READ_BYTES)) is not None:
            if chunk.dropped is not None:
                yield dropped_gap(chunk.dropped), chunk.dropped.to
                offset = chunk.dropped.to
                continue
            for record in chunk.records:
                if record.kind == RecordKind.GAP:
                    gap = gap_in(path, record.offset, record.payload)
                    if gap.reason != DROPPED:  # told where it was passed over
                        yield gap, record.offset
            offset = chunk.next_offset
