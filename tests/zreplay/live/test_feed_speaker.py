"""A connection to a venue is spoken to, and what came of it is in the capture and in the status."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from msgspec.structs import replace

from tests.zreplay.feed_server import captured, until
from tests.zreplay.venue_server import VenueServer, binance, okx, okx_quote
from zreplay.live import feed_connection, feed_speaker
from zreplay.live.back_off import BackOff
from zreplay.live.capture import CaptureWriter
from zreplay.live.capture_records import Captured, RecordKind, reader_of
from zreplay.live.feed_address import FeedAddress
from zreplay.live.feed_speaker import FeedSpeaker
from zreplay.live.feed_talk import FeedTalk
from zreplay.live.gap import Gap
from zreplay.live.known_venues import venue_of
from zreplay.live.live_feed import LiveFeed
from zreplay.live.live_source import LiveSource
from zreplay.live.reading_clock import ReadingClock
from zreplay.live.venue import Ping

if TYPE_CHECKING:
    from zreplay.live.feed_socket import FeedSocket

OKX = venue_of("okx")


class NoWait(BackOff):
    def next_wait_ns(self, chance: float, told_ns: int = 0) -> int:
        super().next_wait_ns(chance, told_ns)
        return 0


@pytest.fixture(autouse=True)
def no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_connection, "BackOff", NoWait)


@asynccontextmanager
async def running(
    path: Path,
    server: VenueServer,
    venue: Any = OKX,
    symbols: tuple[str, ...] = ("BTC-USDT",),
    silent_after_ns: int = 0,
    quota_bytes: int = 1 << 30,
) -> AsyncIterator[LiveFeed]:
    async with server.running():
        writer = CaptureWriter(path, quota_bytes)
        address = FeedAddress(server.url, venue, symbols)
        feed = LiveFeed([address], writer, lambda: None, silent_after_ns)
        feed.connect()
        try:
            yield feed
        finally:
            await asyncio.to_thread(feed.close)
            writer.close()


def symbols_of(feed: LiveFeed) -> dict[str, int]:
    symbols = feed.snapshot()[0].symbols
    assert symbols is not None
    return {state: count for state, count in symbols.items() if count}


async def test_symbols_are_asked_for_in_text_and_a_refused_one_is_named_while_others_live(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, server = tmp_path / "capture.log", VenueServer(okx)
    with caplog.at_level(logging.WARNING):
        async with running(path, server, symbols=("BTC-USDT", "FOO-USDT")) as feed:
            await until(lambda: symbols_of(feed) == {"acknowledged": 1, "refused": 1})
            await server.send(okx_quote("BTC-USDT", 1, 2))
            await until(lambda: symbols_of(feed) == {"live": 1, "refused": 1})
            status = feed.snapshot()[0]

    assert {str} == server.kinds
    assert ("okx", 1, True) == (status.venue, status.quotes, "FOO-USDT: 60018" in status.refused)
    assert ["FOO-USDT"] == [
        record.fields["symbols"]  # type: ignore[attr-defined]
        for record in caplog.records
        if record.getMessage() == "subscription refused"
    ]


async def test_the_capture_has_the_reader_the_messages_and_what_became_of_the_subscriptions(
    tmp_path: Path,
) -> None:
    path, server = tmp_path / "capture.log", VenueServer(okx)
    async with running(path, server) as feed:
        await until(lambda: symbols_of(feed) == {"acknowledged": 1})
        await server.send('{"event":"notice","code":"1","msg":"soon"}')
        await until(lambda: feed.snapshot()[0].messages == 2)
    records = captured(path)

    changes = [json.loads(r.payload) for r in records if r.kind is RecordKind.SUBSCRIPTION]
    assert ["asked", "acknowledged"] == [change["state"] for change in changes]
    assert [["BTC-USDT"]] * 2 == [change["symbols"] for change in changes]
    assert {"okx"} == {reader_of(r.payload) for r in records if r.kind is RecordKind.READER}
    assert [b"1 soon"] == [r.payload for r in records if r.kind is RecordKind.NOTICE]
    assert {1} == {r.connection for r in records[:-1]}


async def test_a_new_connection_asks_again_and_has_a_new_number(tmp_path: Path) -> None:
    path, server = tmp_path / "capture.log", VenueServer(okx)
    async with running(path, server) as feed:
        for count in (1, 2, 3):
            await until(lambda count=count: len(server.asked) == count)
            await until(lambda: symbols_of(feed) == {"acknowledged": 1})
            await server.accepted[-1].close()
        await until(lambda: len(server.asked) == 4)
    numbers = [r.connection for r in captured(path) if r.kind is RecordKind.CONNECTED]

    assert [1, 2, 3] == numbers[:3]


async def test_a_ping_that_is_not_answered_makes_the_connection_anew(tmp_path: Path) -> None:
    venue = replace(OKX, ping=Ping(b"ping", 1_000_000, 1_000_000))
    server = VenueServer(lambda request: [] if request == "ping" else okx(request))
    path = tmp_path / "capture.log"
    async with running(path, server, venue):
        await until(lambda: len(server.accepted) > 2)
    reasons = [r.payload.decode() for r in captured(path) if r.kind is RecordKind.DISCONNECTED]

    assert {"okx did not answer a ping in 0.001 s"} >= {*reasons[:-2]}
    assert len(reasons) > 2


async def test_a_thousand_symbols_are_asked_for_in_few_requests(tmp_path: Path) -> None:
    limits = replace(venue_of("binance").limits, request_every_ns=1)
    venue, server = replace(venue_of("binance"), limits=limits), VenueServer(binance)
    symbols = tuple(f"S{number}" for number in range(1000))
    async with running(tmp_path / "capture.log", server, venue, symbols) as feed:
        await until(lambda: symbols_of(feed) == {"acknowledged": 1000})

    assert 10 == len(server.asked)
    assert {f"{name.lower()}@bookTicker" for name in symbols} == {
        name for request in server.asked for name in request["params"]
    }


async def test_more_symbols_than_a_connection_may_have_get_another_one(tmp_path: Path) -> None:
    limits = replace(OKX.limits, symbols_a_connection=2)
    venue, server = replace(OKX, limits=limits), VenueServer(okx)
    async with running(tmp_path / "c", server, venue, ("A-B", "C-D", "E-F")) as feed:
        await until(lambda: len(server.asked) == 2)
        counts = [sum(status.symbols.values()) for status in feed.snapshot() if status.symbols]

    assert [2, 1] == counts


async def test_what_is_not_a_quote_is_counted_with_an_example_and_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = VenueServer(okx)
    with caplog.at_level(logging.WARNING):
        async with running(tmp_path / "capture.log", server) as feed:
            await until(lambda: symbols_of(feed) == {"acknowledged": 1})
            await server.send(*['{"event":"strange"}'] * 300)
            # They are counted as messages before they are read.
            await until(lambda: feed.snapshot()[0].lack.startswith("300 of 300 "))
            lack = feed.snapshot()[0].lack

    assert lack.startswith("300 of 300 messages of okx are not quotes; the first: {")
    said = [r for r in caplog.records if r.getMessage() == "feed message is not a quote"]
    assert 1 == len(said)


CLOSING = '{"event":"notice","code":"64008","msg":"The connection will soon be closed"}'


async def test_a_connection_that_is_announced_to_end_is_replaced_before_it_does(
    tmp_path: Path,
) -> None:
    path, server = tmp_path / "capture.log", VenueServer(okx)
    async with running(path, server) as feed:
        await until(lambda: symbols_of(feed) == {"acknowledged": 1})
        await server.send(okx_quote("BTC-USDT", 1, 2), CLOSING)
        await until(lambda: len(server.asked) == 2)
        old, new = server.accepted
        for number in range(2, 20):
            for each in (old, new) if number % 2 else (new, old):
                await each.send(okx_quote("BTC-USDT", number, 90))
        await old.wait_closed()
        await new.send(okx_quote("BTC-USDT", 20, 90))
        await until(lambda: feed.snapshot()[0].messages > 20 and symbols_of(feed) == {"live": 1})
        status = feed.snapshot()[0]
    source = LiveSource(path, lambda rejection: None)
    pieces = list(iter(source.poll, None))
    source.close()

    assert (0, "connected") == (status.reconnects, status.state)
    assert [None] * len(pieces) == [piece.starts_segment for piece in pieces]
    assert list(range(1, 21)) == [bid for p in pieces for bid in p.block.bid_price.tolist()]
    reasons = [r.payload for r in captured(path) if r.kind is RecordKind.DISCONNECTED]
    assert b"replaced" == reasons[0]


async def test_a_feed_that_ends_while_a_connection_is_replaced_ends_both(tmp_path: Path) -> None:
    path, server = tmp_path / "capture.log", VenueServer(okx)
    async with running(path, server) as feed:
        await until(lambda: symbols_of(feed) == {"acknowledged": 1})
        await server.send(CLOSING)
        await until(lambda: feed.snapshot()[0].messages == 2)
    ended = [r.kind for r in captured(path)]

    assert RecordKind.CONNECTED not in ended[ended.index(RecordKind.DISCONNECTED) :]


async def test_a_connection_of_almost_a_day_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_speaker, "LONGEST_AGE_NS", 1)
    server = VenueServer(okx)
    async with running(tmp_path / "capture.log", server):
        await until(lambda: len(server.accepted) > 1)


@pytest.mark.parametrize(("name", "is_replaced"), [("okx", False), ("bybit", True)])
def test_only_where_quotes_need_those_before_them_a_connection_is_replaced_after_an_hour(
    monkeypatch: pytest.MonkeyPatch, name: str, is_replaced: bool
) -> None:
    monkeypatch.setattr(feed_speaker, "LONGEST_STATE_NS", 0)
    venue, nobody = venue_of(name), cast("FeedSocket", SimpleNamespace(reading=ReadingClock()))
    talk = FeedTalk(venue, (venue.example,), 30 * 10**9)
    speaker = FeedSpeaker(talk, nobody, lambda record: None, 1, lambda reason: None, "wss://x")

    assert is_replaced == bool(speaker._end_in_sight())

    nobody.reading.hold_back(0)

    assert "" == speaker._end_in_sight(), "what waits in a connection that is not read is not lost"


async def test_only_where_quotes_need_those_before_them_a_connection_that_brought_much_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_speaker, "LOOK_SECONDS", 0.001)
    for name in ("okx", "bybit"):
        server = VenueServer(lambda request: [])
        venue = replace(venue_of(name), ping=None)
        small = running(tmp_path / name, server, venue, (venue.example,), quota_bytes=1 << 20)
        async with small as feed:
            await until(lambda server=server: len(server.asked) == 1)
            for _ in range(5):
                await server.send(json.dumps({"more": "-" * 60_000}))
            await until(lambda feed=feed: feed.snapshot()[0].messages == 5)
            if name == "bybit":
                await until(lambda server=server: len(server.accepted) == 2)
            else:
                await some_looks()
                assert 1 == len(server.accepted)


async def some_looks() -> None:
    """Let the speaker look several times."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    await until(lambda: loop.time() - began > 0.02)


