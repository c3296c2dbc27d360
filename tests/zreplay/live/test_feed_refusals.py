"""Whatever is wrong with an address is said in one plain line, and it is tried again."""

import asyncio
import ssl
from pathlib import Path

import pytest

from tests.zreplay.feed_server import until
from zreplay.live.feed_connection import RECONNECTING, FeedConnection

PEM = Path(__file__).with_name("untrusted.pem")


class Nothing:
    """Takes what is put, and has room."""

    is_full = False

    async def room(self) -> None: ...

    def put(self, record: object) -> None: ...


async def said_of(url: str) -> str:
    """Return why an address cannot be used."""
    connection = FeedConnection(url, Nothing())  # type: ignore[arg-type]
    task = asyncio.create_task(connection.run())
    connection.want()
    await until(lambda: connection.state == RECONNECTING)
    connection.release("test ended")
    task.cancel()
    await asyncio.wait([task])
    return connection.last_error


@pytest.mark.parametrize(
    ("scheme", "answer", "expected"),
    [
        ("ws", b"", "did not receive a valid HTTP response"),
        ("ws", b"SSH-2.0-x\r\n", "did not receive a valid HTTP response"),
        ("ws", b"HTTP/1.1 404 Not Found\r\n\r\n", "the server answered HTTP 404"),
        ("ws", b"HTTP/1.1 200 OK\r\n\r\nhello", "the server answered HTTP 200"),
        ("wss", b"HTTP/1.1 400 Bad\r\n\r\n", "no TLS can be spoken there: "),
    ],
)
async def test_what_is_no_websocket_is_named(scheme: str, answer: bytes, expected: str) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert (await said_of(f"{scheme}://127.0.0.1:{port}")).startswith(expected)


async def test_a_certificate_that_nobody_vouches_for_is_not_trusted() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context) as server:
        port = server.sockets[0].getsockname()[1]
        said = await said_of(f"wss://127.0.0.1:{port}")

    assert "its certificate is not trusted: self-signed certificate" == said


async def test_where_nobody_listens_is_said() -> None:
    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]

    assert "nobody listens there: connection refused" == await said_of(f"ws://127.0.0.1:{port}")
