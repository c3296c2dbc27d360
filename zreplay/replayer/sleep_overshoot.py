"""How late sleeps end on this machine. In: how late each did; out: by how much to sleep less."""

from typing import Final

MOST_NS: Final = 100_000
"""Never more is taken off, and so never is longer waited awake."""
STEP_NS: Final = 1_000


class SleepOvershoot:
    """`expected_ns` follows the median of what is observed, a step at a time."""

    def __init__(self) -> None:
        self.expected_ns = 0

    def observe(self, late_ns: int) -> None:
        """Take note of how late a sleep ended."""
        step_ns = STEP_NS if late_ns > self.expected_ns else -STEP_NS
        self.expected_ns = max(0, min(MOST_NS, self.expected_ns + step_ns))