async def test_a_venue_that_cannot_be_reached_again_keeps_the_old_connection(
    tmp_path: Path,
) -> None:
    server = VenueServer(okx)
    async with running(tmp_path / "capture.log", server) as feed:
        await until(lambda: symbols_of(feed) == {"acknowledged": 1})
        server.closes_next = 3
        await server.send(CLOSING)
        await until(lambda: len(server.accepted) > 4)
        await server.accepted[0].send(okx_quote("BTC-USDT", 1, 2))
        await until(lambda: feed.snapshot()[0].messages > 2)

    assert 0 == server.closes_next


async def test_a_mistake_of_an_adapter_ends_the_feed_with_it(tmp_path: Path) -> None:
    def subscribe(symbols: object, number: int) -> bytes:
        raise ZeroDivisionError

    def has_failed(feed: LiveFeed) -> bool:
        try:
            feed.snapshot()
        except RuntimeError as error:
            return isinstance(error.__cause__, ZeroDivisionError)
        return False

    server = VenueServer(okx)
    async with running(tmp_path / "c", server, replace(OKX, subscribe=subscribe)) as feed:
        await until(lambda: has_failed(feed))


async def test_silence_is_a_gap_when_it_is_seen_and_again_when_it_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_speaker, "LOOK_SECONDS", 0.001)
    path, server = tmp_path / "capture.log", VenueServer(okx)
    symbols = ("BTC-USDT", "ETH-USDT")

    def gaps() -> list[Gap]:
        return [Gap.unpack(r.payload) for r in captured(path) if r.kind is RecordKind.GAP]

    async with running(path, server, symbols=symbols, silent_after_ns=200_000_000) as feed:
        await until(lambda: symbols_of(feed) == {"silent": 2} and bool(gaps()))
        await server.send(okx_quote("BTC-USDT", 1, 2))
        await until(lambda: len(gaps()) == 2)
    both, over, *_ = gaps()

    assert ("okx", None, "silent", ("BTC-USDT@OKX", "ETH-USDT@OKX")) == (
        both.venue,
        both.to_ns,
        both.reason,
        both.tickers,
    )
    assert (both.from_ns, "silent", ("BTC-USDT@OKX",)) == (over.from_ns, over.reason, over.tickers)
    assert over.to_ns is not None and over.to_ns > over.from_ns
    ended = [gap for gap in gaps() if gap.to_ns and "ETH-USDT@OKX" in gap.tickers]
    assert [both.from_ns] == [gap.from_ns for gap in ended]


