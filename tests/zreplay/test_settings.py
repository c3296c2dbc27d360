"""Impossible settings are refused at once, with what was found and what to do."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import SettingsError
from zreplay.historical.latency_model import LatencyModel
from zreplay.historical.selection import Selection
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.settings import (
    MAX_RATE,
    ReplaySettings,
    check_mode,
    parse_rate,
    parse_reorder_ns,
    parse_seconds_ns,
    rate_text,
)

FILE = (Path("quotes.csv"),)
FEED = ("ws://127.0.0.1:8765",)


def test_the_start_mode_is_historical_if_a_file_is_given() -> None:
    assert ReplaySettings(historical=FILE, live=FEED).start_mode == "historical"
    assert ReplaySettings(live=FEED).start_mode == "live"
    assert ReplaySettings(historical=FILE, live=FEED, mode="live").start_mode == "live"


def test_a_pipe_is_short_at_full_speed_where_batches_are_large() -> None:
    choices = [(None, None), (Fraction(1), None), (None, 7), (Fraction(60), 7)]
    found = [ReplaySettings(FILE, rate=rate, hwm=hwm).pipe_batches for rate, hwm in choices]

    assert [1, 4, 7, 7] == found


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({}, "there is nothing to replay"),
        ({"historical": FILE, "mode": "fast"}, "mode was 'fast'"),
        ({"historical": FILE, "mode": "live"}, "no live address"),
        ({"live": FEED, "mode": "historical"}, "no historical file"),
        ({"historical": FILE * 2}, "the file quotes.csv was given twice"),
        ({"historical": FILE, "late": "drop"}, "late was 'drop'"),
        ({"historical": FILE, "acks": "all"}, "acks was 'all'"),
        ({"historical": FILE, "hwm": 0}, "--hwm was 0, expected 1 or more"),
        ({"historical": FILE, "hwm": 10**12}, "hwm was 1000000000000, expected 1000000 at most"),
        ({"historical": FILE, "batch_quotes": 0}, "batch was 0"),
        ({"historical": FILE, "window_quotes": 0}, "window was 0"),
        ({"historical": FILE, "max_buffer_rows": 0}, "max-buffer was 0"),
        ({"historical": FILE, "reorder_ns": -1}, "reorder was -1"),
        ({"historical": FILE, "max_jump_ns": -1}, "max-jump was -1"),
        ({"historical": FILE, "reorder_ns": 2**63}, "reorder was 9223372036854775808"),
        ({"historical": FILE, "batch_quotes": 2**63}, "batch was 9223372036854775808"),
        ({"historical": FILE, "window_quotes": 10**30}, "9223372036854775807 at most"),
        ({"historical": FILE, "max_buffer_rows": 2**63}, "9223372036854775807 at most"),
        ({"historical": FILE, "wait_workers": 2**63}, "9223372036854775807 at most"),
        ({"historical": FILE, "loop": 2**63}, "loop was 9223372036854775808"),
        ({"historical": (Path("-"),), "loop": 2}, "cannot be played again"),
        ({"live": FEED, "columns": FormatOptions({"ticker": "x"})}, "--column is about files"),
        ({"live": FEED, "selection": Selection(limit=1)}, "--tickers, --from or similar is about"),
        ({"live": FEED, "latency": LatencyModel("shift", 1.0)}, "--latency is about files"),
        ({"live": ("http://localhost",)}, "neither ws:// nor wss://"),
        ({"live": ("ws://",)}, "has no host"),
        ({"live": ("ws://x:99999",)}, "a port that cannot be"),
        ({"live": ("ws://x/a b",)}, "a blank"),
        ({"live": ("ws://[::1",)}, "has no host"),
    ],
)
def test_settings_that_cannot_be_name_what_was_found(options: dict[str, object], what: str) -> None:
    with pytest.raises(SettingsError, match=what) as caught:
        ReplaySettings(**options)  # type: ignore[arg-type]
    assert caught.value.exit_code == 2


def test_a_broadcast_that_nothing_acknowledges_goes_to_somebody() -> None:
    choices = (("", "none", 0), ("ipc:///w", "sink", 0), ("ipc:///w", "none", 0))
    choices += (("ipc:///w", "none", 5),)
    found = [
        ReplaySettings(FILE, broadcast=broadcast, acks=acks, wait_workers=wanted).wanted_consumers
        for broadcast, acks, wanted in choices
    ]

    assert [0, 0, 1, 5] == found


def test_a_mode_without_its_source_is_refused() -> None:
    settings = ReplaySettings(historical=FILE)

    check_mode("historical", settings)
    with pytest.raises(SettingsError, match="no live address"):
        check_mode("live", settings)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("max", None),
        (" MAX ", None),
        ("1", Fraction(1)),
        ("0.1", Fraction(1, 10)),
        ("60x", Fraction(60)),
        ("2.5X", Fraction(5, 2)),
        ("1e3", Fraction(1000)),
        (str(MAX_RATE), Fraction(MAX_RATE)),
        ("0.000000001", Fraction(1, 10**9)),
    ],
)
def test_a_speed_is_read_exactly(text: str, rate: Fraction | None) -> None:
    assert rate == parse_rate(text)


@pytest.mark.parametrize(
    "text",
    ["", "x", "fast", "0", "-1", "nan", "inf", "1000001", "1e-10", "1e400", "1/2", "1 2"],
)
def test_a_speed_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="speed was"):
        parse_rate(text)


@given(st.text(max_size=12))
def test_any_text_is_a_speed_or_a_settings_error(text: str) -> None:
    try:
        rate = parse_rate(text)
    except SettingsError:
        return
    assert rate is None or 0 < rate <= MAX_RATE


@pytest.mark.parametrize(
    ("rate", "text"), [(None, "max"), (Fraction(1), "1x"), (Fraction(1, 2), "0.5x")]
)
def test_a_speed_is_written_as_it_can_be_read_again(rate: Fraction | None, text: str) -> None:
    assert text == rate_text(rate)
    assert rate == parse_rate(text)


@pytest.mark.parametrize(
    ("text", "duration_ns"),
    [
        ("5", 5_000_000_000),
        ("5s", 5_000_000_000),
        ("250ms", 250_000_000),
        ("0.5 s", 500_000_000),
        ("10us", 10_000),
        ("7ns", 7),
        ("2m", 120_000_000_000),
        ("5h", 18_000_000_000_000),
        ("1d", 86_400_000_000_000),
        ("0", 0),
    ],
)
def test_a_duration_is_read_in_its_unit(text: str, duration_ns: int) -> None:
    assert duration_ns == parse_seconds_ns(text, "--reorder")


def test_rows_may_be_as_far_out_of_order_as_nanoseconds_can_say() -> None:
    assert 2**63 - 1 == parse_reorder_ns("9223372036854775807ns")
    with pytest.raises(SettingsError, match="--reorder was"):
        parse_reorder_ns("9223372036854775808ns")


@pytest.mark.parametrize("text", ["", "s", "soon", "-1s", "nan", "inf", "1e9", "1e999999999", "5w"])
def test_a_duration_that_is_none_names_its_option(text: str) -> None:
    with pytest.raises(SettingsError, match="--reorder was"):
        parse_seconds_ns(text, "--reorder")
