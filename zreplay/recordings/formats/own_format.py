"""Our own format. Every run looks for it first, so that it is here and not in a TOML to be read."""

from typing import Final

from zreplay.recordings.formats.definition import definition_of

OWN: Final = "zreplay"
OWN_FORMAT: Final = definition_of(
    OWN,
    {
        "what": "our own columns: timestamp, ticker, prices; latency and amounts if there are any",
        "verified": True,
        "columns": {
            "timestamp": "timestamp",
            "ticker": "ticker",
            "ask_price": "ask_price",
            "bid_price": "bid_price",
            "ask_amount": "ask_amount",
            "bid_amount": "bid_amount",
            "latency": ["latency", "latency_ms"],
            "local_timestamp": "local_timestamp",
            "index": "index",
        },
        "time": {"form": "any"},
    },
)
