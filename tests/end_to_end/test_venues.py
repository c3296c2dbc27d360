"""Venues played by servers on this machine: every quote that was captured is in the log once."""

import asyncio
import json
import signal
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from websockets.exceptions import ConnectionClosed

from tests.end_to_end.processes import finish, parts, until
from tests.reference import mid_line
from tests.zreplay.feed_server import captured
from tests.zreplay.venue_server import VenueServer, binance, binance_quote, okx, okx_quote
from zreplay.live.capture_records import RecordKind
from zreplay.live.gap import Gap
from zreplay.live.live_source import LiveSource
from zreplay.replayer.gaps_log import GapsLog

PAUSE_SECONDS = 0.002
OKX_CLOSES = '{"event":"notice","code":"64008","msg":"The connection will soon be closed"}'
BINANCE_CLOSES = '{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1770123456789}}'


class Playing:
    """Servers of both venues on a thread, sending one quote after the other to whoever is there."""

    def __init__(self) -> None:
        self.okx, self.binance = VenueServer(okx), VenueServer(binance)
        self.cut, self.closes = threading.Event(), threading.Event()
        self.speaks_unasked = False
        self._loop = asyncio.new_event_loop()
        self._is_ready = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._play(),))
        self._is_over = False
        self._thread.start()
        assert self._is_ready.wait(60)

    def close(self) -> None:
        self._is_over = True
        self._thread.join()
        self._loop.close()

    async def _play(self) -> None:
        async with self.okx.running(), self.binance.running():
            self._is_ready.set()
            number = 0
            while not self._is_over:
                number += 1
                bid = 100 + number / 8
                await self._send(
                    self.okx, okx_quote("BTC-USDT", bid, bid + 1, 1_759_446_600_000 + number)
                )
                await self._send(self.binance, binance_quote("ETHUSDT", bid, bid + 2, number))
                if self.cut.is_set():
                    self.cut.clear()
                    await self.okx.accepted[-1].close()
                if self.closes.is_set():
                    self.closes.clear()
                    await self._send(self.okx, OKX_CLOSES)
                    await self._send(self.binance, BINANCE_CLOSES)
                await asyncio.sleep(PAUSE_SECONDS)

    async def _send(self, server: VenueServer, message: str) -> None:
        if not server.accepted or not (server.asked or self.speaks_unasked):
            return
        for connection in server.accepted[-2:]:  # one that is replaced gets it too
            with suppress(ConnectionClosed):
                await connection.send(message)


@contextmanager
def playing() -> Iterator[Playing]:
    play = Playing()
    try:
        yield play
    finally:
        play.close()


def expected_lines(capture: Path) -> list[bytes]:
    """Return a line of each quote that was captured, in order."""
    source = LiveSource(capture, lambda rejection: None)
    lines = [
        mid_line(int(time_ns), float(bid), float(ask)).encode()
        for piece in iter(source.poll, None)
        for time_ns, bid, ask in zip(
            piece.block.timestamp_ns, piece.block.bid_price, piece.block.ask_price, strict=True
        )
    ]
    source.close()
    return lines


def expected_gaps(capture: Path) -> list[bytes]:
    """Return the lines of the gaps that were captured, in order."""
    gaps = GapsLog(capture.with_name("told_again.log"))

    def on_gap(gap: Gap, offset: int) -> None:
        gaps.append(gap, source.capture_id, offset)

    source = LiveSource(capture, lambda rejection: None, on_gap=on_gap)
    deque(iter(source.poll, None), maxlen=0)
    source.close()
    return gaps.path.read_bytes().splitlines(keepends=True)


def captured_reasons(path: Path) -> list[bytes]:
    """Return why each connection ended."""
    return [r.payload for r in captured(path) if r.kind is RecordKind.DISCONNECTED]


def is_live(status: dict[str, Any]) -> bool:
    """Return whether it runs, and every feed has a symbol that is live."""
    return status["state"] == "RUNNING" and all(feed["symbols"]["live"] for feed in status["feeds"])


def test_quotes_of_two_venues_are_each_once_in_the_log_whatever_is_cut_or_killed(
    tmp_path: Path,
) -> None:
    with playing() as play, parts(tmp_path) as these:
        arguments = (
            *("--live", "okx:BTC-USDT,FOO-USDT", "--live", "binance:ETHUSDT"),
            *("--live-url", f"okx={play.okx.url}"),
        )
        variable = {"ZREPLAY_LIVE_URL_BINANCE": play.binance.url}
        serve = these.serve(*arguments, **variable)
        these.worker()
        these.sink()
        for least in (100, 300, 500):
            until(lambda least=least: these.ask("status")["committed"] > least, "live quotes")
            play.cut.set()
            until(lambda: not play.cut.is_set(), "a cut connection")
            play.closes.set()
            until(lambda: not play.closes.is_set(), "an announced end")
            serve.send_signal(signal.SIGKILL)
            serve.wait(60)
            serve = these.serve(*arguments, **variable)
        status = until(lambda: is_live(found := these.ask("status")) and found, "both venues")
        connections = len(play.okx.accepted), len(play.binance.accepted)
        play.closes.set()
        until(
            lambda: connections < (len(play.okx.accepted), len(play.binance.accepted)),
            "new connections",
        )
        least = these.ask("status")["committed"] + 300
        until(lambda: these.ask("status")["committed"] > least, "more quotes")
        until(lambda: these.ask("status")["gaps"] >= 6, "two gaps of each process")
        these.ask("stop")
        assert 0 == serve.wait(60)

        mids, errors = these.logs()
        lines = mids.splitlines(keepends=True)
        assert expected_lines(these.state / "capture")[: len(lines)] == lines
        assert b"" == errors
        told = (these.state / "gaps.log").read_bytes().splitlines(keepends=True)
        assert expected_gaps(these.state / "capture")[: len(told)] == told
        assert len(told) == len(set(told)) >= 6
        replaced = captured_reasons(these.state / "capture").count(b"replaced")
    assert len(lines) == len(set(lines))
    assert replaced >= 2
    feeds = {feed["venue"]: feed for feed in status["feeds"]}
    assert {"okx", "binance"} == feeds.keys()
    assert "FOO-USDT: 60018" in feeds["okx"]["refused"]
    assert (1, 1) == (feeds["okx"]["symbols"]["live"], feeds["binance"]["symbols"]["live"])
    assert (0, feeds["binance"]["quotes"]) == tuple(feeds[name]["untimed"] for name in feeds)


