"""How a run begins, and what is said to it while it runs, over real sockets."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from protocol import sockets
from tests.zreplay.fake_sink import (
    PATIENCE_SECONDS,
    FakeSink,
    Surroundings,
    surroundings,
    write_recording,
)
from tests.zreplay.fakes import rows_of
from zreplay.controls.control import ControlClient
from zreplay.delivery.command import SeekTo
from zreplay.replayer.historical_input import HistoricalInput
from zreplay.replayer.historical_places import HistoricalPlaces
from zreplay.replayer.state import ReplayerState

COUNT = 30


@pytest.fixture
def around(tmp_path: Path) -> Iterator[Surroundings]:
    path = write_recording(tmp_path / "quotes.csv", COUNT)
    with surroundings(tmp_path, historical=(path,), rate=None, batch_quotes=10, hwm=100) as around:
        yield around


@pytest.fixture
def sink(around: Surroundings, context: sockets.Context) -> FakeSink:
    return FakeSink(context, around.settings)


@pytest.fixture
def client(around: Surroundings, context: sockets.Context) -> ControlClient:
    return ControlClient(context, around.settings.control, round(1000 * PATIENCE_SECONDS))


def until(client: ControlClient, name: str, value: object) -> dict[str, Any]:
    """Ask until the status says so."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while value != (status := client.ask("status"))[name]:
        assert time.monotonic() < give_up
    return status


def begin(around: Surroundings, **settings: Any) -> None:
    around.settings = replace(around.settings, **settings)


def test_a_run_that_begins_paused_steps_and_then_goes_on(
    around: Surroundings, sink: FakeSink, client: ControlClient
) -> None:
    begin(around, start_paused=True)
    with around.running():
        sink.let_in()
        until(client, "state", "PAUSED")
        assert sink.no_batch_waits()

        client.ask("step", "3")
        assert [0, 1, 2] == rows_of(sink.batch())
        client.ask("resume")
        assert list(range(3, 12)) == rows_of(sink.batch())


def test_a_restart_of_a_run_that_began_paused_goes_on(around: Surroundings, sink: FakeSink) -> None:
    with around.running():
        sink.let_in()
        first = [sink.batch() for _ in range(3)][0]
    begin(around, start_paused=True, delay_ns=1 << 62)
    with around.running():
        sink.let_in(epoch=2, next_record=10, cursor=first.cursor)

        assert list(range(10, 20)) == rows_of(sink.batch())


def test_nothing_leaves_before_enough_workers_are_connected(
    around: Surroundings, sink: FakeSink, client: ControlClient, context: sockets.Context
) -> None:
    begin(around, wait_workers=2)
    with around.running():
        sink.let_in()
        status = until(client, "waits_for", "consumers: 1 of 2 are connected")
        assert ("WAITING", 1) == (status["state"], status["connected_workers"])
        assert sink.no_batch_waits()

        second = sockets.batch_pull(context, around.settings.bind, hwm=1000)
        until(client, "record", COUNT)
        second.close()


def test_a_run_with_a_delay_says_when_it_begins(
    around: Surroundings, sink: FakeSink, client: ControlClient
) -> None:
    begin(around, delay_ns=50_000_000_000)
    with around.running():
        sink.let_in()
        status = until(client, "state", "WAITING")
        while "the start, in 4" not in status["waits_for"]:
            status = client.ask("status")
        assert sink.no_batch_waits()


def test_a_seek_goes_to_its_place_and_is_the_same_after_a_restart(
    around: Surroundings, sink: FakeSink, client: ControlClient
) -> None:
    with around.running() as (replayer, _):
        sink.let_in()
        until(client, "record", COUNT)
        answer = client.ask("seek", "2025-10-02 23:10:00.030")
        assert (True, COUNT) == (answer["ok"], answer["at_record"])
        until(client, "record", COUNT + 5)
        batches = [sink.batch() for _ in range(4)]
        kept = replayer.state.read_commands(replayer.session.run)
    assert [25, 26, 27, 28, 29] == rows_of(batches[3])
    assert "seek" == batches[3].reason
    assert [SeekTo(int(answer["target"]), COUNT)] == kept
    with around.running():
        sink.let_in(epoch=2, next_record=20, cursor=batches[1].cursor)
        again = [sink.batch() for _ in range(2)]

    assert [rows_of(batch) for batch in batches[2:]] == [rows_of(batch) for batch in again]
    assert [batch.segment for batch in batches[2:]] == [batch.segment for batch in again]


