"""Bitget: the rows of v3 and of v2, a side that is empty, its answers."""

import pytest

from tests.zreplay.venue_messages import asked, told
from zreplay.live.known_venues import venue_of
from zreplay.live.venue import Acknowledged, Heartbeat, Refused, Told, Unknown, VenueQuote

V3 = '{"instType":"spot","topic":"books1","symbol":"AB"}'
V2 = '{"instType":"SPOT","channel":"books1","instId":"AB"}'


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("bitget", "spot"),
        ("bitget-usdt-futures", "usdt-futures"),
        ("bitget-usdc-futures", "usdc-futures"),
        ("bitget-coin-futures", "coin-futures"),
    ],
)
def test_each_market_is_asked_for_by_its_kind(name: str, kind: str) -> None:
    args = [{"instType": kind, "topic": "books1", "symbol": "BTCUSDT"}]

    assert {"op": "subscribe", "args": args} == asked(venue_of(name), "BTCUSDT")


@pytest.mark.parametrize(
    ("arg", "bids", "asks"), [(V3, "b", "a"), (V2, "bids", "asks")], ids=["v3", "v2"]
)
def test_a_row_of_either_version_is_a_quote(arg: str, bids: str, asks: str) -> None:
    row = f'{{"{asks}":[["2","20"]],"{bids}":[["1","10"]],"seq":5,"ts":"6"}}'
    frame = f'{{"action":"snapshot","arg":{arg},"data":[{row}],"ts":7}}'

    assert [VenueQuote("AB", 1.0, 10.0, 2.0, 20.0, 6_000_000, 5)] == told("bitget", frame)


def test_a_side_may_be_empty() -> None:
    frame = f'{{"arg":{V3},"data":[{{"a":[["2","20"]],"b":[],"ts":"6"}}]}}'

    assert [VenueQuote("AB", None, None, 2.0, 20.0, 6_000_000)] == told("bitget", frame)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pong", Heartbeat(is_answer=True)),
        (f'{{"event":"subscribe","arg":{V3}}}', Acknowledged(("AB",))),
        (f'{{"event":"error","arg":{V3},"code":30001,"msg":"no"}}', Refused("30001 no", ("AB",))),
        ('{"event":"error","code":"30001","msg":"no"}', Refused("30001 no")),
        ('{"arg":{"topic":"ticker","symbol":"AB"},"data":[{}]}', Unknown("topic=ticker")),
        ("{}", Unknown("neither an event nor data")),
    ],
)
def test_what_is_no_quote_is_told(text: str, expected: Told) -> None:
    assert expected == told("bitget", text)
