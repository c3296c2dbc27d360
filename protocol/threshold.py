"""The latency above which a historical quote has no mid, as a user may give it."""

from math import isfinite

from protocol.errors import SettingsError
from protocol.limits import MAX_THRESHOLD_MS, MIN_THRESHOLD_MS


def check_threshold(threshold_ms: float) -> None:
    """Raise SettingsError unless a latency can be above it or not, and it has a short text."""
    is_short = not threshold_ms or MIN_THRESHOLD_MS <= abs(threshold_ms) <= MAX_THRESHOLD_MS
    if not (isfinite(threshold_ms) and is_short):
        raise SettingsError(
            f"--latency-threshold was {threshold_ms}, expected a number from "
            f"{MIN_THRESHOLD_MS:g} to {MAX_THRESHOLD_MS:g}, or zero, or one below it",
            fix="--latency-threshold 20",
            code="Z203",
        )
