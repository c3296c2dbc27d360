"""What an order knows of one of the files that it merges: how far it was read, and what ends it."""

import msgspec

from protocol.errors import InputError
from protocol.limits import INT64_MIN
from zreplay.ordering.late_rows import Newest, late_rows, watermark_ns
from zreplay.quotes.block import Block
from zreplay.recordings.joint_rows import FilePart


class MergedFile(msgspec.Struct):
    name: str
    newest: Newest
    stop: InputError | None = None
    end_ns: int = INT64_MIN
    """Just after the greatest arrival that it has given."""
    least_ns: int = INT64_MIN
    """Nothing of it arrives before, as its head says."""
    last_mark_ns: int | None = None
    """Once the file is cut off: what arrives below it still comes out."""

    def mark_ns(self, horizon_ns: int) -> int:
        """Return the time below which nothing more can come from this file."""
        if self.last_mark_ns is not None:
            return self.last_mark_ns
        return max(self.least_ns, watermark_ns(self.newest.timestamp_ns, horizon_ns))

    def reached_ns(self, horizon_ns: int) -> int:
        """Return how far the file has been read; the one furthest behind is read next."""
        if self.last_mark_ns is not None:
            return self.last_mark_ns + horizon_ns
        return max(self.least_ns + horizon_ns, self.newest.timestamp_ns)

    def takes_all(self, part: FilePart, block: Block, horizon_ns: int) -> bool:
        """Return whether the next rows, a part of joint ones, end nothing and none is late."""
        if self.stop is not None:
            return False
        bounds, before_ns = part.bounds, self.newest.timestamp_ns
        greatest_ns = max(before_ns, bounds.greatest_timestamp_ns)
        if bounds.least_arrival_ns >= watermark_ns(greatest_ns, horizon_ns):
            return True
        if bounds.are_in_order and bounds.least_arrival_ns >= before_ns:
            return True
        return not len(late_rows(part.of(block), before_ns, horizon_ns).rows)

    def take(self, part: FilePart) -> None:
        """Go on behind rows of which it takes all."""
        bounds = part.bounds
        if bounds.greatest_timestamp_ns > self.newest.timestamp_ns:
            self.newest = Newest(bounds.greatest_timestamp_ns, part.newest)
        self.end_ns = max(self.end_ns, bounds.greatest_arrival_ns + 1)
