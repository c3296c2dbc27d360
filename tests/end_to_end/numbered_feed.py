"""A feed whose quotes are numbered, by their price: what came of them says which did.

Each number is sent once; what nobody reads is not sent.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from zreplay.quotes.timestamp_text import time_text

PIECE_SECONDS = 0.02
QUOTES_A_MESSAGE = 20
TICKERS = 7


class NumberedFeed:
    """Sends numbered quotes at a rate, as long as it is read; each number once."""

    def __init__(self, quotes_a_second: int) -> None:
        self.sent = 0
        self.port = 0
        self.quotes_a_second = quotes_a_second
        self._is_up = threading.Event()
        self._is_over = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run)

    @property
    def address(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def __enter__(self) -> "NumberedFeed":
        self._thread.start()
        self._is_up.wait()
        return self

    def __exit__(self, *raised: object) -> None:
        self._is_over.set()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(self._listen())
        self.port = next(iter(server.sockets)).getsockname()[1]
        self._is_up.set()
        self._loop.run_forever()
        server.close(close_connections=True)
        self._loop.run_until_complete(server.wait_closed())
        self._loop.close()

    async def _listen(self) -> Server:
        return await serve(self._play, "127.0.0.1", 0, compression=None)

    async def _play(self, connection: ServerConnection) -> None:
        """Send what is due, and never more than a second's at once after a stop."""
        last, due = time.monotonic(), 0.0
        with contextlib.suppress(ConnectionClosed):
            while not self._is_over.is_set():
                now = time.monotonic()
                due += min(1.0, now - last) * self.quotes_a_second
                last = now
                while due >= QUOTES_A_MESSAGE:
                    due -= QUOTES_A_MESSAGE
                    first, self.sent = self.sent, self.sent + QUOTES_A_MESSAGE
                    await connection.send(message(first))
                await asyncio.sleep(PIECE_SECONDS)


def message(first: int) -> str:
    """Return the quotes from a number on, with the time of sending."""
    now = time_text(time.time_ns())
    quotes = (
        f'{{"timestamp":"{now}","ticker":"T{number % TICKERS}@X",'
        f'"bid_price":{number},"ask_price":{number}}}'
        for number in range(first, first + QUOTES_A_MESSAGE)
    )
    return f"[{','.join(quotes)}]"


def numbers_in(mids: bytes) -> Iterator[int]:
    """Yield the numbers of the quotes of these lines."""
    return (int(line.rpartition(b", ")[2]) for line in mids.splitlines())
