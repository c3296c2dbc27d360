"""Messages of venues with the quotes that they give, found by another parser than ours.

`python -m tests.zreplay.venue_messages FOLDER` picks a few out of real captures into
tests/zreplay/live/venues/messages.jsonl. A whole capture is read where the folder is there.
"""

import csv
import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from zreplay.live.known_venues import venue_of
from zreplay.live.venue import Read, SomeQuotes, Told, Venue, VenueQuote

CAPTURES = Path(__file__).resolve().parents[3] / "shared" / "data" / "captures"
MESSAGES = Path(__file__).resolve().parent / "live" / "venues" / "messages.jsonl"
FILES = {
    "BINANCE_SPOT": "binance",
    "BINANCE_FUTURES": "binance-usdm",
    "OKX": "okx",
    "COINBASE": "coinbase",
    "DERIBIT": "deribit",
    "GATEIO_FUTURES": "gate-futures",
    "KUCOIN": "kucoin",
}
SINGLE = {
    "OKX": "okx",
    "KUCOIN": "kucoin",
    "COINBASEADVANCED": "coinbase-advanced",
    "KRAKEN": "kraken",
    "BYBIT": "bybit",
    "DERIBIT": "deribit",
}
FEW = 4
LONGEST = 700

real_captures = pytest.mark.skipif(
    not CAPTURES.exists(), reason="the real captures are not part of the project"
)


def reader(name: str) -> Read:
    return venue_of(name).new_reader()


def told(name: str, text: str) -> Told:
    """Return what the first frame of a connection says."""
    return reader(name)(text.encode())


def asked(venue: Venue, *symbols: str, request: int = 7) -> Any:
    return json.loads(venue.subscribe(symbols, request))


def number(text: str | None) -> float | None:
    return float(text) if text else None


def expected_quote(row: dict[str, Any]) -> VenueQuote:
    """Return the quote of a row: of a CSV, or in a message's list.

    Where there is no time of the match, it has that of sending.
    """
    update_id = row.get("update_id")
    time_ns = row["exchange_ns"] or row.get("sent_ns")
    return VenueQuote(
        row["symbol"],
        number(row["bid_price"]),
        number(row["bid_amount"]),
        number(row["ask_price"]),
        number(row["ask_amount"]),
        int(time_ns) if time_ns else None,
        str(update_id) if update_id else None,
    )


def shown(quote: VenueQuote) -> tuple[object, ...]:
    """Return a quote as it is compared: an id may be a number or a text."""
    update_id = None if quote.update_id is None else str(quote.update_id)
    return (
        *(quote.symbol, quote.bid_price, quote.bid_amount, quote.ask_price, quote.ask_amount),
        *(quote.timestamp_ns, update_id),
    )


def quotes_in(said: Told) -> list[tuple[object, ...]]:
    if isinstance(said, SomeQuotes):
        assert [] == said.bad
        return [shown(quote) for quote in said.quotes]
    return [shown(quote) for quote in said] if isinstance(said, list) else []


def lines_of(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the number and the message of each line that the venue sent."""
    for at, line in enumerate(path.read_text().splitlines(), 1):
        time, _, message = line.partition(" ")
        if time.rstrip(":").replace(".", "").isdecimal():
            yield at, message.encode()


@cache
def expected_of(name: str) -> dict[int, list[tuple[object, ...]]]:
    """Return the quotes of each line of a capture."""
    found: dict[int, list[tuple[object, ...]]] = {}
    with (CAPTURES / f"{name}.expected.csv").open() as file:
        for row in csv.DictReader(file):
            found.setdefault(int(row["line"]), []).append(shown(expected_quote(row)))
    return found


def check_capture(name: str) -> None:
    """Fail unless a capture gives exactly its quotes."""
    read = reader(FILES[name])
    found = {at: quotes_in(read(message)) for at, message in lines_of(CAPTURES / f"{name}.txt")}

    assert expected_of(name) == {at: quotes for at, quotes in found.items() if quotes}


def picked(name: str) -> list[tuple[str, list[Any]]]:
    """Return a few messages of this venue, and the quotes that each gives."""
    rows = [json.loads(line) for line in MESSAGES.read_text().splitlines()]
    return [
        (row["frame"], [shown(expected_quote(quote)) for quote in row["quotes"]])
        for row in rows
        if row["venue"] == name
    ]


def check_picked(name: str) -> None:
    """Fail unless each of the few messages gives exactly its quotes."""
    read, messages = reader(name), picked(name)
    assert messages

    assert [quotes for _, quotes in messages] == [
        quotes_in(read(frame.encode())) for frame, _ in messages
    ]


def _of_capture(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    rows: dict[int, list[dict[str, str]]] = {}
    with (folder / f"{name}.expected.csv").open() as file:
        for row in csv.DictReader(file):
            rows.setdefault(int(row["line"]), []).append(row)
    kinds = {True: FEW, False: FEW}
    for at, message in lines_of(folder / f"{name}.txt"):
        is_quote = at in rows
        if kinds[is_quote] and len(message) < LONGEST * (1 + is_quote):
            kinds[is_quote] -= 1
            yield {
                "venue": FILES[name],
                "frame": message.decode(),
                "quotes": [_slim(row) for row in rows.get(at, [])],
            }


def _slim(row: dict[str, Any]) -> dict[str, Any]:
    sides = ("bid_price", "bid_amount", "ask_price", "ask_amount")
    return {key: row.get(key) for key in ("symbol", *sides, "exchange_ns", "sent_ns", "update_id")}


def _venue_of_single(row: dict[str, Any]) -> str | None:
    if row["venue"] != "BINANCE":
        return SINGLE.get(row["venue"])
    text = json.dumps(row["message"])
    if "_PERP" in text:
        return "binance-coinm"
    return "binance-usdm" if '"T"' in text else "binance"


def write(folder: Path) -> None:
    rows = [row for name in FILES for row in _of_capture(folder, name)]
    for line in (folder / "MESSAGES.jsonl").read_text().splitlines():
        single = json.loads(line)
        # A delta of Bybit is told by its second level there, which level 1 does not have.
        if (venue := _venue_of_single(single)) and "delta" not in line:
            quotes = [_slim(quote) for quote in single["quotes"]]
            if venue == "coinbase-advanced":  # it counts messages of one connection: no id
                quotes = [quote | {"update_id": None} for quote in quotes]
            frame = json.dumps(single["message"])
            rows.append({"venue": venue, "frame": frame, "quotes": quotes})
    MESSAGES.write_text("".join(json.dumps(row) + "\n" for row in rows))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
