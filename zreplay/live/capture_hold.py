"""What of a capture its reader still needs: what the writer, on another thread, must not touch."""

import threading
from typing import Final

UNKNOWN: Final = 2**63
"""Nothing may be dropped before it is known where reading begins."""
NEVER_READ: Final = -1


class CaptureHold:
    """Shared by the one writer of a capture and the one reader beside it."""

    def __init__(self, read_to: int = UNKNOWN) -> None:
        self.needed = 0
        """What ends at this offset or before may be deleted; it only grows."""
        self.read_to = read_to
        """The begin of the segment that is being read: later ones were not."""
        self._dropping = UNKNOWN
        self._lock = threading.Lock()

    def free(self, needed: int) -> None:
        """Note that nothing before this offset will be read again."""
        self.needed = max(self.needed, needed)

    def may_read(self, begin: int) -> bool:
        """Claim the segment that begins there; False while it is being dropped."""
        with self._lock:
            if begin >= self._dropping:
                return False
            self.read_to = begin
            return True

    def may_drop(self, begin: int) -> bool:
        """Claim all segments from there on, until `dropped`; False if one was read."""
        with self._lock:
            if begin <= self.read_to:
                return False
            self._dropping = begin
            return True

    def dropped(self) -> None:
        """Let the reader go on."""
        with self._lock:
            self._dropping = UNKNOWN
