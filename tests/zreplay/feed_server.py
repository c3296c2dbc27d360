"""A websocket server under a test's control, and waiting without sleeping."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

from websockets.asyncio.server import Request, Response, Server, ServerConnection, serve

from zreplay.live.capture_reader import CaptureReader
from zreplay.live.capture_records import Captured, RecordKind


class FeedServer:
    """Accepts, and keeps the connections for the test to send on or to close."""

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self.accepted: list[ServerConnection] = []
        self.refuse_with: HTTPStatus | None = None
        self.retry_after = ["3"]
        self.asked = 0
        self.closes_at_once = False

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Server]:
        async with serve(
            self._serve,
            "127.0.0.1",
            self.port,
            process_request=self._process,
            close_timeout=0.1,
        ) as server:
            self.port = server.sockets[0].getsockname()[1]
            yield server

    async def _serve(self, connection: ServerConnection) -> None:
        self.accepted.append(connection)
        if not self.closes_at_once:
            await connection.wait_closed()

    def _process(self, connection: ServerConnection, request: Request) -> Response | None:
        self.asked += 1
        if self.refuse_with is None:
            return None
        response = connection.respond(self.refuse_with, "no")
        for value in self.retry_after:
            response.headers["Retry-After"] = value
        return response


async def until(condition: Callable[[], bool]) -> None:
    """Let everything else run until the condition holds, 5 s at most."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0)


def captured(path: Path) -> list[Captured]:
    """Return the whole capture."""
    reader = CaptureReader(path)
    chunk = reader.read(reader.first_offset, 1 << 24)
    reader.close()
    records = chunk.records if chunk else []
    return [
        Captured(RecordKind(kind), ns, bytes(payload), number)
        for kind, ns, payload, _, number in records
    ]


def kinds(records: list[Captured]) -> list[tuple[RecordKind, str]]:
    """Return what was received and what became of the connections; no gaps, no end of a run."""
    gaps = (RecordKind.LOST, RecordKind.GAP)
    return [
        (record.kind, record.payload.decode())
        for record in records
        if record.kind not in gaps and (record.connection or record.kind == RecordKind.MESSAGE)
    ]
