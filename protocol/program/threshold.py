"""The latency above which a historical quote has no mid, as a user may give it."""

from math import isfinite
from typing import Final

from protocol.errors import SettingsError
from protocol.limits import MAX_THRESHOLD_MS, MIN_THRESHOLD_MS

OFF: Final = "off"
NO_THRESHOLD_MS: Final = MAX_THRESHOLD_MS
"""Above any latency that 64 bits of nanoseconds hold."""


def threshold_text(threshold_ms: float) -> str:
    """Return a threshold as a user may give it."""
    return OFF if is_off(threshold_ms) else repr(threshold_ms)


def is_off(threshold_ms: float) -> bool:
    return threshold_ms == NO_THRESHOLD_MS


def check_threshold(threshold_ms: float) -> None:
    """Raise SettingsError unless a latency can be above it or not, and it has a short text."""
    expected = ""
    if not isfinite(threshold_ms):
        expected = "a number"
    elif threshold_ms and not MIN_THRESHOLD_MS <= abs(threshold_ms) <= MAX_THRESHOLD_MS:
        expected = f"0, or from {MIN_THRESHOLD_MS:g} to {MAX_THRESHOLD_MS:g} on either side of it"
    if expected:
        raise SettingsError(
            f"--latency-threshold was {threshold_ms}, expected {expected}",
            fix="--latency-threshold 20",
            code="Z203",
        )
