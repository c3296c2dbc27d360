"""A file is told by its columns; when none fits, the nearest says what it lacks."""

import pytest

from protocol.errors import InputError, SettingsError
from zreplay.recordings.formats.format_options import NOTHING_SAID, FormatOptions
from zreplay.recordings.formats.recognition import Columns, fitting, no_format, telling_name

OWN = ("timestamp", "ticker", "ask_price", "bid_price")


def names_of(columns: Columns, options: FormatOptions = NOTHING_SAID) -> list[str]:
    return [layout.format for layout in fitting(columns, options)]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (OWN, ["zreplay", "generic"]),
        ((*OWN, "latency"), ["zreplay"]),
        (("time", "sym", "bid", "ask"), ["generic"]),
        (("exchange", "symbol", "timestamp", "local_timestamp", *OWN[2:]), ["tardis"]),
        (("exchange", "symbol", "ticker", "timestamp", "local_timestamp", *OWN[2:]), ["zreplay"]),
        (
            ("ts_event", "ts_recv", "bid_px_00", "ask_px_00", "symbol"),
            ["databento", "databento-raw"],
        ),
        (("symbol", "timestamp", "bid", "ask"), ["truefx", "generic"]),
        (("timestamp", "price"), []),
    ],
)
def test_the_format_that_knows_most_columns_is_taken(
    names: tuple[str, ...], expected: list[str]
) -> None:
    assert expected == names_of(Columns(names, "a.csv"))[: len(expected) or None]


def test_a_name_tells_something_if_it_is_one_of_a_format_that_may_be_taken() -> None:
    file = "a/ONE-bookTicker-2024-01-01.csv.gz"

    assert "ONE-bookTicker-2024-01-01.csv.gz" == telling_name(file, NOTHING_SAID)
    assert "" == telling_name("ONE-bookTicker-2024-01-01/quotes.csv", NOTHING_SAID)
    assert "" == telling_name(file, FormatOptions(format="tardis"))


def test_a_format_that_was_named_is_the_only_one() -> None:
    assert ["generic"] == names_of(Columns(OWN, "a.csv"), FormatOptions(format="generic"))


def test_the_ticker_may_be_said_and_comes_before_a_column() -> None:
    for names in (OWN, ("timestamp", "ask_price", "bid_price")):
        layout = fitting(Columns(names, "a.csv"), FormatOptions(ticker="X"))[0]

        assert ("X", False) == (layout.ticker, "ticker" in layout.places)


def test_a_second_time_is_the_latency_where_no_column_is() -> None:
    columns = Columns((*OWN, "received"), "a.csv")

    layout = fitting(columns, FormatOptions({"local_timestamp": "received"}))[0]

    assert "local_timestamp" == layout.latency


@pytest.mark.parametrize("name", ["lat", "Latency_us", "delay", "recv_ts", "local_time"])
def test_a_column_that_may_be_the_latency_is_not_passed_over(name: str) -> None:
    columns = Columns((*OWN, name), "a.csv")

    with pytest.raises(InputError, match="may be one") as refused:
        fitting(columns, FormatOptions())
    assert f"--column latency={name}" in str(refused.value.fix)
    for options in (
        FormatOptions(latency="none"),
        FormatOptions(latency="constant"),
        FormatOptions({"latency": name}),
    ):
        assert fitting(columns, options)


def test_a_latency_that_is_not_to_be_read_is_none() -> None:
    layout = fitting(Columns((*OWN, "latency"), "a.csv"), FormatOptions(latency="none"))[0]

    assert "none" == layout.latency


def test_there_must_be_a_latency_to_be_scaled() -> None:
    with pytest.raises(SettingsError, match="could scale"):
        fitting(Columns(OWN, "a.csv"), FormatOptions(latency="scale"))


def test_a_time_of_day_needs_its_day() -> None:
    definition_less = FormatOptions(format="generic", date="2025-10-02")

    layout = fitting(Columns(OWN, "a.csv"), definition_less)[0]

    assert 1759363200 * 10**9 == layout.times.day_ns


@pytest.mark.parametrize(
    ("names", "nearest", "lacking"),
    [
        (("timestamp", "ticker", "ask_price"), "zreplay", "bid_price"),
        (("best_bid_price", "best_ask_price", "transaction_time"), "binance-vision", "ticker"),
        (("time_exchange", "time_coinapi", "ask_px", "ask_sx", "bid_px"), "coinapi", "ticker"),
        (("x",), "", ""),
    ],
)
def test_the_nearest_format_says_what_it_lacks(
    names: tuple[str, ...], nearest: str, lacking: str
) -> None:
    error = no_format(Columns(names, "a.csv"), FormatOptions())

    assert "Z402" == error.code
    assert nearest in error.what
    assert lacking in error.what