def test_a_loop_begins_the_files_again_until_it_is_told_otherwise(
    around: Surroundings, sink: FakeSink, client: ControlClient
) -> None:
    begin(around, loop=2)
    with around.running():
        sink.let_in()
        until(client, "record", 2 * COUNT)
        batches = [sink.batch() for _ in range(6)]
        assert ("off", 1) == tuple(
            until(client, "state", "RUNNING")[name] for name in ("loop", "pass")
        )

    assert [row for batch in batches for row in rows_of(batch)] == 2 * list(range(COUNT))
    assert [0, 0, 0, 1, 1, 1] == [batch.segment for batch in batches]


@pytest.mark.parametrize(
    "verb, value", [("step", "2"), ("seek", "yesterday"), ("loop", "0"), ("seek", "+99m")]
)
def test_what_cannot_be_is_refused_with_the_reason(
    around: Surroundings, sink: FakeSink, client: ControlClient, verb: str, value: str
) -> None:
    with around.running():
        sink.let_in()
        until(client, "record", COUNT)
        answer = client.ask(verb, value)

    assert not answer["ok"]
    assert answer["error"]
    assert answer["fix"]


class Gate:
    """Holds up whoever calls through it until it is opened."""

    def __init__(self, honest: Callable[..., Any]) -> None:
        self.entered, self.opened = threading.Event(), threading.Event()
        self._honest = honest

    @classmethod
    def at(cls, monkeypatch: pytest.MonkeyPatch, owner: type, name: str) -> "Gate":
        """Have all who call a method of a class go through one."""
        gate = cls(getattr(owner, name))
        monkeypatch.setattr(owner, name, lambda *at, **how: gate(*at, **how))
        return gate

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        self.entered.set()
        assert self.opened.wait(PATIENCE_SECONDS)
        return self._honest(*arguments, **options)


@contextmanager
def asked(around: Surroundings, context: sockets.Context, *words: str) -> Iterator[Future[Any]]:
    """Ask beside the test, which goes on."""
    with ThreadPoolExecutor(1) as thread:
        other = ControlClient(context, around.settings.control, round(1000 * PATIENCE_SECONDS))
        yield thread.submit(other.ask, *words)


