"""One seeded schedule of a bad network: a venue of 100 topics, and parts that are killed.

The server cuts, closes, half-closes, delays, repeats, reorders, sends junk, goes silent, announces
its end, answers with HTTP 429 and 503 and silly words of when to come back, and refuses one topic.
Every second seed is a `zreplay run`, the others are the parts by hand; any of them, and `run`
itself, is killed (live_targets.py).
What was captured decides all else (plain_capture.py): the log, gaps.log, that nothing comes twice
that the server sent once, and that of what it numbered nothing is missing without a gap. By its
seed a schedule has update ids, refusals that do not say whom, and HTTP 429 with silly words.
"""

import asyncio
import contextlib
import json
import random
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec
from websockets.asyncio.server import Request, Response, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from tests.end_to_end.live_targets import Target, live_target
from tests.end_to_end.plain_capture import KILLED, gaps_of, holes_in, once, records_of
from tests.end_to_end.processes import until
from tests.reference import mid_line
from tests.zreplay.venue_server import okx, okx_quote
from zreplay.live.gap import SILENT, GapLine, OpenSilences

SYMBOLS = [f"S{number}-USDT" for number in range(99)]
REFUSED = "FOO-USDT"
PAUSE_SECONDS = 0.003
FAULT_SECONDS = 0.3
ACT_SECONDS = 1.2
KILLS = 3
CLOSES = '{"event":"notice","code":"64008","msg":"The connection will soon be closed"}'
JUNK = ("", "{", "[]", "null", '"pong"', '{"arg":{}}', '{"data":[{}]}', "\x00", "[" * 500)
SILLY = ("-5", "soon", "0", "1e9", "Wed, 21 Oct 2015 07:28:00 GMT", "")
FAULTS = (
    *("cut", "close", "half", "delay", "repeat", "reorder"),
    *("junk", "binary", "silence", "announce", "refuse"),
)


