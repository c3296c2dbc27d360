"""What a call in Python says becomes arguments of `serve`; what it cannot mean is refused."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from protocol.errors import SettingsError
from zreplay.commands.cli import serve
from zreplay.consumer.arguments import arguments_of


@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        ({"speed": 10}, ["--speed=10"]),
        ({"speed": "max", "loop": 3}, ["--speed=max", "--loop=3"]),
        ({"tickers": ["BTC*", "ETH*"]}, ["--tickers=BTC*", "--tickers=ETH*"]),
        ({"live": ["ws://a:1", "ws://b:2"]}, ["--live=ws://a:1", "--live=ws://b:2"]),
        ({"column": {"bid_price": "bid"}}, ["--column=bid_price=bid"]),
        ({"start_paused": True}, ["--start-paused"]),
        ({"start_paused": False}, []),
        ({"limit": None}, []),
        ({"start": datetime(2026, 1, 2, 3)}, ["--from=2026-01-02 03:00:00.000000000"]),
        ({"end": "2026-01-02 03:00:00"}, ["--to=2026-01-02 03:00:00"]),
        ({"duration": timedelta(seconds=90)}, ["--duration=90000000000ns"]),
        ({"duration": "90s"}, ["--duration=90s"]),
    ],
)
def test_an_option_is_said_as_serve_takes_it(options: dict[str, Any], arguments: list[str]) -> None:
    assert arguments == arguments_of(options, serve)


@pytest.mark.parametrize("name", ["foo", "acks", "bind", "state", "from", "fresh", "help"])
def test_an_option_that_is_not_to_be_given_is_refused_by_name(name: str) -> None:
    with pytest.raises(SettingsError, match=f"no option is called '{name}'"):
        arguments_of({name: "1"}, serve)


@pytest.mark.parametrize(
    "options", [{"start": 1.5}, {"duration": 90}, {"start_paused": "yes"}, {"end": []}]
)
def test_what_is_no_time_duration_or_flag_is_refused_at_the_call(options: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=next(iter(options))):
        arguments_of(options, serve)


def test_an_option_that_is_nearly_one_is_answered_with_that_one() -> None:
    with pytest.raises(SettingsError) as raised:
        arguments_of({"sped": 10}, serve)

    assert raised.value.fix.startswith("did you mean speed? ")
