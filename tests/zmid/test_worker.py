"""The worker between two real sockets; `step` by `step`, so that nothing waits."""

import os
import threading
import time
from types import SimpleNamespace

import pytest
import zmq

import zmid.worker
from protocol import codec, sockets
from protocol.errors import OtherVersion
from protocol.messages import NO_NONCE, Ping, Refused, Result
from protocol.narrow_head import NARROW_FROM
from protocol.narrow_text import is_narrow
from protocol.program.stop import StopSignal
from protocol.program_version import PROGRAM_VERSION
from tests.end_to_end.test_strangers import free_ports
from tests.protocol.examples import of_version
from tests.zmid.fakes import make_batch
from tests.zmid.test_mid import MIDNIGHT_NS
from zmid.mid import mid_lines
from zmid.mid_rule import MidRule
from zmid.narrow_result import widened_result
from zmid.settings import WorkerSettings
from zmid.worker import Worker

PATIENCE_MS = 5000
QUOTES = [(MIDNIGHT_NS, 1.0, 200.0, 201.0), (MIDNIGHT_NS, 30.0, 1.0, 2.0)]
BATCH = make_batch(QUOTES)
BATCH_FRAME = codec.encode(BATCH)


class Ends:
    """The replayer's and the sink's end of a worker's sockets."""

    def __init__(self, context, folder):
        self.context = context
        self.source_address = f"ipc://{folder}/batches"
        self.sink_address = f"ipc://{folder}/results"
        self.source = sockets.batch_push(context, self.source_address, 100, insecure=False)
        self.sink = None

    def settings(self, **options):
        return WorkerSettings(
            source=self.source_address, sink=self.sink_address, name="worker", **options
        )

    def bind_sink(self):
        self.sink = sockets.result_pull(self.context, self.sink_address, insecure=False)

    def next_result(self):
        assert self.sink.poll(PATIENCE_MS)
        return codec.decode(self.sink.recv())


@pytest.fixture
def ends(context, tmp_path):
    tmp_path.chmod(0o700)
    return Ends(context, tmp_path)


@pytest.fixture
def stop():
    stop = StopSignal()
    yield stop
    stop.close()


@pytest.fixture
def worker(context, ends, stop):
    worker = Worker(context, ends.settings(), stop)
    # The first message waits until the worker's connection stands.
    assert ends.source.poll(PATIENCE_MS, zmq.POLLOUT)
    yield worker
    worker.close(farewell_ms=0)


def send_until_held(ends, worker):
    """Give the worker batches until the sink takes no more; return how many."""
    for sent in range(1, 100):
        ends.source.send(BATCH_FRAME)
        worker.step(PATIENCE_MS)
        if worker.is_holding:
            return sent
    raise AssertionError("the worker never held a result")


def test_a_result_carries_the_lines_and_what_the_batch_carried(ends, worker):
    ends.bind_sink()
    ends.source.send(BATCH_FRAME)
    worker.step(PATIENCE_MS)
    result = ends.next_result()
    lines = mid_lines(BATCH, MidRule(20.0, "exchange"))
    assert result.busy_ns > 0
    assert (
        Result(
            run=BATCH.run,
            epoch=BATCH.epoch,
            first=BATCH.first,
            count=BATCH.count,
            cursor=BATCH.cursor,
            arrival_ns=BATCH.arrival_ns,
            threshold_ms=20.0,
            stamp="exchange",
            mids=bytes(lines.mids),
            errors=bytes(lines.errors),
            skipped=1,
            blank=0,
            worker="worker",
            busy_ns=result.busy_ns,
            before=0,
            after=0,
            processors=(),
            outputs=(),
            version=PROGRAM_VERSION,
        )
        == result
    )


@pytest.mark.parametrize(
    "frames",
    [
        [b""],
        [b"not of this protocol"],
        [BATCH_FRAME[:-1] + b"\xff"],
        [codec.encode(Ping(bytes(16), 1, None, 0))],
        [BATCH_FRAME, BATCH_FRAME],
        [BATCH_FRAME, b"", BATCH_FRAME],
    ],
    ids=["empty", "foreign", "flipped", "no batch", "two frames", "three frames"],
)
def test_what_is_no_batch_is_dropped_and_counted_and_the_next_one_computed(ends, worker, frames):
    ends.bind_sink()
    ends.source.send_multipart(frames)
    worker.step(PATIENCE_MS)
    assert not worker.is_holding
    ends.source.send(BATCH_FRAME)
    worker.step(PATIENCE_MS)
    assert 1 == worker.dropped_messages
    assert BATCH.count == ends.next_result().count
    assert 0 == ends.sink.poll(0)


