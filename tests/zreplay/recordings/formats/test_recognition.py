"""A file is told by its columns; when none fits, the nearest says what it lacks."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import InputError, SettingsError
from zreplay.recordings.formats.format_options import NOTHING_SAID, FormatOptions
from zreplay.recordings.formats.known_formats import known_formats
from zreplay.recordings.formats.name_pattern import NameParts, parts_of_name
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


@given(st.text("Aa0_-. ", max_size=12), st.sampled_from(["2025-10-02", "20251002", ""]))
def test_a_name_tells_something_if_a_pattern_fits_it(text: str, day: str) -> None:
    name = f"{text}{day}{text[::-1]}"
    patterns = [known.file for known in known_formats()]

    is_telling = any(parts_of_name(pattern, name) != NameParts() for pattern in patterns)

    assert (name if is_telling else "") == telling_name(name, NOTHING_SAID)


@pytest.mark.parametrize("pattern", [known.file for known in known_formats() if known.file])
def test_the_pattern_of_each_format_is_looked_for(pattern: str) -> None:
    name = pattern.format(*"11", ticker="A", date="20251002")

    assert name == telling_name(name, NOTHING_SAID)


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


@pytest.mark.parametrize("name", ["lat", "Latncy", "local_time"])
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


@pytest.mark.parametrize(
    ("names", "fix"),
    [
        (("timestamp", "bid", "ask"), "say whose quotes these are: --ticker NAME"),
        (("timestamp", "ticker", "ask_price"), "name the columns timestamp,ticker,"),
    ],
)
def test_a_file_that_lacks_the_ticker_alone_needs_the_ticker_alone(
    names: tuple[str, ...], fix: str
) -> None:
    error = no_format(Columns(names, "days/a.csv"), FormatOptions())

    assert error.fix.startswith(fix)
    assert ("'days/*.csv'" in error.fix) == fix.startswith("name the columns")


def test_what_a_format_is_told_by_has_to_be_there_though_nothing_is_read_from_it() -> None:
    names = ("timestamp", "symbol", "bid_price", "ask_price")

    assert ["generic"] == names_of(Columns(names, "days/a.csv"))
    told = Columns((*names, "bid_exchange", "ask_exchange"), "a.csv")
    assert ["alpaca"] == names_of(told)


def test_a_column_that_says_which_rows_count_is_needed() -> None:
    names = ("#RIC", "Date-Time", "Bid Price", "Ask Price")

    assert [] == names_of(Columns(names, "days/a.csv"))
    assert ["refinitiv"] == names_of(Columns((*names, "Type"), "a.csv"))


def test_a_value_cannot_say_too_which_rows_count(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        '[columns]\ntimestamp = "t"\nbid_price = "b"\nask_price = "a"\n[rows.keep]\nb = ["1"]\n'
    )

    with pytest.raises(SettingsError, match="'b' is a value"):
        fitting(Columns(("t", "a", "b"), "a.csv"), FormatOptions(format=str(path), ticker="A"))


def test_negative_prices_may_be_allowed() -> None:
    columns = Columns(("timestamp", "ticker", "bid_price", "ask_price"), "a.csv")
    layouts = [
        fitting(columns, FormatOptions(allow_negative=is_allowed))[0]
        for is_allowed in (False, True)
    ]

    assert [False, True] == [layout.may_be_negative for layout in layouts]


def test_a_path_says_ticker_and_day_before_a_column_if_it_was_asked_for() -> None:
    columns = Columns(("timestamp", "ticker", "ask_price", "bid_price"), "d/2025-10-02/BTC.csv")
    asked = FormatOptions(path="{date}/{ticker}.csv")

    layout = fitting(columns, asked)[0]

    assert ("BTC", False) == (layout.ticker, "ticker" in layout.places)
    assert "" != layout.identity
    assert "2025-10-02/BTC.csv" == telling_name(columns.file, asked)
    with pytest.raises(InputError, match=r"d/2025-10-02/BTC\.csv: the path is none such as"):
        fitting(columns, FormatOptions(path="{date}-{ticker}.csv"))


def test_the_day_of_a_path_is_that_of_times_which_name_none() -> None:
    columns = Columns(("timestamp", "ask", "bid"), "instrument_id=X/date=2012-06-21/a.csv")
    asked = FormatOptions(format="lobster", columns={"timestamp": "timestamp"})

    assert 1_340_236_800 * 10**9 == fitting(columns, asked)[0].times.day_ns


def test_folders_named_as_hive_does_say_what_no_column_does() -> None:
    file = "q/instrument_id=X/a.csv"
    without = fitting(
        Columns(("timestamp", "latency", "ask_price", "bid_price"), file), NOTHING_SAID
    )
    own = fitting(Columns((*OWN, "latency"), file), NOTHING_SAID)[0].variants()

    assert ("X", True) == (without[0].ticker, without[0].identity != "")
    assert (True, "") == ("ticker" in own[0].places, own[0].identity)
    assert "instrument_id=X/a.csv" == telling_name(file, NOTHING_SAID)
