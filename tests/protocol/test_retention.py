"""How many closed logs are kept, or for how long."""

import pytest

from protocol.errors import SettingsError
from protocol.retention import Retention, retention_of

DAY_NS = 86_400_000_000_000


@pytest.mark.parametrize(
    ("text", "retention"),
    [
        ("", Retention()),
        ("7", Retention(most=7)),
        ("30d", Retention(age_ns=30 * DAY_NS)),
        ("12h", Retention(age_ns=DAY_NS // 2)),
    ],
)
def test_it_is_what_was_asked_for(text: str, retention: Retention) -> None:
    assert (retention, bool(text)) == (retention_of(text), retention.is_on)


@pytest.mark.parametrize("text", ["0", "0d", "-1", "3w", "all of them", "1.5d", "٣d"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="--keep-logs was"):
        retention_of(text)
