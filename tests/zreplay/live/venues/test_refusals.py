"""One symbol of many that a venue refuses is named, and the others are not: each in its own way.

What a venue answers is as its pages say.
"""

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

from zreplay.live.feed_talk import FeedTalk
from zreplay.live.known_venues import venue_of

FORMS = {
    "okx": "{}-USDT",
    "bybit": "{}USDT",
    "coinbase": "{}-USD",
    "coinbase-advanced": "{}-USD",
    "kraken": "{}/USD",
    "hyperliquid": "{}",
    "deribit": "{}-PERPETUAL",
    "bitget": "{}USDT",
    "gate": "{}_USDT",
    "kucoin": "{}-USDT",
    "bitmex": "{}USD",
    "htx": "{}usdt",
    "crypto-com": "{}_USD",
    "gemini": "{}usd",
    "woo-x": "SPOT_{}_USDT",
    "bitstamp": "{}usd",
}
SMALL = ("htx", "gemini", "bitstamp")
Answers = list[dict[str, Any]]
Asked = dict[str, Any]


def is_bad(text: object) -> bool:
    return "foo" in str(text).lower()


def okx(asked: Asked) -> Answers:
    return [
        {"event": "error", "code": "60018", "msg": f"instId:{arg['instId']} doesn't exist"}
        if is_bad(arg)
        else {"event": "subscribe", "arg": arg}
        for arg in asked["args"]
    ]


def bybit(asked: Asked) -> Answers:
    bad = [topic for topic in asked["args"] if is_bad(topic)]
    text = f"error:handler not found,topic:{bad[0]}" if bad else ""
    return [
        {"success": not bad, "ret_msg": text, "op": "subscribe", "req_id": asked["req_id"]},
    ]


def coinbase(asked: Asked) -> Answers:
    bad = [name for name in asked["product_ids"] if is_bad(name)]
    if bad:
        reason = f"{bad[0]} is not a valid product"
        return [{"type": "error", "message": "Failed to subscribe", "reason": reason}]
    return [
        {
            "type": "subscriptions",
            "channels": [{"name": "ticker", "product_ids": asked["product_ids"]}],
        }
    ]


def coinbase_advanced(asked: Asked) -> Answers:
    if asked["channel"] == "heartbeats":
        return [{"channel": "subscriptions", "events": [{"subscriptions": {"heartbeats": ["h"]}}]}]
    names = asked["product_ids"]
    if bad := [name for name in names if is_bad(name)]:
        return [{"type": "error", "message": f"invalid product {bad[0]}"}]
    return [{"channel": "subscriptions", "events": [{"subscriptions": {"ticker": names}}]}]


def kraken(asked: Asked) -> Answers:
    return [
        {"method": "subscribe", "success": False, "symbol": name, "error": f"no {name}"}
        if is_bad(name)
        else {"method": "subscribe", "success": True, "result": {"symbol": name}}
        for name in asked["params"]["symbol"]
    ]


def hyperliquid(asked: Asked) -> Answers:
    if is_bad(asked):
        return [{"channel": "error", "data": f"Invalid subscription {json.dumps(asked)}"}]
    return [{"channel": "subscriptionResponse", "data": asked}]


def deribit(asked: Asked) -> Answers:
    channels = asked["params"].get("channels", [])
    good = [channel for channel in channels if not is_bad(channel)]
    return [{"id": asked["id"], "result": good if channels else "ok"}]


def bitget(asked: Asked) -> Answers:
    return [
        {"event": "error", "code": "30001", "msg": "doesn't exist", "arg": arg}
        if is_bad(arg)
        else {"event": "subscribe", "arg": arg}
        for arg in asked["args"]
    ]


def gate(asked: Asked) -> Answers:
    bad = [name for name in asked["payload"] if is_bad(name)]
    error = {"code": 2, "message": f"unknown currency pair {bad[0]}"} if bad else None
    head = {"channel": asked["channel"], "event": "subscribe", "id": asked["id"]}
    return [{**head, "error": error, "result": None if bad else {"status": "success"}}]


def kucoin(asked: Asked) -> Answers:
    if is_bad(asked):
        text = f"topic {asked['topic']} is not found"
        return [{"id": asked["id"], "type": "error", "code": 404, "data": text}]
    return [{"id": asked["id"], "type": "ack"}]


def bitmex(asked: Asked) -> Answers:
    if is_bad(asked):
        return [{"status": 400, "error": "Unknown or expired symbol.", "request": asked}]
    return [{"success": True, "subscribe": topic} for topic in asked["args"]]


def htx(asked: Asked) -> Answers:
    if is_bad(asked):
        return [{"id": asked["id"], "status": "error", "err-msg": f"invalid topic {asked['sub']}"}]
    return [{"id": asked["id"], "status": "ok", "subbed": asked["sub"]}]


def crypto_com(asked: Asked) -> Answers:
    said = {"code": 40003, "message": "Unknown symbol"} if is_bad(asked) else {"code": 0}
    return [{"id": asked["id"], "method": "subscribe", **said}]


def gemini(asked: Asked) -> Answers:
    bad = {"status": 400, "error": {"code": -1, "msg": "bad symbol"}}
    return [{"id": asked["id"], **(bad if is_bad(asked) else {"status": 200})}]


def woo_x(asked: Asked) -> Answers:
    return [{"id": asked["id"], "cmd": "SUBSCRIBE", "success": not is_bad(asked)}]


def bitstamp(asked: Asked) -> Answers:
    channel = asked["data"]["channel"]
    event = "bts:error" if is_bad(channel) else "bts:subscription_succeeded"
    return [{"event": event, "channel": channel, "data": {"message": "no"}}]


ANSWERS: dict[str, Callable[[Asked], Answers]] = {
    function.__name__.replace("_", "-"): function
    for function in (
        *(okx, bybit, coinbase, coinbase_advanced, kraken, hyperliquid, deribit, bitget),
        *(gate, kucoin, bitmex, htx, crypto_com, gemini, woo_x, bitstamp),
    )
}


@pytest.mark.parametrize("name", FORMS)
def test_the_one_that_is_refused_is_named_and_the_others_are_not(name: str) -> None:
    names = [FORMS[name].format(letter * 3) for letter in "ABCDEFGHIJKL"]
    bad = FORMS[name].format("FOO")
    symbols = [each.lower() if name in SMALL else each for each in (*names[:7], bad, *names[7:])]
    venue = venue_of(name)
    assert all(venue.symbols.fullmatch(each) for each in symbols)
    talk, now_ns = FeedTalk(venue, symbols, 0), 1
    talk.begin(now_ns)
    if venue.waits_for_welcome:
        talk.hear(b'{"id":"x","type":"welcome"}', now_ns, now_ns)
    for _ in range(200):
        if talk.subscriptions.is_all_asked:
            break
        now_ns = max(now_ns, talk.due_ns())
        # All that is due is sent before the first answer comes.
        answers = [each for message in list(talk.due(now_ns)) for each in said_to(name, message)]
        for answer in answers:
            talk.hear(answer, now_ns, now_ns)
    counts = talk.subscriptions.counts(now_ns)

    assert [bad.lower() if name in SMALL else bad] == list(talk.subscriptions.refused)
    assert (12, 1) == (counts["acknowledged"], counts["refused"])


def said_to(name: str, message: bytes) -> list[bytes]:
    """Return what the venue says to a message; nothing to a ping."""
    if b"ping" in message or b"heartbeat" in message and name == "bitstamp":
        return []
    texts = [json.dumps(answer).encode() for answer in ANSWERS[name](json.loads(message))]
    return [gzip.compress(text, mtime=0) for text in texts] if name == "htx" else texts