def test_a_plain_feed_of_other_messages_is_not_running_and_says_what_was_expected(
    tmp_path: Path,
) -> None:
    with playing() as play, parts(tmp_path) as these:
        play.speaks_unasked = True
        these.serve("--live", play.binance.url)
        these.worker()
        these.sink()
        status = until(
            lambda: (found := these.ask("status"))["rejected"] > 10 and found, "rejected messages"
        )

    assert "WAITING" == status["state"]
    assert "messages are not quotes" in status["waits_for"]
    assert 'the first: {"stream": "ethusdt@bookTicker"' in status["waits_for"]
    assert "(timestamp missing); expected {" in status["waits_for"]


def test_a_capture_of_a_venue_replays_as_a_recording(tmp_path: Path) -> None:
    with playing() as play, parts(tmp_path) as these:
        serve = these.serve("--live", "okx:BTC-USDT", "--live-url", play.okx.url)
        these.worker()
        these.sink()
        until(lambda: these.ask("status")["committed"] > 50, "live quotes")
        these.ask("stop")
        assert 0 == serve.wait(60)
        lines = expected_lines(these.state / "capture")
        out = tmp_path / "again"
        again = finish(
            *("zreplay", "run", these.state / "capture", "--out", out, "--speed", "max"),
            *("--json", "--latency-threshold", "1e15"),
        )

    assert len(lines) == json.loads(again.stdout)["mids"]
    assert sorted(lines) == sorted((out / "mid_prices.log").read_bytes().splitlines(keepends=True))


MINE = """
url = "ws://127.0.0.1:1"
symbols = "[A-Z]+-[A-Z]+"
example = "BTC-USDT"
acknowledged = { when = { event = "subscribe" }, symbol = "arg.instId" }
refused = { when = { event = "error" }, reason = "msg" }
[subscribe]
message = '{"op":"subscribe","args":[{symbols}]}'
each = '{"channel":"bbo-tbt","instId":"{symbol}"}'
symbols_a_request = 10
[quote]
when = { "arg.channel" = "bbo-tbt", data = "*" }
rows = "data"
symbol = "$.arg.instId"
bid_price = "bids.0.0"
ask_price = "asks.0.0"
time = "ts"
"""


def test_a_declared_venue_is_a_venue_and_its_capture_replays_without_the_declaration(
    tmp_path: Path,
) -> None:
    declaration = tmp_path / "my.toml"
    declaration.write_text(MINE)
    with playing() as play, parts(tmp_path) as these:
        arguments = ("--live", "my:BTC-USDT,FOO-USDT", "--live-format", declaration)
        arguments += ("--live-url", play.okx.url)
        serve = these.serve(*arguments)
        these.worker()
        these.sink()
        until(lambda: these.ask("status")["committed"] > 50, "live quotes")
        serve.send_signal(signal.SIGKILL)
        serve.wait(60)
        serve = these.serve(*arguments)
        status = until(lambda: is_live(found := these.ask("status")) and found, "the venue")
        these.ask("stop")
        assert 0 == serve.wait(60)
        lines = expected_lines(these.state / "capture")
        mids, _ = these.logs()
        declaration.unlink()
        out = tmp_path / "again"
        again = finish(
            *("zreplay", "run", these.state / "capture", "--out", out, "--speed", "max"),
            *("--json", "--latency-threshold", "1e15"),
        )
    (feed,) = status["feeds"]

    assert ("my", {"live": 1, "refused": 1}) == (
        feed["venue"],
        {state: count for state, count in feed["symbols"].items() if count},
    )
    assert lines[: len(mids.splitlines())] == mids.splitlines(keepends=True)
    assert len(lines) == len(set(lines)) == json.loads(again.stdout)["mids"]


def test_a_wrong_name_or_symbol_is_said_at_once(tmp_path: Path) -> None:
    for live, what in (
        ("binnance:BTCUSDT", "there is no venue 'binnance'"),
        ("okx:BTCUSDT", "is not a symbol of okx"),
    ):
        result = finish("zreplay", "serve", "--live", live, "--state", tmp_path / "state")
        assert (2, True) == (result.returncode, what in result.stderr)
