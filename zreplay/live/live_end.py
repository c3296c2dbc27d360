"""When a live run ends by itself. Pure.

A duration counts the time of a machine that is suspended too; an instant is of the clock on the
wall, whatever that is set to meanwhile.
"""

from typing import NamedTuple


class LiveEnd(NamedTuple):
    """After how long, and at which Unix ns it ends; None is never."""

    duration_ns: int | None = None
    until_ns: int | None = None

    def has_come(self, elapsed_ns: int, wall_ns: int) -> bool:
        """Tell whether it is over, so long after its start."""
        is_long = self.duration_ns is not None and elapsed_ns >= self.duration_ns
        return is_long or (self.until_ns is not None and wall_ns >= self.until_ns)

    def why(self) -> str:
        """Say which option ends it."""
        return "--until" if self.duration_ns is None else "--duration"
