"""A server that sends Binance's bookTicker, as fast as asked or as fast as it is read: a program.

    python -m scripts.bench_parts.binance_feed PORT_FILE RATE COUNT

Its frames are made before the first one is sent, so that sending costs next to nothing. Message k
is due k / RATE after the first one; RATE 0 is unpaced. Beside the port file it writes when the
first message left, Unix ns, and how many it had sent when the last one did.
"""

import asyncio
import contextlib
import json
import struct
import sys
import time
from pathlib import Path

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

SYMBOLS = tuple(f"S{number:02}USDT" for number in range(100))
PAUSE_SECONDS = 0.001
MOST_AT_ONCE = 512
WRITE_LIMIT_BYTES = 1024 * 1024
TEXT = 0x81
FIRST_ID = 400_900_217


def frame(number: int) -> bytes:
    """Return the frame of message `number`, as long as Binance's are."""
    symbol, bid = SYMBOLS[number * 7 % len(SYMBOLS)], 25 + number % 9973 / 10_000
    data = {
        "u": FIRST_ID + number,
        "s": symbol,
        "b": f"{bid:.8f}",
        "B": f"{number % 100 + 0.21:.8f}",
        "a": f"{bid + 0.0144:.8f}",
        "A": f"{number % 89 + 0.66:.8f}",
    }
    message = {"stream": f"{symbol.lower()}@bookTicker", "data": data}
    text = json.dumps(message, separators=(",", ":")).encode()
    return struct.pack(">BBH", TEXT, 126, len(text)) + text


class BinanceFeed:
    """Plays its frames once, to the first who subscribes."""

    def __init__(self, port_file: Path, rate: int, count: int) -> None:
        self._port_file = port_file
        self._rate = rate
        self._frames = [frame(number) for number in range(count)]
        self._is_begun = False

    async def run(self) -> None:
        async with serve(
            self._serve, "127.0.0.1", 0, compression=None, write_limit=WRITE_LIMIT_BYTES
        ) as server:
            self._port_file.write_text(str(server.sockets[0].getsockname()[1]))
            await asyncio.Event().wait()

    async def _serve(self, connection: ServerConnection) -> None:
        playing: asyncio.Task[None] | None = None
        with contextlib.suppress(ConnectionClosed):
            async for message in connection:
                request = json.loads(message)
                await connection.send(json.dumps({"result": None, "id": request["id"]}))
                if not self._is_begun:
                    self._is_begun = True
                    playing = asyncio.create_task(self._play(connection))
        if playing is not None:
            playing.cancel()

    async def _play(self, connection: ServerConnection) -> None:
        began_ns, sent = time.monotonic_ns(), 0
        self._port_file.with_suffix(".began").write_text(str(time.time_ns()))
        while sent < len(self._frames):
            end = sent + MOST_AT_ONCE
            if self._rate:
                due = (time.monotonic_ns() - began_ns) * self._rate // 10**9
                if due <= sent:
                    await asyncio.sleep(PAUSE_SECONDS)
                    continue
                end = min(end, due)
            connection.transport.write(b"".join(self._frames[sent:end]))
            sent = min(end, len(self._frames))
            await connection.drain()
        self._port_file.with_suffix(".sent").write_text(f"{sent} {time.time_ns()}")


if __name__ == "__main__":
    asyncio.run(BinanceFeed(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])).run())
