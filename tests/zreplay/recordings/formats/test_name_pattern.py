"""The name of a file says its ticker and its day, if it is of the pattern."""

import pytest

from zreplay.recordings.formats.name_pattern import (
    NameParts,
    parts_of_hive,
    parts_of_name,
    parts_of_path,
    says_something,
)


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        (
            "{ticker}-bookTicker-{date}",
            "BTCUSDT-bookTicker-2024-03-30.csv",
            ("BTCUSDT", "2024-03-30"),
        ),
        (
            "{ticker}-bookTicker-{date}",
            "BTC-USDT-bookTicker-20240330.csv.gz",
            ("BTC-USDT", "20240330"),
        ),
        ("DAT_ASCII_{ticker}_T_{}", "DAT_ASCII_EURUSD_T_202001.csv", ("EURUSD", "")),
        ("{ticker}-bookTicker-{date}", "BTCUSDT-bookTicker.csv", ("", "")),
        ("{ticker}.(x)", "A.(x).zst", ("A", "")),
        ("", "A.csv", ("", "")),
    ],
)
def test_a_name_says_what_its_pattern_asks(
    pattern: str, name: str, expected: tuple[str, str]
) -> None:
    assert NameParts(*expected) == parts_of_name(pattern, name)
    assert any(expected) == says_something(["x", pattern], name)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("{date}/{ticker}.csv", "/data/2025-10-02/BTC.csv", ("BTC", "2025-10-02")),
        ("{date}/{ticker}.csv", "2025-10-02/BTC.USD.csv.gz", ("BTC.USD", "2025-10-02")),
        ("{date}/{ticker}", "20251002/BTC.parquet", ("BTC", "20251002")),
        ("{ticker}/{}/{date}.csv", "x/BTC/quotes/2025-10-02.csv", ("BTC", "2025-10-02")),
        ("instrument_id={ticker}/{}", "instrument_id=BTC/part-0.parquet", ("BTC", "")),
        ("{date}/{ticker}.csv", "BTC.csv", None),
        ("{date}/{ticker}.csv", "x/BTC.csv", None),
        ("{ticker}.csv", "deep/in/A B.csv", ("A B", "")),
    ],
)
def test_the_end_of_a_path_says_what_its_pattern_asks_and_no_piece_goes_over_a_folder(
    pattern: str, path: str, expected: tuple[str, str] | None
) -> None:
    found = parts_of_path(pattern, path)

    assert (None if expected is None else NameParts(*expected)) == found


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("q/instrument_id=BTC%2FUSD/date=2025-10-02/part-0.parquet", ("BTC/USD", "2025-10-02")),
        ("symbol=A/Ticker=B/x.csv", ("B", "")),
        ("q/venue=X/ticker=.csv", ("", "")),
        ("day=2025-10-02", ("", "")),
    ],
)
def test_folders_named_as_hive_does_say_it_by_themselves(
    path: str, expected: tuple[str, str]
) -> None:
    assert NameParts(*expected) == parts_of_hive(path)
