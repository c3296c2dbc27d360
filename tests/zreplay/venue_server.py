"""A websocket server that plays a venue: it answers what it is asked, the test sends more."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

Answer = Callable[[Any], list[str]]
"""A message, JSON or a text that is none -> what is said to it."""


def okx(request: Any) -> list[str]:
    """Acknowledge each instrument but those of FOO; answer pings."""
    if request == "ping":
        return ["pong"]
    answers = []
    for arg in request["args"]:
        if arg["instId"].startswith("FOO"):
            text = f"Wrong URL or channel:bbo-tbt,instId:{arg['instId']} doesn't exist"
            answers.append(json.dumps({"event": "error", "code": "60018", "msg": text}))
        else:
            answers.append(json.dumps({"event": "subscribe", "arg": arg}))
    return answers


def binance(request: Any) -> list[str]:
    """Acknowledge everything, as it does."""
    return [json.dumps({"result": None, "id": request["id"]})]


def okx_quote(symbol: str, bid: float, ask: float, ts: int = 1_759_446_600_000) -> str:
    arg = {"channel": "bbo-tbt", "instId": symbol}
    row = {"asks": [[str(ask), "1", "0", "1"]], "bids": [[str(bid), "2", "0", "1"]], "ts": str(ts)}
    return json.dumps({"arg": arg, "data": [row]})


def binance_quote(symbol: str, bid: float, ask: float, update_id: int = 1) -> str:
    data = {"u": update_id, "s": symbol, "b": str(bid), "B": "1", "a": str(ask), "A": "1"}
    return json.dumps({"stream": f"{symbol.lower()}@bookTicker", "data": data})


class VenueServer:
    """Keeps what it was asked, in order, and its connections for the test to send on."""

    def __init__(self, answer: Answer, port: int = 0) -> None:
        self.port = port
        self.asked: list[Any] = []
        self.kinds: set[type] = set()
        self.accepted: list[ServerConnection] = []
        self.closes_next = 0
        """How many of the next connections are closed at once."""
        self._answer = answer

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Server]:
        async with serve(self._serve, "127.0.0.1", self.port, close_timeout=0.1) as server:
            self.port = server.sockets[0].getsockname()[1]
            yield server

    async def send(self, *messages: str) -> None:
        """Send on the newest connection."""
        for message in messages:
            await self.accepted[-1].send(message)

    async def _serve(self, connection: ServerConnection) -> None:
        self.accepted.append(connection)
        if self.closes_next:
            self.closes_next -= 1
            return
        try:
            async for message in connection:
                self.kinds.add(type(message))
                request = message if message == "ping" else json.loads(message)
                self.asked.append(request)
                for answer in self._answer(request):
                    await connection.send(answer)
        except (ConnectionClosed, asyncio.CancelledError):
            pass
