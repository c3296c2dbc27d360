"""A capture as a whole: its id, where it begins, and what was dropped of it."""

from pathlib import Path

from zreplay.live.capture_hold import CaptureHold
from zreplay.live.group_reader import GroupReader, no_segment
from zreplay.live.segment_files import all_in, found
from zreplay.live.segment_head import SegmentHead


class CaptureReader(GroupReader):
    """Looks at each segment once, and reads then.

    Raises:
        InputError: there is no capture, or a segment is missing.
    """

    def __init__(self, path: Path, hold: CaptureHold | None = None) -> None:
        super().__init__(path, hold)
        segments = all_in(path) if self._folder else [found(path)]
        if not segments:
            raise no_segment(path)
        self.capture_id = segments[0].head.capture_id
        self.first_offset = segments[0].segment.begin
        """Where the oldest group began that was there when the capture was opened."""
        self._drops += [each.head for each in segments if each.head.dropped is not None]
        self._path, self._head = segments[0].path, segments[0].head
        if self._hold is None or self._folder is None:
            self._open(segments[0].path)

    @property
    def drops(self) -> list[SegmentHead]:
        """What was dropped, as far as it is known."""
        return self._drops

    def floor(self, offset: int) -> int:
        """Return the place from which on nothing is missing before an offset."""
        ends = (head.dropped.to for head in self._drops if head.dropped is not None)
        return max((end for end in ends if end <= offset), default=self.first_offset)

    def apart(self) -> GroupReader:
        """Return another reader of the same capture, to look at what was read before."""
        return GroupReader(self.path)
