"""The sink as a whole, over real sockets: it serves, exits, refuses, and survives its death."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import zmq

import zmid.serve_sink
import zmid.sink
from protocol import codec, sockets
from protocol.errors import LinkError, OtherVersion, ResultLogError
from protocol.messages import (
    NONCE_BYTES,
    RUN_BYTES,
    Ack,
    Hello,
    Message,
    Offer,
    Ping,
    Refused,
    Report,
    Welcome,
)
from protocol.program.earlier import Earlier
from protocol.program.failpoint import VARIABLE
from protocol.program.stop import StopSignal
from protocol.program_version import PROGRAM_VERSION
from protocol.result_folder import (
    ERRORS,
    MIDS,
    RUN_FILE,
)
from tests.protocol.examples import of_version
from tests.protocol.fake_serving import FakeServing
from tests.zmid.fakes import RUN, lines, result
from zmid.disk import DiskFull, Folder
from zmid.result_log import (
    NAMES,
    ResultLog,
)
from zmid.serve_sink import EARLIER, run_sink
from zmid.settings import SinkSettings
from zmid.sink_state import SinkState
from zreplay.supervision.run_folder import RunFile, read_run_file, write_run_file

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_MS = 10_000
END = 12


class Peer:
    """A replayer and its worker in one: it enters, sends results, and asks for the end."""

    def __init__(self, context: sockets.Context, settings: SinkSettings) -> None:
        self.sync = sockets.sync_dealer(context, settings.sync)
        self.push = sockets.result_push(context, settings.bind)
        self.push.setsockopt(zmq.LINGER, 0)
        self.epoch = 0
        self.next = 0

    def ask(self, message: Message, *kinds: type, run_out_ms: int = PATIENCE_MS) -> Message:
        """Say it until an answer of these kinds comes."""
        give_up = time.monotonic() + run_out_ms / 1000
        while time.monotonic() < give_up:
            self.sync.send(codec.encode(message))
            while self.sync.poll(200):
                answer = codec.decode(self.sync.recv())
                if isinstance(answer, kinds):
                    return answer
        raise AssertionError(f"no answer to {message} in {run_out_ms} ms")

    def enter(self, nonce: bytes = b"n" * NONCE_BYTES, run: bytes = RUN) -> Welcome:
        offer = self.ask(
            Hello(run, nonce, self.epoch, 0, 0, PROGRAM_VERSION), Offer, Welcome, Refused
        )
        if isinstance(offer, Offer):
            hello = Hello(
                run, nonce, self.epoch, offer.sink_incarnation, offer.sink_epoch, PROGRAM_VERSION
            )
            offer = self.ask(hello, Welcome)
        assert isinstance(offer, Welcome), offer
        self.epoch, self.next = offer.epoch, offer.next
        return offer

    def send_all(self) -> None:
        for first in reversed(range(self.next, END, 3)):
            self.push.send(codec.encode(result(first, epoch=self.epoch)))

    def finish(self) -> Ack:
        while True:
            ack = self.ask(Ping(RUN, self.epoch, END, 0), Ack)
            assert isinstance(ack, Ack)
            if ack.finished:
                return ack

    def close(self) -> None:
        self.sync.close()
        self.push.close()


@pytest.fixture
def settings(tmp_path: Path) -> SinkSettings:
    links = tmp_path / "l"
    links.mkdir(mode=0o700)
    return SinkSettings(
        out=tmp_path / "out", bind=f"ipc://{links}/results", sync=f"ipc://{links}/sync"
    )


@pytest.fixture
def peer(settings: SinkSettings) -> Iterator[Peer]:
    context: sockets.Context = zmq.Context()
    made = Peer(context, settings)
    yield made
    made.close()
    context.term()


class Running:
    """The sink's loop in a thread."""

    def __init__(self, settings: SinkSettings) -> None:
        self.stop = StopSignal()
        self.codes: list[int] = []
        self._thread = threading.Thread(
            target=lambda: self.codes.append(run_sink(settings, self.stop))
        )
        self._thread.start()

    def end(self) -> list[int]:
        self.stop.request()
        return self.ended()

    def lives_for(self, seconds: float) -> bool:
        self._thread.join(seconds)
        return self._thread.is_alive()

    def ended(self) -> list[int]:
        self._thread.join(PATIENCE_MS / 1000)
        assert not self._thread.is_alive()
        return self.codes


@contextlib.contextmanager
def running(settings: SinkSettings) -> Iterator[Running]:
    sink = Running(settings)
    try:
        yield sink
    finally:
        sink.end()
        sink.stop.close()


