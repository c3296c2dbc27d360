"""The latency above which a historical quote has no mid, as a user may give it."""

from math import isfinite

from protocol.errors import SettingsError


def check_threshold(threshold_ms: float) -> None:
    """Raise SettingsError unless a latency can be above it or not."""
    if not isfinite(threshold_ms):
        raise SettingsError(
            f"--latency-threshold was {threshold_ms}, expected a number",
            fix="--latency-threshold 20",
            code="Z203",
        )
