"""One seeded schedule of a bad network: a venue of 100 topics or two, and parts that are killed.

The server cuts, closes, half-closes, delays, repeats, reorders, sends junk, goes silent, announces
its end, answers with HTTP 429 and 503 and silly words of when to come back, and refuses one topic.
Every second seed is a `zreplay run`, the others are the parts by hand; any of them, and `run`
itself, is killed (live_targets.py).
What was captured decides all else (plain_capture.py): the log, gaps.log, that nothing comes twice
that the server sent once, and that of what it numbered nothing is missing without a gap. By its
seed a schedule has venues (venue_dialects.py), update ids, refusals that do not say whom, and HTTP
429 with silly words.
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
from http import HTTPStatus
from pathlib import Path
from typing import Any

from websockets.asyncio.server import Request, Response, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from tests.end_to_end.live_targets import live_target
from tests.end_to_end.live_verdict import check
from tests.end_to_end.processes import until
from tests.end_to_end.venue_dialects import SETS, Dialect

TOPICS = 100
"""Of all venues together; of each that refuses some it is one."""
PAUSE_SECONDS = 0.003
FAULT_SECONDS = 0.3
SILENT_MS = 500
SOON_SILENT_MS = 150
"""Of a venue that does not announce its end: after four times as long it is stale."""
STALE_SECONDS = 2.0
ACT_SECONDS = 1.2
KILLS = 3
JUNK = ("", "{", "[]", "null", '"pong"', '{"arg":{}}', '{"data":[{}]}', "\x00", "[" * 500)
SILLY = ("-5", "soon", "0", "1e9", "Wed, 21 Oct 2015 07:28:00 GMT", "")
FAULTS = (
    *("cut", "close", "half", "delay", "repeat", "reorder"),
    *("junk", "binary", "silence", "announce", "refuse"),
)


class BadNetwork:
    """Sends quotes with ever later times, each to every connection, and does what `chance` says."""

    def __init__(self, dialect: Dialect, topics: int, seed: int) -> None:
        self.dialect = dialect
        self.symbols = [dialect.symbol(number) for number in range(topics - bool(dialect.refused))]
        self.chance = random.Random(seed)
        self.is_calm = True
        self._has_ids, self._says_whom, self._is_silly = (
            *(seed % 3 == 0, seed % 4 != 0),
            seed % 10 == 9,
        )
        self.sent: Counter[int] = Counter()
        """How often a quote was sent on one connection, by its number."""
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

    @property
    def is_mute(self) -> bool:
        """Whether it closes without a word before: a silence makes us leave it."""
        return not self.dialect.closes

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
                for answer in self.dialect.answers(request, self._says_whom):
                    await connection.send(answer)
                is_ping = request == "ping" or request.get("op") == "ping"
                if not is_ping and connection not in self._connections:
                    self._connections.append(connection)
        except ConnectionClosed:
            pass

    def _quote(self) -> tuple[int, str]:
        self._number += 1
        number, symbol = self._number, self.chance.choice(self.symbols)
        bid = 100 + number / 8
        return number, self.dialect.quote(self.chance, symbol, bid, number, self._has_ids)

    async def _send(self, quotes: list[tuple[int, str]]) -> None:
        self.sent.update(Counter(number for number, _ in quotes))
        for _, text in quotes:
            await self._say(text)

    async def _say(self, text: str | bytes) -> None:
        # One that is replaced gets it too, and goes on if that comes to nothing.
        self._connections = [each for each in self._connections if each.state is State.OPEN]
        for connection in self._connections:
            with contextlib.suppress(ConnectionClosed):
                await connection.send(text)

    async def _fault(self) -> None:
        name = self.chance.choice(FAULTS) if self.faults else "announce"  # two must overlap once
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
        elif name == "announce" and self.is_mute:
            give_up = time.monotonic() + STALE_SECONDS
            while self._connections[-1:] == [newest] and time.monotonic() < give_up:
                await asyncio.sleep(PAUSE_SECONDS)
        elif name == "announce":
            await self._say(self.dialect.closes)
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
def bad_networks(seed: int) -> Iterator[list[BadNetwork]]:
    dialects = SETS[seed % len(SETS)]
    with contextlib.ExitStack() as stack:
        networks = []
        for dialect in dialects:
            networks.append(BadNetwork(dialect, TOPICS // len(dialects), seed))
            stack.callback(networks[-1].close)
        yield networks


def run_schedule(folder: Path, seed: int) -> dict[str, Any]:
    """Run one schedule in an empty folder; return what there was of everything.

    Raises:
        AssertionError: something is missing, comes twice, or is not as the capture has it.
    """
    with bad_networks(seed) as networks:
        arguments = [word for network in networks for word in _asking(network)]
        silent = (f"{each.dialect.venue}={SOON_SILENT_MS}ms" for each in networks if each.is_mute)
        arguments += ["--silent-after", ",".join([f"{SILENT_MS}ms", *silent])]
        with live_target(folder, tuple(arguments), is_run=bool(seed % 2)) as target:
            until(lambda: target.ask("status")["committed"] > 20, "live quotes")
            _calm(networks, is_calm=False)
            chance = random.Random(seed + 1)
            for _ in range(KILLS):
                time.sleep(chance.uniform(0.1, ACT_SECONDS))
                target.strike(chance)
            time.sleep(ACT_SECONDS)
            _calm(networks, is_calm=True)
            status = until(
                lambda: _are_whole(found := target.ask("status"), networks) and found, "all topics"
            )
            least = status["committed"] + 200
            status = until(
                lambda: (found := target.ask("status"))["committed"] > least and found, "more"
            )
            target.stop()
            lines, copies = check(target, networks)
        faults = sum((network.faults for network in networks), Counter[str]())
        return {"lines": lines, "copies": copies, "gaps": status["gaps"], "faults": faults}


def _asking(network: BadNetwork) -> Iterator[str]:
    venue, refused = network.dialect.venue, network.dialect.refused
    yield from ("--live", f"{venue}:{','.join(filter(None, [*network.symbols, refused]))}")
    yield from ("--live-url", f"{venue}=ws://127.0.0.1:{network.port}")


def _calm(networks: list[BadNetwork], *, is_calm: bool) -> None:
    for network in networks:
        network.is_calm = is_calm


def _are_whole(status: dict[str, Any], networks: list[BadNetwork]) -> bool:
    feeds = {feed["venue"]: feed for feed in status["feeds"]}
    return all(_is_whole(feeds[network.dialect.venue], network) for network in networks)


def _is_whole(feed: dict[str, Any], network: BadNetwork) -> bool:
    symbols, refused = feed["symbols"], network.dialect.refused
    is_named = not refused or feed["refused"].startswith(f"{refused}: ")
    return bool(symbols["live"] + symbols["silent"] == len(network.symbols) and is_named)
