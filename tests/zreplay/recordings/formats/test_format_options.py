"""What a user says comes before what a format says, and is part of what a run is."""

from typing import Any

import pytest
from msgspec.structs import replace

from protocol.errors import SettingsError
from zreplay.recordings.formats.format_options import NOTHING_SAID, FormatOptions
from zreplay.recordings.formats.known_formats import format_named
from zreplay.recordings.formats.time_form import TimeForm

SAID: list[dict[str, Any]] = [
    {"columns": {"ticker": "sym"}},
    {"format": "tardis"},
    {"delimiter": ";"},
    {"header": ("timestamp", "ticker")},
    {"time_unit": "ms"},
    {"zone": "Asia/Tokyo"},
    {"ticker": "A"},
    {"date": "2025-10-02"},
    {"scale": "0.01"},
    {"path": "{ticker}.csv"},
    {"latency": "none"},
]


def test_each_of_them_is_another_identity() -> None:
    identities = {FormatOptions(**said).identity for said in SAID}

    assert len(SAID) == len(identities - {""})
    assert "" == NOTHING_SAID.identity


def test_columns_alone_have_the_identity_that_they_ever_had() -> None:
    options = FormatOptions({"ticker": "sym", "ask_price": "a"})

    assert "columns [('ask_price', 'a'), ('ticker', 'sym')]" == options.identity


def test_what_was_given_is_named_as_users_write_it() -> None:
    options = FormatOptions({"ticker": "s"}, time_unit="ms", date="20251002", latency="none")

    assert ["--column", "--time-unit", "--date"] == options.given
    assert options
    assert not NOTHING_SAID


def test_what_was_said_takes_the_place_of_what_the_format_says() -> None:
    tardis = format_named("tardis")
    options = FormatOptions(
        {"symbol": "sym"}, delimiter="tab", time_unit="ms", zone="Asia/Tokyo", scale="0.01"
    )

    found = options.applied_to(tardis)

    expected = replace(
        tardis,
        delimiter="\t",
        time=TimeForm("", "ms", zone="Asia/Tokyo"),
        price_tens=2,
        columns={**tardis.columns, "symbol": ("sym",)},
    )
    assert expected == found


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"columns": {"price": "x"}}, "columns was 'price'"),
        ({"format": "spam"}, "no format"),
        ({"delimiter": "ab"}, "--delimiter was 'ab'"),
        ({"time_unit": "hour"}, "'hour'"),
        ({"zone": "Mars"}, "no zone 'Mars'"),
        ({"date": "today"}, "--date was 'today'"),
        ({"scale": "2"}, "--scale was '2'"),
        ({"ticker": "x" * 257}, "--ticker"),
    ],
)
def test_what_cannot_be_is_refused(said: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words) as refused:
        FormatOptions(**said)

    assert "Z203" == refused.value.code


@pytest.mark.parametrize(
    "said",
    [
        {"path": "quotes.csv"},
        {"path": "{ticker}/{ticker}.csv"},
        {"path": "{date}{date}"},
        {"path": "{ticker}.csv", "ticker": "A"},
    ],
)
def test_a_pattern_of_paths_says_ticker_or_day_once_and_nothing_that_was_said(
    said: dict[str, str],
) -> None:
    with pytest.raises(SettingsError, match="--path was"):
        FormatOptions(**said)  # type: ignore[arg-type]
