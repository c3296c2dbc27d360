"""A sink and a worker under a test's control, and a replayer on a thread beside them."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from protocol import codec, sockets
from protocol.messages import NONCE_BYTES, Ack, Batch, Hello, Message, Offer, Welcome
from protocol.program.stop import StopSignal
from protocol.program_version import PROGRAM_VERSION
from tests.zreplay.fakes import load
from zreplay.controls.operator import Operator
from zreplay.replayer.replayer import Replayer
from zreplay.replayer.state import ReplayerState
from zreplay.settings import ReplaySettings
from zreplay.supervision.link_folder import make_link_folder, remove_link_folder

PATIENCE_SECONDS = 10.0
INCARNATION = 77
NO_LIMIT = 1 << 40
NO_NONCE = bytes(NONCE_BYTES)
HEADER = "index,timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"


def write_recording(path: Path, count: int, *, spread_ms: int = 1) -> Path:
    """Write a file whose row i has index i and arrives `spread_ms` after the one before."""
    rows = []
    for number in range(count):
        seconds, milliseconds = divmod(number * spread_ms, 1000)
        rows.append(f"{number},2025-10-02 23:10:{seconds:02d}.{milliseconds:03d},A,1,2,1,1,5\n")
    path.write_text(HEADER + "".join(rows))
    return path


def load_replayer(replayer: Replayer, *place: Any, now_ns: int = 0) -> None:
    """Have a replayer that does not run let in, and its inputs open."""
    load(replayer, *place, now_ns=now_ns)
    while not replayer.session.cursors.are_open:
        replayer.waiter.wait(time.monotonic_ns() + 1_000_000_000, None)  # what is done wakes it
        replayer.errands.advance()


@dataclass
class Surroundings:
    """Where a replayer lives: its addresses, its state folder, and how it is asked to end."""

    settings: ReplaySettings
    stop: StopSignal = field(default_factory=StopSignal)

    @contextmanager
    def replayer(self) -> Iterator[Replayer]:
        """Give a replayer that does not run yet."""
        state = ReplayerState(self.settings.state, fresh=False, lock_wait_ns=0)
        replayer = Replayer(self.settings, state, self.stop)
        try:
            yield replayer
        finally:
            replayer.close()
            state.close()

    @contextmanager
    def running(self) -> Iterator[tuple[Replayer, "Future[None]"]]:
        """Give a replayer that runs on a thread, and what comes of it."""
        with ThreadPoolExecutor(1) as threads, self.replayer() as replayer:
            ended = threads.submit(replayer.run, Operator(replayer))
            try:
                yield replayer, ended
            finally:
                replayer.waiter.is_orphaned = True  # the one end that waits for nothing
                replayer.waiter.wake()
                ended.exception(PATIENCE_SECONDS)


@contextmanager
def surroundings(folder: Path, **more: Any) -> Iterator[Surroundings]:
    """Give addresses that nobody else has, and the settings of a replayer on them."""
    links = make_link_folder()
    ends = {name: f"ipc://{links}/{name}" for name in ("bind", "sync", "control")}
    around = Surroundings(ReplaySettings(state=folder / "state", **{**ends, **more}))
    try:
        yield around
    finally:
        around.stop.close()
        remove_link_folder(ends["control"])


class FakeSink:
    """Hears a replayer out and answers what a test says; a worker's PULL is at its side."""

    def __init__(self, context: sockets.Context, settings: ReplaySettings) -> None:
        self._router = sockets.sync_router(context, settings.sync, insecure=False)
        self._pull = sockets.batch_pull(context, settings.bind, hwm=1000)
        self._identity = b""

    def hear[Wanted: Message](
        self, kind: type[Wanted], condition: Callable[[Wanted], bool] = lambda _: True
    ) -> Wanted:
        """Return the next message of this kind that fits; others are passed over."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while self._router.poll(max(0, round(1000 * (give_up - time.monotonic())))):
            self._identity, frame = self._router.recv_multipart()
            message = codec.decode(frame)
            if isinstance(message, kind) and condition(message):
                return message
        raise AssertionError(f"no such {kind.__name__} came")

    def say(self, message: Message) -> None:
        self.say_frame(codec.encode(message))

    def say_frame(self, frame: bytes) -> None:
        self._router.send_multipart([self._identity, frame])

    def let_in(
        self, *, epoch: int = 1, next_record: int = 0, cursor: bytes = b"", **more: Any
    ) -> Hello:
        """Answer a HELLO as the sink does, and let its sender in; return its last HELLO."""
        incarnation = more.pop("sink_incarnation", INCARNATION)
        first = self.hear(Hello, lambda hello: hello.sink_incarnation != incarnation)
        self.say(Offer(first.nonce, incarnation, epoch - 1))
        hello = self.hear(Hello, lambda hello: hello.sink_incarnation == incarnation)
        assert (first.nonce, epoch - 1) == (hello.nonce, hello.sink_epoch)
        welcome = {"limit": NO_LIMIT, "finished": False, **more}
        self.say(
            Welcome(
                nonce=hello.nonce,
                epoch=epoch,
                next=next_record,
                cursor=cursor,
                sink_incarnation=incarnation,
                commanded=0,
                period_ns=0,
                version=PROGRAM_VERSION,
                **welcome,
            )
        )
        return hello

    def acknowledge(self, run: bytes, next_record: int, **more: Any) -> None:
        self.say(make_ack(run, next_record, **more))

    def batch(self) -> Batch:
        """Return the next batch that a worker would get."""
        assert self._pull.poll(round(1000 * PATIENCE_SECONDS)), "no batch came"
        message = codec.decode(self._pull.recv())
        assert isinstance(message, Batch)
        return message

    def no_batch_waits(self) -> bool:
        return not self._pull.poll(0)

    def close(self) -> None:
        self._router.close()
        self._pull.close()


def make_ack(run: bytes, next_record: int, **more: Any) -> Ack:
    fields = {
        "epoch": 1,
        "limit": NO_LIMIT,
        "sink_incarnation": INCARNATION,
        "held": (),
        "mids": next_record,
        "skipped": 0,
        "blank": 0,
        "finished": False,
        "stalled": "",
        **more,
    }
    return Ack(run=run, next=next_record, **fields)
