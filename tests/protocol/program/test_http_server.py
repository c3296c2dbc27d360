"""A small server stays small: whoever asks, however slowly, and leaves at any time."""

import socket
import struct
import threading
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIServer

import pytest

from protocol.program import http_server
from protocol.program.http_server import MOST_ASKERS, said


def alive(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
    return said(start, "200 OK", "alive")


def running(server: WSGIServer) -> WSGIServer:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def ended(server: WSGIServer) -> None:
    server.shutdown()
    server.server_close()


@pytest.fixture
def url() -> Iterator[str]:
    server = running(http_server.http_server(("127.0.0.1", 0), alive))
    yield f"http://127.0.0.1:{server.server_port}"
    ended(server)


def got(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_more_than_a_few_at_a_time_are_not_answered_and_the_next_one_is(url: str) -> None:
    address = ("127.0.0.1", int(url.rpartition(":")[2]))
    silent = [socket.create_connection(address, 10) for _ in range(MOST_ASKERS)]
    with socket.create_connection(address, 10) as one_more:
        assert b"" == one_more.recv(1)
    for asker in silent:
        asker.close()

    assert (200, "alive\n") == until_answered(f"{url}/")


def test_who_asks_a_byte_at_a_time_does_not_hold_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "ASK_SECONDS", 0.0)
    server = running(http_server.http_server(("127.0.0.1", 0), alive))
    with socket.create_connection(("127.0.0.1", server.server_port), 10) as slow:
        slow.sendall(b"GET /metr")
        assert b"" == slow.recv(1)
    ended(server)


def test_who_leaves_in_the_middle_is_not_worth_a_line(
    url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    address = ("127.0.0.1", int(url.rpartition(":")[2]))
    for asked in (b"", b"GET /met", b"GET /metrics HTTP/1.1\r\nHost", b"\xff" * 70_000):
        with socket.create_connection(address, 10) as one:
            one.sendall(asked)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert (200, "alive\n") == until_answered(f"{url}/")
    until_all_are_gone()

    assert "" == capfd.readouterr().err


def test_where_no_thread_can_be_started_the_place_is_free_again(
    url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", start)
        for _ in range(2 * MOST_ASKERS):
            with pytest.raises(OSError):
                got(url)

    assert (200, "alive\n") == got(f"{url}/")
    assert {"a request failed"} == {record.message for record in caplog.records}


def until_all_are_gone() -> None:
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(10)


def until_answered(url: str) -> tuple[int, str]:
    for _ in range(1000):
        try:
            return got(url)
        except OSError:
            continue
    raise AssertionError("nobody answered")


def test_it_only_reads(url: str) -> None:
    def asked(method: str) -> tuple[int, bytes]:
        request = urllib.request.Request(f"{url}/", method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    assert (200, b"") == asked("HEAD")
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert (405, b"GET or HEAD\n") == asked(method)


def test_who_asks_for_the_head_is_told_the_length_of_what_it_would_get(url: str) -> None:
    def length(method: str) -> tuple[str | None, int]:
        request = urllib.request.Request(f"{url}/", method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.headers["Content-Length"], len(answer.read())

    assert ("6", 6) == length("GET")
    assert ("6", 0) == length("HEAD")


def test_a_unix_socket_serves_the_same_and_replaces_that_of_one_that_was_killed(
    tmp_path: Path,
) -> None:
    path = tmp_path / "http"
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(path))
    server = running(http_server.http_server(path, alive))
    with socket.socket(socket.AF_UNIX) as asker:
        asker.connect(str(path))
        asker.sendall(b"GET / HTTP/1.0\r\n\r\n")
        answer = asker.makefile("rb").read()
    ended(server)

    assert (b"HTTP/1.0 200 OK", b"alive\n") == (answer[:15], answer[-6:])
