"""The name of a file says its ticker and its day, if it is of the pattern."""

import pytest

from zreplay.recordings.formats.name_pattern import NameParts, parts_of_name


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
