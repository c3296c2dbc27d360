"""The segments of one capture, and what to do before the next group is written. Pure.

Rule 1: a segment ends once it is long or old enough; each but the newest is closed.
Rule 2: within three quarters of the quota nothing is deleted. Beyond them the oldest is, if nobody
        needs it any more: its quotes are committed, no commit that the sink may step back to
        stands in or before it, and `keep_ns` have passed since it was written.
Rule 3: if the oldest must stay, `drop-oldest` drops closed segments that were never read: the
        oldest of those, together with what was dropped just before it.
Rule 4: else the capture is full. Some of the quota is left for what is said about that.
Rule 5: what a connection's quotes need of the capture is a quarter of the quota at most: the next
        one needs nothing of that. Else all could be committed and nothing be freed for an hour.
Rule 6: so little is in flight that the last quarter of the quota takes more commits than the sink
        may step back: else all could be committed and nothing be freed, with no room for more.
"""

from collections import deque
from collections.abc import Iterable
from enum import Enum, StrEnum
from typing import Final, NamedTuple

from zreplay.live.segment_head import HEAD_BYTES, Dropped

SEGMENT_BYTES: Final = 64 * 1024 * 1024
SEGMENT_NS: Final = 3_600_000_000_000
LEAST_SEGMENTS: Final = 8
"""A small quota has so many segments at least: what can be deleted is whole ones."""

RESERVE_SHARE: Final = 16
MOST_RESERVE_BYTES: Final = 64 * 1024
STATE_SHARE: Final = 4
IN_FLIGHT_SHARE: Final = 128
MOST_READ_BYTES: Final = 256 * 1024
KEEP_ALL_NS: Final = 2**63


class Overload(StrEnum):
    """What happens at the quota if nothing can be deleted."""

    STOP = "stop"
    BLOCK = "block"
    DROP_OLDEST = "drop-oldest"


class CaptureRules(NamedTuple):
    """How much of a capture is kept, and in what pieces; times are ns."""

    quota_bytes: int
    keep_ns: int = 0
    overload: Overload = Overload.STOP
    most_segment_bytes: int = SEGMENT_BYTES
    segment_ns: int = SEGMENT_NS

    @property
    def segment_bytes(self) -> int:
        return min(self.most_segment_bytes, self.quota_bytes // LEAST_SEGMENTS)

    @property
    def reserve_bytes(self) -> int:
        """What only records about the capture itself may use."""
        return min(self.quota_bytes // RESERVE_SHARE, MOST_RESERVE_BYTES)

    @property
    def state_bytes(self) -> int:
        """How much may be written while a connection lasts whose quotes need all of that."""
        return self.quota_bytes // STATE_SHARE

    @property
    def in_flight_bytes(self) -> int:
        """How much may be given and not be committed."""
        return self.quota_bytes // IN_FLIGHT_SHARE

    @property
    def read_bytes(self) -> int:
        """How much is written, and read, at once."""
        return min(MOST_READ_BYTES, self.in_flight_bytes // 2)


class Segment(NamedTuple):
    """One file: the offsets of its first group and behind its last, its bytes, its last write.

    `written_ns` is Unix time. One that was dropped ends where the capture goes on.
    """

    begin: int
    end: int
    size_bytes: int
    written_ns: int
    dropped: Dropped | None = None


class Then(Enum):
    """What has no more to it: begin a new segment; nothing can be written."""

    ROLL = "roll"
    FULL = "full"


class Delete(NamedTuple):
    """Delete the oldest segment."""

    segment: Segment


class Drop(NamedTuple):
    """Drop these segments, one behind the other."""

    segments: tuple[Segment, ...]


Step = Then | Delete | Drop


class SegmentBook:
    """Which segments there are, the oldest first; the last one is open."""

    def __init__(self, rules: CaptureRules, segments: Iterable[Segment]) -> None:
        self.rules = rules
        self.segments = deque(segments)
        self.total_bytes = sum(segment.size_bytes for segment in self.segments)
        self.dropped_bytes = 0
        """Of what was captured, since this process started."""

    @property
    def end(self) -> int:
        return self.segments[-1].end

    def step(
        self,
        group_bytes: int,
        *,
        now_ns: int,
        open_ns: int,
        needed: int,
        read_to: int,
        is_about_itself: bool = False,
        has_room: bool = True,
    ) -> Step | None:
        """Return what to do before a group of so many bytes is written, None if it can be.

        `now_ns` is Unix time, `open_ns` how long the newest segment has been open. What begins
        before `needed` and ends there may be needed no more; what begins at `read_to` or before
        was read. `has_room` is False if the disk is full.
        """
        newest, rules = self.segments[-1], self.rules
        is_long = newest.size_bytes + group_bytes > max(rules.segment_bytes, HEAD_BYTES)
        if newest.end > newest.begin and (is_long or open_ns >= rules.segment_ns):
            return Then.ROLL
        most_bytes = rules.quota_bytes - (0 if is_about_itself else rules.reserve_bytes)
        all_bytes, oldest = self.total_bytes + group_bytes, self.segments[0]
        is_old = now_ns - oldest.written_ns >= rules.keep_ns
        is_free = oldest is not newest and oldest.end <= needed and is_old
        if is_free and (all_bytes > rules.quota_bytes * 3 // 4 or not has_room):
            return Delete(oldest)
        if has_room and all_bytes <= most_bytes:
            return None
        if rules.overload is Overload.DROP_OLDEST:
            dropped = self._droppable(read_to)
            if dropped:
                return Drop(dropped)
            is_unread = newest.begin > read_to and newest.end > newest.begin
            if is_unread:
                return Then.ROLL
        return Then.FULL

    def rolled(self, now_ns: int) -> None:
        """Note that a new segment was begun."""
        self.segments.append(Segment(self.end, self.end, HEAD_BYTES, now_ns))
        self.total_bytes += HEAD_BYTES

    def grown(self, group_bytes: int, now_ns: int) -> None:
        """Note that a group was written."""
        newest = self.segments[-1]
        end, size_bytes = newest.end + group_bytes, newest.size_bytes + group_bytes
        self.segments[-1] = Segment(newest.begin, end, size_bytes, now_ns)
        self.total_bytes += group_bytes

    def deleted(self) -> None:
        """Note that the oldest is gone."""
        self.total_bytes -= self.segments.popleft().size_bytes

    def dropped(self, drop: Drop, what: Dropped) -> None:
        """Note that segments were replaced by the head of the first one."""
        first = drop.segments[0]
        at = self.segments.index(first)
        for segment in drop.segments:
            del self.segments[at]
            self.total_bytes -= segment.size_bytes
            if segment.dropped is None:
                self.dropped_bytes += segment.end - segment.begin
        head = Segment(first.begin, what.to, HEAD_BYTES, drop.segments[-1].written_ns, what)
        self.segments.insert(at, head)
        self.total_bytes += HEAD_BYTES

    def _droppable(self, read_to: int) -> tuple[Segment, ...]:
        """Return the oldest closed segment that was never read, behind what was dropped before."""
        before: Segment | None = None
        for segment in list(self.segments)[:-1]:
            if segment.begin > read_to:
                if segment.dropped is None:
                    return (segment,) if before is None else (before, segment)
                before = segment
            else:
                before = None
        return ()
