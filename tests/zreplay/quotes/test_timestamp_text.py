"""What a user writes for an instant is one, or the option is named."""

import pytest

from protocol.errors import SettingsError
from zreplay.quotes.timestamp_text import parse_instant_ns


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("2025-10-02", 1_759_363_200_000_000_000),
        (" 2025-10-02T00:00:00.5Z ", 1_759_363_200_500_000_000),
        ("1970-01-01 00:00:00.000000001", 1),
    ],
)
def test_a_user_may_write_a_day_or_an_instant(text: str, nanoseconds: int) -> None:
    assert nanoseconds == parse_instant_ns(text, "--from")


@pytest.mark.parametrize("text", ["", "23:59", "2025-02-30", "9999-01-01", "1"])
def test_what_is_no_instant_names_the_option(text: str) -> None:
    with pytest.raises(SettingsError, match="--to was"):
        parse_instant_ns(text, "--to")