def with_(settings: SinkSettings, **more: object) -> SinkSettings:
    return SinkSettings(out=settings.out, bind=settings.bind, sync=settings.sync, **more)


def logs_of(settings: SinkSettings) -> tuple[bytes, bytes]:
    return (settings.out / MIDS).read_bytes(), (settings.out / ERRORS).read_bytes()


def test_results_in_any_order_become_both_logs_and_the_end_is_told(
    settings: SinkSettings, peer: Peer
) -> None:
    with running(with_(settings, exit_when_done=True)) as sink:
        peer.enter()
        peer.send_all()
        ack = peer.finish()
        assert [0] == sink.ended()
    assert (END, 8, 4) == (ack.next, ack.mids, ack.skipped)
    assert lines(END) == logs_of(settings)


def test_a_finished_run_waits_until_somebody_was_told(
    settings: SinkSettings, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zmid.sink, "FAREWELL_NS", 50_000_000)
    with running(settings):
        peer.enter()
        peer.send_all()
        peer.finish()
    before = (settings.out / "commit.ring").read_bytes(), logs_of(settings)
    with running(with_(settings, exit_when_done=True)) as sink:
        assert sink.lives_for(0.5)
        assert peer.enter(b"m" * NONCE_BYTES).finished
        assert [0] == sink.ended()
    assert before == ((settings.out / "commit.ring").read_bytes(), logs_of(settings))


@pytest.mark.parametrize("is_part_of_a_run", [False, True])
def test_started_again_on_a_finished_run_it_ends_unasked_unless_its_replayer_is_beside_it(
    is_part_of_a_run: bool, settings: SinkSettings, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zmid.sink, "UNASKED_NS", 50_000_000)
    with running(settings):
        peer.enter()
        peer.send_all()
        peer.finish()
    parent_fd, run_fd = os.pipe()
    more = {"parent_fd": parent_fd} if is_part_of_a_run else {}
    with running(with_(settings, exit_when_done=True, **more)) as sink:
        assert is_part_of_a_run == sink.lives_for(0.5)
    os.close(parent_fd)
    os.close(run_fd)


def test_asked_to_stop_it_ends_with_what_is_committed(settings: SinkSettings, peer: Peer) -> None:
    with running(settings) as sink:
        peer.enter()
        assert [0] == sink.end()
    folder = Folder(settings.out, NAMES)
    last = ResultLog(folder).last
    folder.close()
    assert last is not None and 0 == last.next


def test_asked_to_stop_it_ends_while_results_flow(
    settings: SinkSettings, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SinkState, "rest_ns", lambda self, now_ns: 1_000)
    with running(settings) as sink:
        assert [0] == sink.end()


def test_garbage_and_parts_are_dropped_and_it_goes_on(settings: SinkSettings, peer: Peer) -> None:
    with running(settings):
        peer.enter()
        peer.push.send(b"garbage")
        peer.push.send_multipart([codec.encode(result(0)), b"and more"])
        peer.push.send(codec.encode(Ping(RUN, 1, None, 0)))
        peer.send_all()
        assert END == peer.finish().next
    assert lines(END) == logs_of(settings)


@pytest.mark.parametrize(
    ("version", "behind"), [(codec.VERSION - 1, "a replayer"), (codec.VERSION + 1, "this sink")]
)
def test_a_replayer_of_another_version_ends_the_sink_and_hears_which_one_that_has(
    settings: SinkSettings, peer: Peer, version: int, behind: str
) -> None:
    with ThreadPoolExecutor(1) as threads:
        ended = threads.submit(run_sink, settings, StopSignal())
        peer.sync.send(
            of_version(Hello(RUN, b"n" * NONCE_BYTES, 0, 0, 0, PROGRAM_VERSION), version)
        )
        error = ended.exception(PATIENCE_MS / 1000)
        assert peer.sync.poll(PATIENCE_MS)
        answer = codec.decode(peer.sync.recv())

    assert isinstance(error, OtherVersion) and isinstance(answer, Refused)
    ours = f"this sink version {codec.VERSION}"
    assert f"a replayer speaks version {version} of the protocol, {ours}" == error.what
    assert error.fix.startswith(f"upgrade {behind}:")


@pytest.mark.parametrize(
    ("version", "behind"), [(codec.VERSION - 1, "a worker"), (codec.VERSION + 1, "this sink")]
)
def test_a_worker_of_another_version_ends_a_sink_that_has_no_replayer_yet(
    settings: SinkSettings, peer: Peer, version: int, behind: str
) -> None:
    with ThreadPoolExecutor(1) as threads:
        ended = threads.submit(run_sink, settings, StopSignal())
        peer.push.send(of_version(result(END, epoch=1), version))
        error = ended.exception(PATIENCE_MS / 1000)

    assert isinstance(error, OtherVersion)
    ours = f"this sink version {codec.VERSION}"
    assert f"a worker speaks version {version} of the protocol, {ours}" == error.what
    assert error.fix.startswith(f"upgrade {behind}:")