@pytest.mark.parametrize(
    ("version", "behind"),
    [(codec.VERSION - 1, "the replayer"), (codec.VERSION + 1, "this worker")],
)
def test_a_replayer_of_another_version_ends_the_worker_which_says_so_to_the_sink_too(
    ends, worker, version, behind
):
    ends.bind_sink()
    ends.source.send(of_version(BATCH, version))
    with pytest.raises(OtherVersion, match=f"the replayer speaks version {version}") as caught:
        worker.step(PATIENCE_MS)
    assert caught.value.fix.startswith(f"upgrade {behind}:")
    assert 0 == worker.dropped_messages
    assert Refused(NO_NONCE, caught.value.what, caught.value.fix) == ends.next_result()


def test_while_the_sink_takes_nothing_one_result_is_held_and_no_batch_pulled(ends, worker):
    results = send_until_held(ends, worker)
    ends.source.send(BATCH_FRAME)
    assert worker._batches.poll(PATIENCE_MS)
    for _ in range(3):
        worker.step(0)
    assert worker.is_holding
    assert zmq.POLLIN == worker._batches.poll(0)

    ends.bind_sink()
    received = []
    while len(received) < results + 1:
        worker.step(0)
        if ends.sink.poll(1):
            received.append(ends.next_result().count)
    assert [BATCH.count] * (results + 1) == received


def test_waiting_for_the_sink_does_not_spin(ends, worker):
    send_until_held(ends, worker)
    ends.source.send(BATCH_FRAME)
    started = time.monotonic_ns()
    worker.step(50)
    assert time.monotonic_ns() - started >= 40_000_000


def test_a_stop_is_heard_while_batches_keep_coming(ends, stop, worker):
    ends.bind_sink()
    for _ in range(3):
        ends.source.send(BATCH_FRAME)
    stop.request()
    worker.step(PATIENCE_MS)
    assert worker.is_over


@pytest.mark.parametrize(("look_ns", "looks"), [(0, 3), (10**15, 0)])
def test_while_batches_keep_coming_it_looks_now_and_then_whether_it_is_refused(
    ends, worker, monkeypatch, look_ns, looks
):
    ends.bind_sink()
    monkeypatch.setattr(zmid.worker, "LOOK_NS", look_ns)
    worker._next_look_ns = 0 if looks else 2**63
    asked = []
    worker._refusals = SimpleNamespace(check=lambda: asked.append(True), take_cuts=list)
    for _ in range(3):
        ends.source.send(BATCH_FRAME)
        assert worker._batches.poll(PATIENCE_MS)
        worker.step(0)
    assert looks == len(asked)

    worker.step(0)  # nothing has come

    assert looks + 1 == len(asked)


def test_a_stop_is_heard_while_a_result_is_held(ends, stop, worker):
    send_until_held(ends, worker)
    stop.request()
    worker.step(PATIENCE_MS)
    assert worker.is_over


def test_a_parent_that_lives_or_writes_does_not_end_the_worker(context, ends, stop):
    parent_fd, write_fd = os.pipe()
    worker = Worker(context, ends.settings(parent_fd=parent_fd), stop)
    os.write(write_fd, b"x")
    worker.step(PATIENCE_MS)
    assert not worker.is_over
    os.close(write_fd)
    worker.step(PATIENCE_MS)
    assert worker.is_over
    worker.close(farewell_ms=0)
    os.close(parent_fd)


def test_at_the_end_the_result_in_hand_is_handed_over(ends, worker):
    results = send_until_held(ends, worker)
    closing = threading.Thread(target=worker.close)
    closing.start()
    ends.bind_sink()
    received = [ends.next_result().count for _ in range(results)]
    closing.join()
    assert [BATCH.count] * results == received


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize("count", [NARROW_FROM - 1, NARROW_FROM])
def test_lines_of_many_quotes_travel_narrow_over_tcp(context, tmp_path, stop, count):
    tmp_path.chmod(0o700)
    ends = Ends(context, tmp_path)
    ends.sink_address = f"tcp://127.0.0.1:{free_ports(1)[0]}"
    ends.bind_sink()
    worker = Worker(context, ends.settings(), stop)
    batch = make_batch(QUOTES[:1] * count)
    assert ends.source.poll(PATIENCE_MS, zmq.POLLOUT)
    ends.source.send(codec.encode(batch))
    worker.step(PATIENCE_MS)
    while worker.is_holding:
        worker.step(PATIENCE_MS)
    result = ends.next_result()
    assert (count == NARROW_FROM) == is_narrow(result.mids)
    lines = mid_lines(batch, MidRule(20.0, "exchange"))
    assert lines.mids == bytes(widened_result(result).mids)
    worker.close(farewell_ms=0)


@pytest.mark.parametrize("count", [NARROW_FROM])
def test_within_a_host_lines_travel_as_they_are(ends, worker, count):
    ends.bind_sink()
    ends.source.send(codec.encode(make_batch(QUOTES[:1] * count)))
    worker.step(PATIENCE_MS)
    assert not is_narrow(ends.next_result().mids)
