"""A capture of another program is read as its venue's adapter reads it, from any place."""

import gzip
import json
from pathlib import Path
from random import Random

import pytest
from backports import zstd

from protocol.errors import InputError, SettingsError
from tests.zreplay.recordings.csv.csv_lines import quotes_of
from tests.zreplay.venue_messages import CAPTURES, FILES, expected_of, real_captures
from zreplay.historical.historical_source import HistoricalSource
from zreplay.quotes.rejection import Rejection
from zreplay.recordings import compressed_bytes, raw_capture_file
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.raw_capture_file import RawCaptureFile
from zreplay.recordings.recording import Recording
from zreplay.recordings.recording_kind import open_recording

TIME_NS = 1_733_011_200_000_000_000
Quotes = list[tuple[object, ...]]


def line(number: int, message: object) -> str:
    return f"{TIME_NS + number * 10**6} {json.dumps(message)}\n"


def spot(number: int) -> str:
    data = {
        "u": number,
        "s": f"C{number % 3}",
        "b": "1.5",
        "B": "2",
        "a": f"{2 + number}",
        "A": "4",
    }
    return line(number, {"stream": "s", "data": data})


def book(number: int, kind: str, levels: dict[str, list[list[str]]]) -> str:
    time_ms = TIME_NS // 10**6 + number
    data = {"s": "X", "u": number, "seq": number, **levels}
    topic = {"topic": "orderbook.1.X", "type": kind, "ts": time_ms, "cts": time_ms - 3}
    return line(number, {**topic, "data": data})


def books() -> str:
    """Return a snapshot and changes of one side each: what the other was, only they say."""
    dice = Random(3)
    text = book(0, "snapshot", {"b": [["100", "1"]], "a": [["101", "1"]]})
    bid, ask = "100", "101"
    for number in range(1, 200):
        side, price = dice.choice((("b", f"{dice.randrange(90, 100)}"), ("a", f"{101 + number}")))
        gone = bid if side == "b" else ask
        levels = [[price, "2"]] if price == gone else [[gone, "0"], [price, "2"]]
        bid, ask = (price, ask) if side == "b" else (bid, price)
        text += book(number, "delta", {"b": [], "a": [], side: levels})
    return text


def quotes(file: Recording, block_bytes: int = 1 << 20) -> tuple[Quotes, list[Rejection]]:
    found, rejections = [], []
    while (unparsed := file.cut(block_bytes)) is not None:
        parsed = unparsed()
        found += quotes_of(parsed.source.block)
        rejections += parsed.rejections
    return found, rejections


@pytest.mark.parametrize("ending", ["txt", "gz", "zst"])
@pytest.mark.parametrize("venue", ["binance", "bybit"])
def test_from_each_place_that_it_gave_the_rest_is_the_same(
    tmp_path: Path, venue: str, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compressed_bytes, "SKIPPED_AT_ONCE_BYTES", 1_000)
    path, options = tmp_path / f"a.{ending}", FormatOptions(venue=venue)
    text = (books() if venue == "bybit" else "".join(map(spot, range(200)))).encode()
    packed = {"txt": bytes, "gz": gzip.compress, "zst": zstd.compress}[ending](text)
    path.write_bytes(packed)
    whole, rejections = quotes(open_recording(path, 0, options))
    file = open_recording(path, 0, options)
    places = [file.place]
    while file.cut(900) is not None:
        places.append(file.place)

    assert isinstance(file, RawCaptureFile)
    assert (200, []) == (len(whole), rejections)
    assert len(places) > 20
    for number, place in enumerate(places[::9]):
        file.seek(place)
        rest, _ = quotes(file, 700)
        assert whole[len(whole) - len(rest) :] == rest, number
        assert len(rest) == sum(int(str(quote[0])) >= place.offset for quote in whole)