@pytest.mark.parametrize("version", [0, codec.VERSION + 1])
def test_once_a_replayer_is_there_no_other_version_ends_the_sink(
    settings: SinkSettings, peer: Peer, context: sockets.Context, version: int
) -> None:
    other = Peer(context, settings)
    with running(settings):
        peer.enter()
        peer.ask(Ping(RUN, peer.epoch, None, 0), Ack)
        for socket in (other.sync, other.push):
            socket.send(
                of_version(Hello(RUN, b"m" * NONCE_BYTES, 0, 0, 0, PROGRAM_VERSION), version)
            )
        assert other.sync.poll(PATIENCE_MS)
        assert isinstance(codec.decode(other.sync.recv()), Refused)
        while True:
            report = peer.ask(Ping(RUN, peer.epoch, None, 0), Report)
            assert isinstance(report, Report)
            if report.dropped == 2:
                break
        peer.send_all()
        assert END == peer.finish().next
    other.close()
    assert lines(END) == logs_of(settings)


def test_whose_epoch_is_right_and_whose_run_is_not_gets_no_acknowledgement(
    settings: SinkSettings, peer: Peer, context: sockets.Context
) -> None:
    other = Peer(context, settings)
    with running(settings):
        peer.enter()
        peer.ask(Ping(RUN, peer.epoch, None, 0), Ack)
        other.ask(Ping(b"o" * RUN_BYTES, peer.epoch, None, 0), Offer)
        peer.send_all()
        answer: Message | None = None
        while not isinstance(answer, Ack):  # it has not asked
            assert peer.sync.poll(PATIENCE_MS)
            answer = codec.decode(peer.sync.recv())
        peer.finish()
        while other.sync.poll(0):  # it may have asked more than once
            assert not isinstance(codec.decode(other.sync.recv()), Ack)
    other.close()


def test_another_run_is_refused_and_the_sink_names_both(
    settings: SinkSettings, peer: Peer, caplog: pytest.LogCaptureFixture
) -> None:
    with running(settings):
        peer.enter()
        other = Hello(b"o" * RUN_BYTES, b"m" * NONCE_BYTES, 0, 0, 0, PROGRAM_VERSION)
        assert isinstance(peer.ask(other, Refused), Refused)
    said, *_ = [r for r in caplog.records if r.getMessage() == "replayer refused"]
    reason = vars(said)["fields"]["reason"]

    assert "WARNING" == said.levelname
    assert all(run.hex()[:8] in reason for run in (RUN, b"o" * RUN_BYTES))


