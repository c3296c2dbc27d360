"""What a sink publishes: each quote once and in order, or counted, whatever is killed."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

import zreplay
from protocol.program.failpoint import VARIABLE
from tests.end_to_end.processes import finish, start, until
from tests.zreplay.fake_sink import write_recording

QUOTES = 3_000


class Watcher(Thread):
    """Counts what comes, until the end."""

    def __init__(self, address: str, control: str, tickers: str = "") -> None:
        super().__init__()
        self.records: list[int] = []
        self.missing = self.repeated = 0
        self.error: Exception | None = None
        self.was_stopped = False
        self._subscription = zreplay.subscribe(
            address, control=control, published=True, tickers=tickers
        )
        self.start()

    def run(self) -> None:
        try:
            with self._subscription as subscription:
                for received in subscription:
                    self.records += received.quotes["record"].to_pylist()
                    self.missing += received.missing
                    self.repeated += received.repeated
                self.was_stopped = subscription.was_stopped
        except Exception as error:
            self.error = error


class Parts:
    """A replayer, a worker with a table, and a sink that publishes; any may be killed."""

    def __init__(self, folder: Path, speed: float, *of_closed: object) -> None:
        recording = write_recording(folder / "quotes.csv", QUOTES)
        addresses = {name: f"ipc://{folder}/{name}" for name in ("b", "r", "s", "c", "p")}
        self.control, self.publish, self.out = addresses["c"], addresses["p"], folder / "out"
        ends = ("--bind", addresses["r"], "--sync", addresses["s"], "--publish", self.publish)
        self._sink = ("sink", *ends, "--out", self.out, "--exit-when-done", *of_closed)
        worker = ("worker", "--source", addresses["b"], "--sink", addresses["r"], "--table")
        self.running = [
            start("zmid", *self._sink),
            start("zmid", *worker),
            start(
                "zreplay",
                *("serve", recording, "--speed", speed, "--exit-when-done", "--start-paused"),
                *("--bind", addresses["b"], "--sync", addresses["s"], "--control", self.control),
                *("--state", folder / "state"),
            ),
        ]

    def tell(self, verb: str) -> None:
        done = finish("zreplay", "ctl", "--control", self.control, "--timeout", 60, verb)
        assert 0 == done.returncode

    def kill_sink(self, **more: str) -> None:
        """Kill it, if it has not died already, and start it again."""
        self.running[0].send_signal(signal.SIGKILL)
        self.running[0].communicate()
        self.running[0] = start("zmid", *self._sink, **more)

    def close(self) -> None:
        for part in self.running:
            part.kill()
            part.communicate()


@contextmanager
def parts(folder: Path, speed: float, *of_closed: object) -> Iterator[Parts]:
    made = Parts(folder, speed, *of_closed)
    try:
        yield made
    finally:
        made.close()


def test_over_kills_of_the_sink_each_record_comes_once_in_order_or_is_counted(
    tmp_path: Path,
) -> None:
    with parts(tmp_path, speed=0.4) as running:
        watcher = Watcher(running.publish, running.control)
        running.tell("resume")
        for part in (1, 2):
            until(lambda part=part: len(watcher.records) > part * QUOTES // 4, "a part of it")
            running.kill_sink()
        watcher.join(60)

    assert (None, 0) == (watcher.error, watcher.repeated)
    assert QUOTES == len(watcher.records) + watcher.missing
    assert sorted(set(watcher.records)) == watcher.records
    table = zreplay.results(running.out).read_all()
    assert {*watcher.records} <= {*table["record"].to_pylist()}


def test_over_kills_of_the_sink_all_is_counted_though_closed_tables_are_removed(
    tmp_path: Path,
) -> None:
    of_closed = ("--rotate", "4KiB", "--keep-logs", "1", "--compress", "zst")
    with parts(tmp_path, 0.4, *of_closed) as running:
        watcher = Watcher(running.publish, running.control)
        running.tell("resume")
        kept = running.out / "segments" / "tickers.json"
        until(kept.exists, "the counts of a part that is removed")
        running.kill_sink(**{VARIABLE: "ticker_counts.written:1"})
        assert -signal.SIGKILL == running.running[0].wait(60)
        running.kill_sink()
        watcher.join(60)

    assert (None, 0) == (watcher.error, watcher.repeated)
    assert QUOTES == len(watcher.records) + watcher.missing
    with pytest.warns(UserWarning, match="not there any more"):
        assert QUOTES > len(zreplay.results(running.out).read_all())


def test_one_who_subscribes_to_a_stopped_run_is_told_that_it_was_stopped(tmp_path: Path) -> None:
    with parts(tmp_path, speed=0.01) as running:
        watcher = Watcher(running.publish, running.control, "A")
        running.tell("resume")
        until(lambda: watcher.records, "the first mids")
        running.tell("stop")
        watcher.join(60)

    assert (None, True) == (watcher.error, watcher.was_stopped)
