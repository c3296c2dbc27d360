"""The address with its token comes by POST, or there is a reason why it does not."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.zreplay.live.test_feed_refusals import PEM
from zreplay.live.feed_reasons import reason_of
from zreplay.live.token_address import TokenRefused, is_token_address, websocket_address

GOOD = (
    b'{"code":"200000","data":{"token":"a b&c","instanceServers":'
    b'[{"endpoint":"wss://ws-api.kucoin.com/","pingInterval":18000}]}}'
)


@contextmanager
def answering(
    body: bytes, status: int = 200, context: ssl.SSLContext | None = None
) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # noqa: N802
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/api/v1/bullet-public"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_first_server_and_the_token_are_the_address() -> None:
    with answering(GOOD) as url:
        assert "wss://ws-api.kucoin.com/?token=a+b%26c" == websocket_address(url, has_proxy=False)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"{}",
        b'{"data":{"token":"x","instanceServers":[]}}',
        b'{"data":{"token":"x","instanceServers":[{"endpoint":"file:///etc"}]}}',
    ],
)
def test_an_answer_without_either_is_no_address(body: bytes) -> None:
    with answering(body) as url, pytest.raises(ValueError, match="token|neither"):
        websocket_address(url, has_proxy=False)


def test_a_refusal_has_its_status() -> None:
    with answering(b"", 429) as url, pytest.raises(OSError, match="HTTP 429"):
        websocket_address(url, has_proxy=False)


def test_nobody_there_is_an_error_of_the_system() -> None:
    with pytest.raises(OSError):
        websocket_address("http://127.0.0.1:1/", has_proxy=False)


def test_only_http_is_asked_for_a_token() -> None:
    assert [True, True, False, False] == [
        is_token_address(f"{scheme}://x") for scheme in ("http", "https", "ws", "wss")
    ]


def test_a_refusal_has_its_status_for_whoever_asks_next() -> None:
    with answering(b"", 429) as url, pytest.raises(TokenRefused, match="HTTP 429") as caught:
        websocket_address(url, has_proxy=False)

    assert (429, []) == (caught.value.status, caught.value.retry_after)


def test_where_nobody_listens_that_is_the_reason() -> None:
    with answering(b"") as address:
        pass
    with pytest.raises(ConnectionRefusedError):
        websocket_address(address, has_proxy=False)


def test_a_certificate_that_nobody_vouches_for_is_not_trusted() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    with (
        answering(GOOD, context=context) as address,
        pytest.raises(ssl.SSLCertVerificationError) as raised,
    ):
        websocket_address(address.replace("http://", "https://"), has_proxy=False)
    assert "its certificate is not trusted: self-signed certificate" == reason_of(raised.value)
