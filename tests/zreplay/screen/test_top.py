"""`zreplay top` finds a replayer or soon says that there is none, and restores the terminal."""

import codecs
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
import zmq

from protocol.errors import EXIT_INTERRUPTED, LinkError, ProtocolError, SettingsError
from protocol.program.stop import StopSignal
from protocol.sockets import Context, Socket
from tests.zreplay.answers import make_status
from zreplay.screen.top import top

PATIENCE_SECONDS = 20.0
HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
ENTER_SCREEN, LEAVE_SCREEN = "\x1b[?1049h", "\x1b[?1049l"


class ControlServer:
    """Answers on a control socket from a thread, as a replayer does."""

    def __init__(self, context: Context, answer: dict[str, Any]) -> None:
        self._socket: Socket = context.socket(zmq.REP)
        self._socket.bind("tcp://127.0.0.1:*")
        self.endpoint = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)
        self._answer = msgspec.json.encode(answer)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while not self._is_over.is_set():
            if self._socket.poll(20):
                self._socket.recv()
                self._socket.send(self._answer)

    def close(self) -> None:
        self._is_over.set()
        self._thread.join()
        self._socket.close(linger=0)


Serve = Callable[[dict[str, Any]], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Give a way to start a control server; returns its endpoint."""
    context: Context = zmq.Context()
    servers: list[ControlServer] = []

    def serve(answer: dict[str, Any]) -> str:
        servers.append(ControlServer(context, answer))
        return servers[-1].endpoint

    yield serve
    for server in servers:
        server.close()
    context.term()


def test_once_prints_one_picture_and_ends(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    assert top(serve(make_status()), StopSignal(), once=True) == 0

    assert "RUNNING" in capsys.readouterr().out


@pytest.mark.parametrize("answer", [{"ok": False, "error": "x"}, make_status(schema=2)])
def test_an_answer_that_cannot_be_shown_is_a_protocol_error(
    serve: Serve, answer: dict[str, Any]
) -> None:
    with pytest.raises(ProtocolError, match="status schema") as caught:
        top(serve(answer), StopSignal(), once=True)
    assert caught.value.exit_code == 5


def test_an_answer_that_is_no_status_is_a_protocol_error(serve: Serve) -> None:
    with pytest.raises(ProtocolError, match="not answer with a status: state is missing") as caught:
        top(serve({"ok": True, "schema": 1}), StopSignal(), once=True)
    assert 5 == caught.value.exit_code


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(SettingsError, match="neither tcp:// nor ipc://"):
        top("localhost:5556", StopSignal())


@pytest.mark.slow
def test_nobody_answering_at_the_start_is_a_link_error_within_two_seconds() -> None:
    with zmq.Context() as context, context.socket(zmq.REP) as silent:
        silent.bind("tcp://127.0.0.1:*")
        endpoint = silent.getsockopt_string(zmq.LAST_ENDPOINT)
        start = time.monotonic()

        with pytest.raises(LinkError, match=f"no replayer answers on {endpoint}") as caught:
            top(endpoint, StopSignal())

        assert time.monotonic() - start < 2.0
        assert caught.value.exit_code == 3


@dataclass
class Terminal:
    """`zreplay top` as its operator has it: in a terminal of its own."""

    process: subprocess.Popen[bytes]
    fd: int
    modes: list[Any]
    text: str = ""
    # A read may end within a character.
    decoder: codecs.IncrementalDecoder = field(
        default_factory=codecs.getincrementaldecoder("utf-8")
    )

    def read_until(self, words: str) -> None:
        give_up = time.monotonic() + PATIENCE_SECONDS
        while words not in self.text:
            assert time.monotonic() < give_up, self.text
            if select.select([self.fd], [], [], 0.1)[0]:
                self.text += self.decoder.decode(os.read(self.fd, 65_536))

    def ended(self) -> int:
        self.read_until(LEAVE_SCREEN)
        return self.process.wait(PATIENCE_SECONDS)


TOP = """
import sys, time
from protocol.program.stop import StopSignal
from zreplay.screen import top
exec(sys.argv[2])
sys.exit(top.top(sys.argv[1], StopSignal.install()))
"""


@pytest.fixture
def terminal(request: pytest.FixtureRequest, serve: Serve) -> Iterator[Terminal]:
    """Give `top` in a terminal; a parameter is a statement that it runs before."""
    ours, theirs = pty.openpty()
    modes = termios.tcgetattr(theirs)
    process = subprocess.Popen(
        [sys.executable, "-c", TOP, serve(make_status()), getattr(request, "param", "")],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "LINES": "24", "COLUMNS": "80"},
        process_group=0,
    )
    terminal = Terminal(process, ours, modes)
    yield terminal
    process.kill()
    process.wait()
    os.close(theirs)
    os.close(ours)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("end", "exit_code"),
    [
        (lambda terminal: os.write(terminal.fd, b"q"), 0),
        (lambda terminal: terminal.process.send_signal(signal.SIGINT), 0),
        (lambda terminal: terminal.process.send_signal(signal.SIGTERM), 128 + signal.SIGTERM),
        (lambda terminal: terminal.process.send_signal(signal.SIGHUP), 128 + signal.SIGHUP),
    ],
    ids=["q", "interrupt", "terminate", "hang up"],
)
def test_however_top_ends_the_terminal_is_as_it_was(
    terminal: Terminal, end: Callable[[Terminal], object], exit_code: int
) -> None:
    terminal.read_until("RUNNING")
    assert ENTER_SCREEN in terminal.text
    end(terminal)

    assert exit_code == terminal.ended()
    assert "Traceback" not in terminal.text
    assert terminal.text.rindex(SHOW_CURSOR) > terminal.text.rindex(HIDE_CURSOR)
    assert terminal.modes == termios.tcgetattr(terminal.fd)


STUCK = f"""
def watch(*parameters, **options):
    print({ENTER_SCREEN + HIDE_CURSOR!r}, "stuck", flush=True)
    time.sleep({PATIENCE_SECONDS})
top.watch = watch
"""


@pytest.mark.slow
@pytest.mark.parametrize("terminal", [STUCK], indirect=True)
def test_a_second_signal_ends_top_wherever_it_is_stuck(terminal: Terminal) -> None:
    terminal.read_until("stuck")
    for number in (signal.SIGINT, signal.SIGTERM):
        terminal.process.send_signal(number)

    assert EXIT_INTERRUPTED == terminal.ended()
    assert terminal.text.rindex(SHOW_CURSOR) > terminal.text.rindex(HIDE_CURSOR)
    assert terminal.modes == termios.tcgetattr(terminal.fd)


@pytest.mark.parametrize(
    ("number", "exit_code"), [(signal.SIGINT, 0), (signal.SIGTERM, 128 + signal.SIGTERM)]
)
def test_a_stop_before_the_first_answer_is_no_error(number: int, exit_code: int) -> None:
    stop = StopSignal()
    stop.request(number)

    assert exit_code == top("tcp://127.0.0.1:9", stop)


def test_a_stop_that_comes_within_a_destructor_is_not_lost(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Doomed:
        def __del__(self) -> None:
            os.kill(os.getpid(), signal.SIGINT)

    stop = StopSignal()
    earlier = signal.signal(signal.SIGINT, lambda number, frame: stop.request(number))
    monkeypatch.setattr("zreplay.screen.line_printer.line", lambda *_, **__: str(Doomed() and ""))
    try:
        assert 0 == top(serve(make_status()), stop)
    finally:
        signal.signal(signal.SIGINT, earlier)
