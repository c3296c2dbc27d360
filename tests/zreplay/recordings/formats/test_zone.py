"""The clocks of a zone, also where they are changed."""

from datetime import UTC, datetime

import pytest

from zreplay.recordings.formats.zone import offset_seconds

HOUR = 3600


@pytest.mark.parametrize(
    ("local", "zone", "hours"),
    [
        ("2025-01-02 12:00:00", "America/New_York", -5),
        ("2025-07-02 12:00:00", "America/New_York", -4),
        ("2025-03-09 01:59:59", "America/New_York", -5),
        ("2025-03-09 02:30:00", "America/New_York", -5),  # which it skips
        ("2025-03-09 03:00:00", "America/New_York", -4),
        ("2025-11-02 01:30:00", "America/New_York", -4),  # which it has twice
        ("2025-11-02 02:00:00", "America/New_York", -5),
        ("2025-07-02 12:00:00", "Etc/GMT+5", -5),
        ("2025-07-02 12:00:00", "UTC", 0),
    ],
)
def test_the_offset_is_that_of_the_time_the_clocks_show(local: str, zone: str, hours: int) -> None:
    seconds = int(datetime.fromisoformat(local).replace(tzinfo=UTC).timestamp())

    assert hours * HOUR == offset_seconds(seconds, zone)
