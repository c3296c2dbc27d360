"""A websocket server that plays a recording as JSON, as an exchange would: `zreplay feed`.

There is one timeline for all clients. It begins with the first connection and continues whoever
is connected: a client gets what is due from then on, and after a reconnect nothing twice.
Unpaced, it waits while no client is connected. A client that does not read holds up the
timeline, in bounded memory, until a missing pong closes its connection. With `per_client` each
connection gets a playback of its own, from the start.
"""

import asyncio
import os
import time
from bisect import bisect_right
from collections.abc import Awaitable, Callable
from fractions import Fraction
from itertools import accumulate, batched
from pathlib import Path
from signal import SIGINT
from typing import Final

import msgspec
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from protocol.endpoint_check import check_bind_address
from protocol.errors import EXIT_DONE, EXIT_INTERRUPTED, LinkError, SettingsError
from protocol.program.diagnostics import Log
from protocol.program.public_address import warn_if_public
from protocol.program.stop import StopSignal
from zreplay.mock_exchange.feed_tape import FeedTape

WRITE_LIMIT_BYTES: Final = 256 * 1024
GROUP_MESSAGES: Final = 256
CLOSE_SECONDS: Final = 0.5
SHORTEST_LAP_GAP_NS: Final = 1_000_000

Send = Callable[[list[bytes]], Awaitable[None]]

log = Log("feed")


class FeedSettings(msgspec.Struct, frozen=True):
    """Everything `zreplay feed` needs. `speed` None is unpaced, `port` 0 any free one.

    `linger` keeps connections open at the end of the recording. `port_file` is where the
    port is written once clients may connect.
    """

    path: Path
    host: str = "127.0.0.1"
    port: int = 8765
    speed: Fraction | None = Fraction(1)
    loop: bool = False
    per_client: bool = False
    linger: bool = True
    insecure: bool = False
    port_file: Path | None = None
    parent_fd: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise SettingsError(f"--port was {self.port}, expected 0 to 65535", code="Z203")


def run_feed(settings: FeedSettings, stop: StopSignal) -> int:
    """Serve the feed until asked to stop; return the exit code.

    Raises:
        InputError: the recording cannot be read.
        LinkError: the port is in use.
        SettingsError: others could reach the address, and `insecure` is not set.
    """
    asyncio.run(serve_feed(settings, stop))
    return EXIT_INTERRUPTED if stop.signal_number == SIGINT else EXIT_DONE


async def serve_feed(settings: FeedSettings, stop: StopSignal) -> None:
    """Serve the feed until asked to stop, or until the parent is gone."""
    address = f"tcp://{_bracketed(settings.host)}:{settings.port}"
    check_bind_address(address, settings.insecure)
    warn_if_public(address)
    exchange = MockExchange(FeedTape(settings.path), settings)
    server = await _listen(exchange, settings)
    async with server:
        _announce(server, settings)
        timeline = asyncio.create_task(exchange.run())
        ended = asyncio.create_task(_ended(stop, settings.parent_fd))
        try:
            await asyncio.wait((timeline, ended), return_when=asyncio.FIRST_COMPLETED)
            if timeline.done():
                timeline.result()
            await ended
        finally:
            timeline.cancel()
            ended.cancel()


