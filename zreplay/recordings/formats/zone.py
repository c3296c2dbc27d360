"""The clocks of a zone -> UTC.

A time that the zone has twice is the first of the two; one that it skips is read as if its
clocks had not been changed: PEP 495 with fold 0.
"""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

UTC: Final = "UTC"
_CACHED_SECONDS: Final = 4096


@lru_cache(_CACHED_SECONDS)
def offset_seconds(local_seconds: int, zone: str) -> int:
    """Return how far a zone is ahead of UTC when its clocks show a time, seconds since 1970."""
    from zoneinfo import ZoneInfo  # which few recordings need

    local = datetime(1970, 1, 1, tzinfo=ZoneInfo(zone)) + timedelta(seconds=local_seconds)
    offset = local.utcoffset()
    assert offset is not None  # as the time has a zone
    return round(offset.total_seconds())