def test_without_room_it_says_so_to_who_asks_whether_it_is_ready(
    settings: SinkSettings, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    serving = FakeServing()
    asked, write, is_full = serving.asked, Folder.write, False

    def write_if_there_is_room(folder: Folder, *what: Any) -> None:
        if is_full:
            raise DiskFull("out: No space left on device")
        write(folder, *what)

    monkeypatch.setattr(zmid.serve_sink, "serving", serving)
    monkeypatch.setattr(Folder, "write", write_if_there_is_room)
    with running(settings):
        peer.enter()
        assert "" == asked[0]()
        is_full = True
        peer.send_all()
        while not (ack := peer.ask(Ping(RUN, peer.epoch, END, 0), Ack)).stalled:
            pass
        assert f"room on the disk ({ack.stalled})" == asked[0]()
        is_full = False
        peer.finish()
        assert "" == asked[0]()


def test_fresh_begins_anew(settings: SinkSettings, peer: Peer) -> None:
    with running(settings):
        peer.enter()
        peer.send_all()
        peer.finish()
    write_run_file(settings.out, RunFile("of these logs", 1, "b", "r", "s", "c"))
    with running(with_(settings, fresh=True)):
        other = b"o" * RUN_BYTES
        assert 0 == peer.enter(b"m" * NONCE_BYTES, run=other).next
        peer.ask(Ping(other, peer.epoch, None, 0), Ack)
        assert (b"", b"") == logs_of(settings)
        assert read_run_file(settings.out) is None
        assert not (settings.out / EARLIER).exists()


def test_what_fresh_set_aside_is_back_if_no_replayer_was_let_in(
    settings: SinkSettings, peer: Peer
) -> None:
    with running(settings):
        peer.enter()
        peer.send_all()
        peer.finish()
    write_run_file(settings.out, RunFile("of these logs", 1, "b", "r", "s", "c"))
    before = {path.name: path.read_bytes() for path in settings.out.iterdir()}
    with running(with_(settings, fresh=True)):
        peer.ask(Ping(RUN, 1, None, 0), Offer)  # it is there
        assert (b"", b"") == logs_of(settings)
    after = {path.name: path.read_bytes() for path in settings.out.iterdir()}

    assert before == after


@pytest.mark.parametrize("is_part_of_a_run", [False, True])
def test_a_sink_that_was_not_told_fresh_has_back_what_a_killed_one_set_aside(
    settings: SinkSettings, is_part_of_a_run: bool
) -> None:
    """A part of a run leaves it to the run, which may have set it aside itself."""
    settings.out.mkdir()
    (settings.out / RUN_FILE).write_text("of an earlier run")
    Earlier(settings.out, EARLIER, (RUN_FILE, *NAMES)).set_aside()
    read_fd, write_fd = os.pipe()
    with running(with_(settings, parent_fd=read_fd if is_part_of_a_run else None)):
        pass
    os.close(read_fd)
    os.close(write_fd)

    assert is_part_of_a_run != (settings.out / RUN_FILE).exists()


def test_a_second_sink_in_the_folder_is_refused_and_names_the_first(
    settings: SinkSettings, peer: Peer
) -> None:
    with running(settings):
        peer.enter()
        with pytest.raises(ResultLogError, match=rf"another sink \(pid {os.getpid()}\)"):
            run_sink(settings, StopSignal())


def test_a_start_that_cannot_bind_removes_nothing_though_fresh(settings: SinkSettings) -> None:
    settings.out.mkdir()
    for name in (MIDS, RUN_FILE):
        (settings.out / name).write_text("of an earlier run")
    with pytest.raises(LinkError):
        run_sink(
            SinkSettings(out=settings.out, bind="ipc:///nowhere/at/all", fresh=True), StopSignal()
        )
    for name in (MIDS, RUN_FILE):
        assert "of an earlier run" == (settings.out / name).read_text()


def test_a_file_in_the_place_of_the_folder_is_one_clear_error(settings: SinkSettings) -> None:
    settings.out.write_text("a file")
    with pytest.raises(ResultLogError, match="--out"):
        run_sink(settings, StopSignal())


STEPS = ("before_mids", "torn_mids", "after_mids", "torn_errors", "after_errors", "torn_ring")
AFTER = ("after_ring", "after_commit")


def start(settings: SinkSettings, failpoint: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "zmid", "sink", "--out", str(settings.out)),
            *("--bind", settings.bind, "--sync", settings.sync, "--lock-wait", "5s"),
        ],
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT), VARIABLE: failpoint},
    )


@pytest.mark.slow
@pytest.mark.parametrize("step", [*STEPS, *AFTER])
def test_killed_at_a_step_of_a_commit_it_goes_on_and_nothing_differs(
    settings: SinkSettings, peer: Peer, step: str
) -> None:
    is_first_commit = step in ("torn_mids", "torn_errors", "after_mids", "after_errors")
    failpoint = f"result_log.{step}:{1 if is_first_commit else 2}"
    killed = start(settings, failpoint)
    try:
        peer.enter()
        peer.send_all()
        assert -signal.SIGKILL == killed.wait(PATIENCE_MS / 1000)
    finally:
        killed.kill()
        killed.wait()
    with running(with_(settings, lock_wait_ns=5_000_000_000)):
        peer.enter(b"m" * NONCE_BYTES)
        peer.send_all()
        assert END == peer.finish().next
    assert lines(END) == logs_of(settings)


def test_no_end_is_told_of_a_log_that_is_gone(settings: SinkSettings, peer: Peer) -> None:
    stop, errors, told = StopSignal(), [], []

    def serve() -> None:
        try:
            run_sink(settings, stop)
        except ResultLogError as error:
            errors.append(error.code)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    peer.enter()
    peer.send_all()
    while peer.ask(Ping(RUN, peer.epoch, None, 0), Ack).next < END:
        pass
    (settings.out / MIDS).unlink()
    with contextlib.suppress(AssertionError):  # nobody answers
        while thread.is_alive() and not told:
            answer = peer.ask(Ping(RUN, peer.epoch, END, 0), Ack, run_out_ms=300)
            told += [answer] if answer.finished else []
    stop.request()
    thread.join(PATIENCE_MS / 1000)

    assert (["Z606"], []) == (errors, told)