class MockExchange:
    """Plays one tape to the clients of one server."""

    def __init__(self, tape: FeedTape, settings: FeedSettings) -> None:
        self._tape = tape
        self._settings = settings
        self._clients: set[ServerConnection] = set()
        self._has_client = asyncio.Event()

    async def run(self) -> None:
        """Play the common timeline; nothing to do if each client has its own."""
        if self._settings.per_client:
            await asyncio.Event().wait()
        await self._has_client.wait()
        await self._play(self._send_to_all)
        if not self._settings.linger:
            await asyncio.gather(*(client.close() for client in self._clients))

    async def serve_client(self, client: ServerConnection) -> None:
        """Serve a client until it leaves; its messages (a subscription) are ignored."""
        own_play = None
        if self._settings.per_client:
            own_play = asyncio.create_task(self._play_to(client))
        else:
            self._clients.add(client)
            self._has_client.set()
        log.info("client connected", client=_address_of(client))
        try:
            async for _ in client:
                pass
        except ConnectionClosed:
            pass
        finally:
            if own_play is not None:
                own_play.cancel()
            self._forget(client)
            log.info("client left", client=_address_of(client))

    async def _play_to(self, client: ServerConnection) -> None:
        await self._play(lambda messages: self._send(client, messages))
        if not self._settings.linger:
            await client.close()

    async def _play(self, send: Send) -> None:
        """Send the tape, each message when its time has come since now."""
        began_ns = time.monotonic_ns()
        lap_ns = sent = skipped = 0
        while True:
            first_ns = latest_ns = None
            rows = 0
            for portion in self._tape.portions():
                skipped += portion.skipped
                if not portion.messages:
                    continue
                rows += len(portion.messages)
                if first_ns is None or latest_ns is None:
                    first_ns = latest_ns = portion.times_ns[0]
                # A row whose time steps back leaves with the one before it.
                times_ns = list(accumulate(portion.times_ns, max, initial=latest_ns))[1:]
                latest_ns = times_ns[-1]
                await self._play_portion(
                    [lap_ns + time_ns - first_ns for time_ns in times_ns],
                    portion.messages,
                    began_ns,
                    send,
                )
            sent += rows
            if first_ns is None or latest_ns is None or not self._settings.loop:
                break
            span_ns = latest_ns - first_ns
            lap_ns += span_ns + max(SHORTEST_LAP_GAP_NS, span_ns // rows)
        log.info("recording at its end", messages=sent, rows_skipped=skipped)

    async def _play_portion(
        self, due_ns: list[int], messages: list[bytes], began_ns: int, send: Send
    ) -> None:
        """Send messages that are due `due_ns` of recorded time after `began_ns`."""
        start = 0
        while start < len(messages):
            end = len(messages)
            if (speed := self._settings.speed) is not None:
                passed_ns = time.monotonic_ns() - began_ns
                played_ns = passed_ns * speed.numerator // speed.denominator
                end = bisect_right(due_ns, played_ns, start)
                if end == start:
                    wait_ns = (due_ns[start] - played_ns) / speed
                    await asyncio.sleep(float(wait_ns) / 1e9)
                    continue
            await send(messages[start:end])
            start = end
            await asyncio.sleep(0)  # if nothing blocks, no other client would get a turn

    async def _send_to_all(self, messages: list[bytes]) -> None:
        if self._settings.speed is None:
            await self._has_client.wait()
        await asyncio.gather(*(self._send(client, messages) for client in self._clients))

    async def _send(self, client: ServerConnection, messages: list[bytes]) -> None:
        try:
            for group in batched(messages, GROUP_MESSAGES):
                # One context for many messages costs half of what `client.send` costs.
                async with client.send_context():
                    for message in group:
                        client.protocol.send_text(message)
        except ConnectionClosed:
            self._forget(client)

    def _forget(self, client: ServerConnection) -> None:
        self._clients.discard(client)
        if not self._clients:
            self._has_client.clear()


async def _listen(exchange: MockExchange, settings: FeedSettings) -> Server:
    try:
        return await serve(
            exchange.serve_client,
            settings.host,
            settings.port,
            compression=None,
            write_limit=WRITE_LIMIT_BYTES,
            close_timeout=CLOSE_SECONDS,
        )
    except OSError as error:
        raise LinkError(
            f"cannot listen on ws://{_bracketed(settings.host)}:{settings.port}: "
            f"{os.strerror(error.errno) if error.errno else error}",
            fix="stop what listens there, or choose another port: --port PORT",
            code="Z301",
        ) from error


def _announce(server: Server, settings: FeedSettings) -> None:
    port = server.sockets[0].getsockname()[1]
    if settings.port_file is not None:
        try:
            settings.port_file.write_text(f"{port}\n")
        except OSError as error:
            raise SettingsError(
                f"--port-file cannot be written: {error.strerror}",
                fix="check its folder and permissions",
                code="Z203",
            ) from error
    log.info("feed listening", address=f"ws://{_bracketed(settings.host)}:{port}")


async def _ended(stop: StopSignal, parent_fd: int | None) -> None:
    """Return when asked to stop, or when the pipe of the parent is at its end."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()

    def on_parent(fd: int) -> None:
        if not os.read(fd, 1):
            ended.set()

    loop.add_reader(stop.fd, ended.set)
    if parent_fd is not None:
        loop.add_reader(parent_fd, on_parent, parent_fd)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(stop.fd)
        if parent_fd is not None:
            loop.remove_reader(parent_fd)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _address_of(client: ServerConnection) -> str:
    host, port = client.remote_address[:2]
    return f"{_bracketed(host)}:{port}"
