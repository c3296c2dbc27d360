"""A list and a table in TOML say what the same words on the command line say, or are refused."""

import tomllib
from typing import Any

import click
import pytest

from protocol.errors import SettingsError
from protocol.program.config_value import value_of

OPTIONS = {
    option.name: option
    for option in (
        click.Option(["--column"], multiple=True, metavar="OURS=THEIRS"),
        click.Option(["--live"], multiple=True, metavar="URL|VENUE:SYMBOLS"),
        click.Option(["--tickers"], multiple=True, metavar="NAMES"),
        click.Option(["--header"], metavar="NAMES"),
        click.Option(["--silent-after"], metavar="TIME[,VENUE=TIME]"),
        click.Option(["--speed"]),
        click.Option(["--workers"], type=int),
        click.Option(["--limit"], type=click.IntRange(1)),
        click.Option(["--fresh"], is_flag=True),
        click.Option(["--processor-limit"], type=float),
    )
}


def read(text: str) -> Any:
    ((key, value),) = tomllib.loads(text).items()
    return value_of(OPTIONS[key.replace("-", "_")], value, f"a.toml:3 [run]: {key}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("column = {bid_price = 'bid', ticker = 'a=b'}", ["bid_price=bid", "ticker=a=b"]),
        ("column.bid_price = 'bid'", ["bid_price=bid"]),
        ("column = ['bid_price=bid', 'ticker=sym']", ["bid_price=bid", "ticker=sym"]),
        ("column = 'bid_price=bid'", ["bid_price=bid"]),
        ("live = {okx = ['BTC-USDT', 'ETH-USDT'], my = 'A'}", ["okx:BTC-USDT,ETH-USDT", "my:A"]),
        ("live = ['ws://a', 'okx:B']", ["ws://a", "okx:B"]),
        ("tickers = ['BTC*', 'ETH*']", ["BTC*", "ETH*"]),
        ("tickers = []", []),
        ("header = ['timestamp', 'bid']", "timestamp,bid"),
        ("header = 'timestamp,bid'", "timestamp,bid"),
        ("silent-after = {okx = '5m', deribit = 0}", "okx=5m,deribit=0"),
        ("speed = 10", 10),
        ("fresh = true", True),
        ("workers = 4", 4),
        ("processor-limit = 0.5", 0.5),
    ],
)
def test_what_one_would_write_is_taken(text: str, expected: Any) -> None:
    assert expected == read(text)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("speed = [1]", "speed was a list, expected one value"),
        ("speed = {a = 1}", "speed was a table, expected one value"),
        ("tickers = {a = 'b'}", "tickers was a table, expected one value"),
        ("tickers = [['a']]", "tickers has a list in it, expected single values"),
        ("column = [{bid_price = 'bid'}]", "column has a table in it, expected single values"),
        ("column = {bid_price = ['a']}", "column.bid_price has a list in it"),
        ("live = {okx = [['a']]}", "live.okx has a list in it"),
        ("live = {okx = ['a,b']}", "live.okx has 'a,b', expected no comma in a name"),
        ("header = ['a,b']", "header has 'a,b', expected no comma in a name"),
        ("workers = 2.5", "workers was 2.5, expected a whole number"),
        ("limit = 2.5", "limit was 2.5, expected a whole number"),
        ("workers = true", "workers was true, expected a value"),
        ("speed = false", "speed was false, expected a value"),
        ("column = {bid_price = true}", "column.bid_price was true, expected a value"),
        (f"workers = {2**63}", "workers was a number of more than 64 bits"),
    ],
)
def test_anything_else_is_refused_at_its_place(text: str, what: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read(text)

    assert "Z209" == refused.value.code
    assert refused.value.what.startswith(f"a.toml:3 [run]: {what}")
