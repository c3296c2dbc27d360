"""Rotation is by the hour, by the day, or by a size."""

import pytest

from protocol.errors import SettingsError
from protocol.rotation import DAY_NS, HOUR_NS, Rotation, rotation_of


@pytest.mark.parametrize(
    ("text", "rotation"),
    [
        ("", Rotation()),
        ("hourly", Rotation(period_ns=HOUR_NS)),
        ("Daily", Rotation(period_ns=DAY_NS)),
        ("500MB", Rotation(size_bytes=500_000_000)),
        ("4KiB", Rotation(size_bytes=4096)),
    ],
)
def test_it_is_what_was_asked_for(text: str, rotation: Rotation) -> None:
    assert (rotation, bool(text)) == (rotation_of(text), rotation.is_on)


def test_arrivals_are_counted_in_its_period_or_in_hours() -> None:
    assert [0, HOUR_NS, DAY_NS, HOUR_NS] == [
        rotation_of(text).counted_ns for text in ("", "hourly", "daily", "500MB")
    ]


@pytest.mark.parametrize("text", ["weekly", "0", "4095", "1KB", "5 hours"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="--rotate was"):
        rotation_of(text)