def test_while_a_seek_looks_for_its_place_quotes_leave_and_others_are_answered(
    around: Surroundings,
    sink: FakeSink,
    client: ControlClient,
    context: sockets.Context,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = Gate.at(monkeypatch, HistoricalPlaces, "find")
    with around.running() as (replayer, _):
        sink.let_in(limit=10)
        assert list(range(10)) == rows_of(sink.batch())
        with asked(around, context, "seek", "2025-10-02 23:10:00.025") as answer:
            assert gate.entered.wait(PATIENCE_SECONDS)
            sink.acknowledge(replayer.session.run, 10, limit=20)
            assert list(range(10, 20)) == rows_of(sink.batch())
            verbs = ("status", "pause", "ping", "resume")
            assert [True] * 4 == [client.ask(verb)["ok"] for verb in verbs]
            assert not answer.done()
            gate.opened.set()
            assert 20 == answer.result(PATIENCE_SECONDS)["at_record"]
        sink.acknowledge(replayer.session.run, 20)

        assert list(range(20, 30)) == rows_of(sink.batch())


def test_while_a_command_is_on_its_way_to_the_disk_others_are_answered_and_nothing_passes_it(
    around: Surroundings,
    sink: FakeSink,
    client: ControlClient,
    context: sockets.Context,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = Gate.at(monkeypatch, ReplayerState, "write_commands")
    with around.running() as (replayer, _):
        sink.let_in(limit=10)
        assert list(range(10)) == rows_of(sink.batch())
        with asked(around, context, "seek", "start") as answer:
            assert gate.entered.wait(PATIENCE_SECONDS)
            sink.acknowledge(replayer.session.run, 10)
            until(client, "committed", 10)
            assert [True] * 3 == [client.ask(verb)["ok"] for verb in ("status", "ping", "stats")]
            assert sink.no_batch_waits()
            gate.opened.set()
            assert 10 == answer.result(PATIENCE_SECONDS)["at_record"]

        assert list(range(10)) == rows_of(sink.batch())


def test_a_command_whose_place_was_lost_to_a_restarted_sink_is_refused_and_not_kept(
    around: Surroundings,
    sink: FakeSink,
    client: ControlClient,
    context: sockets.Context,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = Gate.at(monkeypatch, ReplayerState, "write_commands")
    with around.running() as (replayer, _):
        sink.let_in(limit=10)
        sink.batch()
        with asked(around, context, "seek", "start") as answer:
            assert gate.entered.wait(PATIENCE_SECONDS)
            sink.acknowledge(replayer.session.run, 0, sink_incarnation=88)
            sink.let_in(sink_incarnation=88, epoch=2)
            until(client, "epoch", 2)
            gate.opened.set()
            refused = answer.result(PATIENCE_SECONDS)
        batches = [sink.batch() for _ in range(3)]

        assert (False, "Z212") == (refused["ok"], refused["code"])
        assert list(range(COUNT)) == [row for batch in batches for row in rows_of(batch)]
        assert [] == replayer.state.read_commands(replayer.session.run)


def test_while_a_seek_is_opened_others_are_answered_and_nothing_leaves_before_it_is(
    around: Surroundings,
    sink: FakeSink,
    client: ControlClient,
    context: sockets.Context,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = Gate.at(monkeypatch, HistoricalInput, "seek")
    with around.running() as (replayer, _):
        sink.let_in(limit=10)
        sink.batch()
        with asked(around, context, "seek", "2025-10-02 23:10:00.025") as answer:
            assert gate.entered.wait(PATIENCE_SECONDS)
            sink.acknowledge(replayer.session.run, 10)
            status = until(client, "committed", 10)
            assert ("2025-10-02 23:10:00.025", None) == (status["time"], status["progress"])
            verbs = ("pause", "ping", "stats", "resume")
            assert [True] * 4 == [client.ask(verb)["ok"] for verb in verbs]
            assert (True, False) == (sink.no_batch_waits(), answer.done())
            gate.opened.set()
            assert 10 == answer.result(PATIENCE_SECONDS)["at_record"]

        assert list(range(20, 30)) == rows_of(sink.batch())


def test_while_a_run_is_opened_where_it_goes_on_others_are_answered(
    around: Surroundings,
    sink: FakeSink,
    client: ControlClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = Gate.at(monkeypatch, HistoricalInput, "open")
    with around.running():
        sink.let_in()
        assert gate.entered.wait(PATIENCE_SECONDS)
        status = until(client, "epoch", 1)
        assert ("WAITING", None, 0) == (status["state"], status["progress"], status["record"])
        assert "the inputs, which are being opened" == status["waits_for"]
        assert [True] * 3 == [client.ask(verb)["ok"] for verb in ("pause", "ping", "resume")]
        assert sink.no_batch_waits()
        gate.opened.set()

        assert list(range(10)) == rows_of(sink.batch())


def test_a_seek_that_was_accepted_before_a_restart_is_opened_beside_the_loop_too(
    around: Surroundings,
    sink: FakeSink,
    client: ControlClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with around.replayer() as replayer:
        run = replayer.session.run
        arrival_ns = 1_759_446_600_025_000_000
        replayer.state.write_commands(run, [SeekTo(arrival_ns, 10)])
    gate = Gate.at(monkeypatch, HistoricalInput, "seek")
    with around.running():
        sink.let_in()
        assert list(range(10)) == rows_of(sink.batch())
        assert gate.entered.wait(PATIENCE_SECONDS)
        until(client, "record", 10)
        sink.acknowledge(run, 10)
        until(client, "committed", 10)
        assert [True] * 3 == [client.ask(verb)["ok"] for verb in ("pause", "ping", "resume")]
        assert sink.no_batch_waits()
        gate.opened.set()

        assert list(range(20, 30)) == rows_of(sink.batch())


def test_a_stop_while_inputs_are_opened_ends_it_once_they_are(
    around: Surroundings, sink: FakeSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate.at(monkeypatch, HistoricalInput, "open")
    with around.running() as (replayer, ended):
        sink.let_in()
        assert gate.entered.wait(PATIENCE_SECONDS)
        around.stop.request()

        assert None is ended.result(PATIENCE_SECONDS)
        gate.opened.set()
    assert 0 == replayer.session.stream.sent_quotes