def test_what_is_no_message_is_rejected_with_its_line_and_the_rest_is_there(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(
        f"{spot(0)}\nrubbish\n{TIME_NS} {{torn\n{spot(1)}"
        f"{line(2, {'s': 'C', 'u': 2, 'b': 'x', 'a': '1'})}{line(3, {'e': 'trade'})}"
        f"{spot(4).strip()}"
    )
    file = open_recording(path, 0)
    found, rejections = quotes(file, 60)

    assert 3 == len(found)
    shown = [(each.line, each.column, each.value[:10], each.reason) for each in rejections]
    assert [
        (3, "", "rubbish", "neither a time and a message nor a note of it"),
        (4, "", "{torn", "not JSON"),
        (6, "b", "x", "not a number"),
    ] == shown
    assert {str(path)} == {each.file for each in rejections}


def test_the_latency_is_measured_unless_none_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(books())
    arrivals = {
        latency: {
            (int(str(quote[1])) - TIME_NS) // 10**6 - number
            for number, quote in enumerate(
                quotes(open_recording(path, 0, FormatOptions(venue="bybit", latency=latency)))[0]
            )
        }
        for latency in ("recorded", "none")
    }

    assert {"recorded": {0}, "none": {-3}} == arrivals


def test_it_is_replayed_from_any_cursor_on(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(books())

    def prices(cursor: bytes = b"") -> tuple[list[str], list[bytes]]:
        source = HistoricalSource(
            [path],
            horizon_ns=10**10,
            late="stop",
            max_rows=1_000,
            reject=lambda _: None,
            columns=FormatOptions(venue="bybit"),
            cursor=cursor,
        )
        pieces = list(iter(source.read, None))
        source.close()
        cursors = [p.cursor_after(row + 1) for p in pieces for row in range(len(p.block))]
        rows = [
            f"{bid} {ask}"
            for p in pieces
            for bid, ask in zip(p.block.bid_price.tolist(), p.block.ask_price.tolist(), strict=True)
        ]
        return rows, cursors

    whole, cursors = prices()

    assert 200 == len(whole)
    for number in range(0, 200, 23):
        assert whole[number + 1 :] == prices(cursors[number])[0]


def test_a_line_without_an_end_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_text(spot(0) + f"{TIME_NS} {{" + " " * 5_000)
    file = open_recording(path, 0)
    monkeypatch.setattr(raw_capture_file, "MOST_LINE_BYTES", 1_000)

    assert file.cut(300) is not None
    with pytest.raises(InputError, match="longer than 1,000 bytes"):
        file.cut(300)


def test_nothing_but_the_venue_is_said_of_it_and_that_of_nothing_else(tmp_path: Path) -> None:
    raw, other = tmp_path / "a.txt", tmp_path / "a.csv"
    raw.write_text(spot(0))
    other.write_text("timestamp,latency,ticker,ask_price,bid_price\n2025-10-02 00:00:00,1,A,2,1\n")

    with pytest.raises(SettingsError, match="is a capture of another program"):
        open_recording(raw, 0, FormatOptions(ticker="A"))
    with pytest.raises(SettingsError, match="is no capture of another program"):
        open_recording(other, 0, FormatOptions(venue="okx"))


@real_captures
def test_real_captures_give_exactly_their_quotes() -> None:
    for name, venue in FILES.items():
        path = CAPTURES / f"{name}.txt"
        said = FormatOptions(venue=venue if name == "KUCOIN" else "")
        found, rejections = quotes(open_recording(path, 0, said), 50_000)
        expected = [quote for _, quotes in sorted(expected_of(name).items()) for quote in quotes]
        assert [] == rejections
        assert len(expected) == len(found), name
        for (symbol, bid, bid_amount, ask, ask_amount, time_ns, _), quote in zip(
            expected, found, strict=True
        ):
            _, arrival_ns, _, timestamp_ns, _, found_ask_amount, *rest, ticker = quote
            prices = [value or None for value in (ask, bid)]
            assert str(ticker).partition("@")[0] == symbol
            assert timestamp_ns == (time_ns or arrival_ns)
            shown = [None if value == "nan" else value for value in (found_ask_amount, *rest)]
            assert [ask_amount, *prices, bid_amount] == shown, name