class BadNetwork:
    """Sends quotes with ever later times, each to every connection, and does what `chance` says."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.is_calm = True
        self._has_ids, self._says_whom, self._is_silly = (
            *(seed % 3 == 0, seed % 4 != 0),
            seed % 10 == 9,
        )
        self.sent: Counter[int] = Counter()
        """How often a quote was sent on one connection, by its time in ms."""
        self.faults: Counter[str] = Counter()
        self.port = 0
        self._connections: list[ServerConnection] = []
        self._refusals: deque[tuple[HTTPStatus, str]] = deque()
        self._silent_until = 0.0
        self._number = 0
        self._loop = asyncio.new_event_loop()
        self._is_ready, self._is_over = threading.Event(), False
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),))
        self._thread.start()
        self._is_ready.wait(10)

    def close(self) -> None:
        self._is_over = True
        self._thread.join()
        self._loop.close()

    async def _run(self) -> None:
        async with serve(
            self._serve, "127.0.0.1", 0, process_request=self._process, close_timeout=0.1
        ) as server:
            self.port = server.sockets[0].getsockname()[1]
            self._is_ready.set()
            next_fault = 0.0
            while not self._is_over:
                if not self.is_calm and time.monotonic() >= next_fault:
                    next_fault = time.monotonic() + self.chance.uniform(0, 2 * FAULT_SECONDS)
                    await self._fault()
                if time.monotonic() >= self._silent_until:
                    await self._send([self._quote()])
                await asyncio.sleep(PAUSE_SECONDS)

    def _process(self, connection: ServerConnection, request: Request) -> Response | None:
        if not self._refusals:
            return None
        status, told = self._refusals.popleft()
        response = connection.respond(status, "no")
        response.headers["Retry-After"] = told
        return response

    async def _serve(self, connection: ServerConnection) -> None:
        try:
            async for message in connection:
                request = message if message == "ping" else json.loads(message)
                for answer in okx(request):
                    if '"error"' in answer and not self._says_whom:
                        answer = '{"event":"error","code":"60012","msg":"Invalid request"}'
                    await connection.send(answer)
                if request != "ping" and connection not in self._connections:
                    self._connections.append(connection)
        except ConnectionClosed:
            pass

    def _quote(self) -> tuple[int, str]:
        self._number += 1
        time_ms = 1_759_446_600_000 + self._number
        bid = 100 + self._number / 8
        quote = okx_quote(self.chance.choice(SYMBOLS), bid, bid + 1, time_ms)
        if self._has_ids:
            quote = quote.replace('"ts":', f'"seqId": {self._number}, "ts":')
        return time_ms, quote

    async def _send(self, quotes: list[tuple[int, str]]) -> None:
        most = Counter(time_ms for time_ms, _ in quotes)
        for time_ms, count in most.items():
            self.sent[time_ms] += count
        for _, text in quotes:
            await self._say(text)

    async def _say(self, text: str | bytes) -> None:
        # One that is replaced gets it too, and goes on if that comes to nothing.
        self._connections = [each for each in self._connections if each.state is State.OPEN]
        for connection in self._connections:
            with contextlib.suppress(ConnectionClosed):
                await connection.send(text)

    async def _fault(self) -> None:
        name = self.chance.choice(FAULTS)
        self.faults[name] += 1
        newest = self._connections[-1] if self._connections else None
        if name == "repeat":
            await self._send([self._quote()] * 2)
        elif name == "reorder":
            await self._send([self._quote(), self._quote()][::-1])
        elif name == "junk":
            await self._say(self.chance.choice(JUNK))
        elif name == "binary":
            await self._say(self.chance.randbytes(40))
        elif name == "announce":
            await self._say(CLOSES)
        elif name == "delay":
            await asyncio.sleep(self.chance.uniform(0, 0.2))
        elif name == "silence":
            self._silent_until = time.monotonic() + self.chance.uniform(0, 0.5)
        elif name == "refuse" and not self._refusals:
            told = self.chance.choice(SILLY)
            too_many = (HTTPStatus.TOO_MANY_REQUESTS, told if self._is_silly else "1")
            self._refusals.append(
                self.chance.choice([too_many, (HTTPStatus.SERVICE_UNAVAILABLE, told)])
            )
        if newest is None:
            return
        if name in ("cut", "refuse"):
            newest.transport.abort()
        elif name == "close":
            await newest.close()
        elif name == "half" and newest.transport.can_write_eof():
            with contextlib.suppress(OSError):
                newest.transport.write_eof()


@contextmanager
def bad_network(seed: int) -> Iterator[BadNetwork]:
    network = BadNetwork(seed)
    try:
        yield network
    finally:
        network.close()


def run_schedule(folder: Path, seed: int) -> dict[str, Any]:
    """Run one schedule in an empty folder; return what there was of everything.

    Raises:
        AssertionError: something is missing, comes twice, or is not as the capture has it.
    """
    with bad_network(seed) as network:
        arguments = (
            *("--live", f"okx:{','.join([*SYMBOLS, REFUSED])}", "--silent-after", "500ms"),
            *("--live-url", f"ws://127.0.0.1:{network.port}"),
        )
        with live_target(folder, arguments, is_run=bool(seed % 2)) as target:
            until(lambda: target.ask("status")["committed"] > 20, "live quotes")
            network.is_calm = False
            chance = random.Random(seed + 1)
            for _ in range(KILLS):
                time.sleep(chance.uniform(0.1, ACT_SECONDS))
                target.strike(chance)
            time.sleep(ACT_SECONDS)
            network.is_calm = True
            status = until(lambda: _is_whole(found := target.ask("status")) and found, "all topics")
            least = status["committed"] + 200
            status = until(
                lambda: (found := target.ask("status"))["committed"] > least and found, "more"
            )
            target.stop()
            lines = _check(target, network)
        return {"lines": lines, "gaps": status["gaps"], "faults": network.faults}


def _is_whole(status: dict[str, Any]) -> bool:
    (feed,) = status["feeds"]
    symbols = feed["symbols"]
    is_named = feed["refused"].startswith(f"{REFUSED}: ")
    return bool(symbols["live"] + symbols["silent"] == len(SYMBOLS) and is_named)


def _check(target: Target, network: BadNetwork) -> int:
    """Hold what was written against the capture and against what was sent; return the lines."""
    records = records_of(target.state / "capture")
    quotes, gaps = once(records), gaps_of(records)
    expected = [
        mid_line(quote.time_ms * 1_000_000, quote.bid, quote.ask).encode() for quote in quotes
    ]
    mids, errors = target.logs()
    lines = mids.splitlines(keepends=True)
    assert errors == b""
    assert expected[: len(lines)] == lines, "the log is not what was captured"
    brought = Counter(quote.time_ms for quote in quotes)
    more = {time_ms: n for time_ms, n in brought.items() if n > network.sent[time_ms]}
    assert not more, f"more often than sent: {more}"
    assert not (holes := holes_in(quotes, gaps)), f"missing without a gap: {holes}"

    told = (target.state / "gaps.log").read_bytes().splitlines(keepends=True)
    assert len(told) == len(set(told))
    whole = [
        (line.from_, line.to, line.reason)
        for line in map(msgspec.json.Decoder(GapLine).decode, told)
        if line.reason != SILENT
    ]
    expected_gaps = [(_text(gap.from_ns), _text(gap.to_ns), gap.reason) for gap in gaps]
    assert expected_gaps[: len(whole)] == whole, "gaps.log is not what was captured"
    assert len(gaps) - len(whole) <= 1, "not all gaps are in gaps.log"
    assert sum(gap.reason == KILLED for gap in gaps) <= target.replayers_killed
    _check_silences(told)
    return len(lines)


def _text(instant_ns: int) -> str:
    moment = datetime.fromtimestamp(instant_ns // 1_000_000_000, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{instant_ns // 1_000_000 % 1000:03d}"


def _check_silences(told: list[bytes]) -> None:
    """Fail unless what was silent before a gap of the whole feed is told to be over."""
    open_ones = OpenSilences()
    for line in map(msgspec.json.Decoder(GapLine).decode, told):
        open_ones.take(line)
        assert not open_ones.ended_by(line), f"still silent: {line}"
