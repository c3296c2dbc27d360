"""A small HTTP server in threads, on a port or a unix socket: bounded, and nobody holds it.

It answers GET and HEAD only. Whoever takes too long is cut off; more than a few at a time are
not answered.
"""

import contextlib
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from socketserver import TCPServer, ThreadingMixIn
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from protocol.program.diagnostics import Log, RateLimit

MOST_ASKERS: Final = 16
ASK_SECONDS: Final = 10.0
"""From the connection to the end of the answer; who takes longer is cut off."""
READS: Final = ("GET", "HEAD")

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

log = Log("metrics")


def http_server(where: tuple[str, int] | Path, application: Application) -> WSGIServer:
    """Return a server that listens; its caller serves.

    Raises:
        OSError: the address cannot be bound.
    """

    def reads(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in READS:
            return said(start, "405 Method Not Allowed", "GET or HEAD", Allow=", ".join(READS))
        if environ["REQUEST_METHOD"] == "GET":
            return application(environ, start)
        return _head(application, environ, start)

    if isinstance(where, Path):
        where.unlink(missing_ok=True)  # of one that was killed
        return make_server(str(where), 0, reads, _UnixServer, _QuietHandler)
    return make_server(*where, reads, _Server, _QuietHandler)


def said(start: Any, status: str, text: str, **headers: str) -> Iterable[bytes]:
    """Answer with a line of text."""
    start(status, [("Content-Type", "text/plain; charset=utf-8"), *headers.items()])
    return [f"{text}\n".encode()]


def _head(application: Application, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
    """Answer as to GET, the length too, without what is that long."""
    started: list[tuple[str, list[tuple[str, str]]]] = []
    body = application(
        {**environ, "REQUEST_METHOD": "GET"},
        lambda status, headers, *_: started.append((status, headers)),
    )
    length = str(sum(map(len, body)))
    status, headers = started[-1]
    others = [(name, value) for name, value in headers if name.lower() != "content-length"]
    start(status, [*others, ("Content-Length", length)])
    return []


class _Server(ThreadingMixIn, WSGIServer):
    """A thread for each request."""

    daemon_threads = True

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._slots = threading.BoundedSemaphore(MOST_ASKERS)
        self._deadlines: dict[socket.socket, float] = {}
        self._limit = RateLimit()
        super().__init__(*arguments, **options)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        return self._slots.acquire(blocking=False)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._deadlines[request] = time.monotonic() + ASK_SECONDS
        try:
            super().process_request(request, client_address)
        except BaseException:  # no thread can be started
            self._is_over(request)
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._is_over(request)

    def service_actions(self) -> None:
        """Cut off who takes too long: a byte now and then would hold a slot for ever."""
        now = time.monotonic()
        for request, deadline in list(self._deadlines.items()):
            if now > deadline:
                with contextlib.suppress(OSError):
                    request.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say what went wrong here; that somebody left or was cut off is not worth a line."""
        error = sys.exception()
        if isinstance(error, OSError):
            return
        if (held_back := self._limit.held_back(time.monotonic_ns())) is not None:
            log.warning("a request failed", error=repr(error), held_back=held_back)

    def _is_over(self, request: Any) -> None:
        del self._deadlines[request]
        self._slots.release()


class _UnixServer(_Server):
    """The same on a socket of this machine, in a folder that only its owner may enter."""

    address_family = socket.AF_UNIX

    def server_bind(self) -> None:
        self.server_address = self.server_address[0]  # type: ignore[assignment]
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", 0
        self.setup_environ()

    def get_request(self) -> tuple[socket.socket, Any]:
        request, _ = super().get_request()
        return request, ("", 0)


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """A scrape is not worth a log line."""
