"""A user's instant is read, or refused with the option named."""

import pytest

from protocol.errors import SettingsError
from zreplay.quotes.timestamp_text import (
    exact_time_text,
    parse_instant_ns,
    time_text,
)


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("2025-10-02", 1_759_363_200_000_000_000),
        (" 2025-10-02T00:00:00.5Z ", 1_759_363_200_500_000_000),
        ("1970-01-01 00:00:00.000000001", 1),
        ("1970-01-01 00:01", 60_000_000_000),
        ("1970-01-01T01:01+01:00", 60_000_000_000),
        ("1970-01-01 00:01Z", 60_000_000_000),
    ],
)
def test_a_user_may_write_a_day_or_an_instant(text: str, nanoseconds: int) -> None:
    assert nanoseconds == parse_instant_ns(text, "--from")


@pytest.mark.parametrize(
    "text", ["", "23:59", "2025-02-30", "9999-01-01", "1", "2025-02-03 24:00", "2025-02-03 1:00"]
)
def test_what_is_no_instant_names_the_option(text: str) -> None:
    with pytest.raises(SettingsError, match="--to was"):
        parse_instant_ns(text, "--to")


@pytest.mark.parametrize(
    ("instant_ns", "text"),
    [
        (None, None),
        (0, "1970-01-01 00:00:00.000"),
        (1_759_449_594_580_999_999, "2025-10-02 23:59:54.580"),
        (-1, "1969-12-31 23:59:59.999"),
        (2**63 - 1, "2262-04-11 23:47:16.854"),
        (10**21, "1000000000000000000000"),
    ],
)
def test_an_instant_is_written_in_utc_to_the_millisecond(
    instant_ns: int | None, text: str | None
) -> None:
    assert text == time_text(instant_ns)


@pytest.mark.parametrize(
    ("instant_ns", "text"),
    [
        (-(2**63), "1677-09-21 00:12:43.145224192"),
        (-1, "1969-12-31 23:59:59.999999999"),
        (0, "1970-01-01 00:00:00.000000000"),
        (2**63 - 1, "2262-04-11 23:47:16.854775807"),
    ],
)
def test_an_instant_of_64_bits_is_written_to_the_nanosecond(instant_ns: int, text: str) -> None:
    assert text == exact_time_text(instant_ns)