async def test_a_connection_that_went_stale_is_replaced_before_it_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_speaker, "LOOK_SECONDS", 0.001)
    path, server = tmp_path / "capture.log", VenueServer(okx)
    async with running(path, server, silent_after_ns=10_000_000):
        await until(lambda: len(server.asked) == 1)
        await server.send(okx_quote("BTC-USDT", 1, 2))
        await until(lambda: len(server.asked) == 2)
        await server.send(okx_quote("BTC-USDT", 1, 3))
        await until(lambda: b"replaced" in [r.payload for r in captured(path)])
    kinds = [r.kind for r in captured(path)]

    assert kinds.index(RecordKind.OVERLAP) < kinds.index(RecordKind.DISCONNECTED)
    assert RecordKind.LOST not in kinds[: kinds.index(RecordKind.DISCONNECTED)]


def test_no_symbol_falls_silent_while_nothing_is_read() -> None:
    records: list[Captured] = []
    reading = ReadingClock()
    nobody = cast("FeedSocket", SimpleNamespace(reading=reading))
    talk = FeedTalk(OKX, ("BTC-USDT",), 1)
    speaker = FeedSpeaker(talk, nobody, records.append, 1, lambda reason: None, "wss://x")
    reading.hold_back(time.monotonic_ns())
    list(talk.due(time.monotonic_ns()))
    speaker._look_for_silence()
    assert [] == records

    reading.go_on(time.monotonic_ns())
    reading.hold_back(time.monotonic_ns() + 1)
    speaker._look_for_silence()

    assert [RecordKind.GAP] == [record.kind for record in records]
