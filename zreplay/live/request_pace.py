"""When the next request may be sent: of one connection, or of all that an address has at a host."""


class RequestPace:
    """A monotonic time, which each request moves on by as much as the venue wants between two."""

    def __init__(self) -> None:
        self.next_ns = 0

    def take(self, now_ns: int, every_ns: int) -> bool:
        """Tell whether one may be sent now; then it counts as sent."""
        if now_ns < self.next_ns:
            return False
        self.next_ns = now_ns + every_ns
        return True
