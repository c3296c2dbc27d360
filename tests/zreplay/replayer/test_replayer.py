"""The replayer goes on from what the sink holds, whoever was restarted; and it ends cleanly."""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from protocol import sockets
from protocol.codec import VERSION
from protocol.compiled_parts import LINES, ORDER, ROWS
from protocol.errors import (
    Fenced,
    InputError,
    NoRoom,
    OtherVersion,
    PoisonBatch,
    ProtocolError,
    ResultLogError,
)
from protocol.messages import HISTORICAL, LIVE, Batch, FencedNotice, Hello, Offer, Ping, Refused
from protocol.program_version import PROGRAM_VERSION
from tests.forms import built_without, in_form
from tests.protocol.examples import of_version
from tests.zreplay.fake_sink import (
    HEADER,
    NO_NONCE,
    PATIENCE_SECONDS,
    FakeSink,
    Surroundings,
    surroundings,
    write_recording,
)
from tests.zreplay.fakes import rows_of
from zreplay.controls.control import ControlClient
from zreplay.delivery.command import SetMode
from zreplay.delivery.cursor import ReplayCursor
from zreplay.delivery.window import POISON_RESENDS
from zreplay.replayer.state import ReplayerState

COUNT = 30
BATCH = 10


@pytest.fixture
def around(tmp_path: Path) -> Iterator[Surroundings]:
    path = write_recording(tmp_path / "quotes.csv", COUNT)
    with surroundings(
        tmp_path, historical=(path,), rate=None, batch_quotes=BATCH, hwm=100
    ) as around:
        yield around


@pytest.fixture
def sink(around: Surroundings, context: sockets.Context) -> FakeSink:
    return FakeSink(context, around.settings)


@pytest.fixture
def client(around: Surroundings, context: sockets.Context) -> ControlClient:
    return ControlClient(context, around.settings.control, round(1000 * PATIENCE_SECONDS))


@pytest.fixture(autouse=True)
def endless_drain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test that waits for the drain's limit fail."""
    monkeypatch.setattr("zreplay.replayer.drain.DRAIN_LIMIT_NS", 1 << 62)


def until(client: ControlClient, name: str, value: object) -> None:
    """Ask until the status says so."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while value != client.ask("status")[name]:
        assert time.monotonic() < give_up


def outcome(ended: "Future[None]") -> BaseException | None:
    """Return what the replayer raised, None if it came to a good end."""
    return ended.exception(PATIENCE_SECONDS)


def rows(batches: list[Batch]) -> list[int]:
    return [row for batch in batches for row in rows_of(batch)]


def test_hello_is_said_until_the_sink_answers_and_not_a_quote_leaves_before(
    around: Surroundings, sink: FakeSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zreplay.delivery.admission.REPEAT_NS", 1_000_000)
    with around.running() as (replayer, _):
        hellos = [sink.hear(Hello) for _ in range(3)]

        assert {Hello(replayer.session.run, hellos[0].nonce, 0, 0, 0, PROGRAM_VERSION)} == set(
            hellos
        )
        assert sink.no_batch_waits()


def test_a_sink_of_another_version_ends_the_replayer(around: Surroundings, sink: FakeSink) -> None:
    with around.running() as (_, ended):
        hello = sink.hear(Hello)
        sink.say_frame(of_version(Offer(hello.nonce, 1, 2), VERSION + 1))

        assert isinstance(outcome(ended), OtherVersion)


@pytest.mark.parametrize("acks, thing", [("sink", "the sink at "), ("none", "a worker")])
def test_what_is_waited_for_is_said_without_being_asked(
    around: Surroundings,
    acks: str,
    thing: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    for name in ("LASTS_NS", "LOOK_NS"):
        monkeypatch.setattr(f"zreplay.controls.wait_reporter.{name}", 1_000_000)
    around.settings = replace(around.settings, acks=acks)
    give_up = time.monotonic() + PATIENCE_SECONDS
    said: list[str] = []
    with around.running():
        while not any(text.startswith(thing) for text in said):
            assert time.monotonic() < give_up
            waits = [r for r in caplog.records if r.getMessage() == "waiting"]
            said = [vars(record)["fields"]["for"] for record in waits]


def test_let_in_it_sends_everything_once_and_in_order_and_says_ping(
    around: Surroundings, sink: FakeSink
) -> None:
    with around.running() as (replayer, _):
        sink.let_in(epoch=4)
        batches = [sink.batch() for _ in range(COUNT // BATCH)]

        assert list(range(COUNT)) == rows(batches)
        assert [0, 10, 20] == [batch.first for batch in batches]
        assert {(replayer.session.run, 4, 1, HISTORICAL)} == {
            (batch.run, batch.epoch, batch.attempt, batch.mode) for batch in batches
        }
        assert Ping(replayer.session.run, 4, None, 0) == sink.hear(Ping)


def test_a_new_process_goes_on_from_the_sinks_cursor(around: Surroundings, sink: FakeSink) -> None:
    with around.running():
        sink.let_in()
        first = [sink.batch() for _ in range(3)][0]
    with around.running():
        sink.let_in(epoch=2, next_record=10, cursor=first.cursor)
        batches = [sink.batch() for _ in range(2)]

    assert list(range(10, 30)) == rows(batches)
    assert [(2, 10), (2, 20)] == [(batch.epoch, batch.first) for batch in batches]


def test_what_an_earlier_process_sent_is_no_rate_of_this_one(
    around: Surroundings, sink: FakeSink, client: ControlClient
) -> None:
    with around.running():
        sink.let_in()
        first = [sink.batch() for _ in range(3)][0]
    with around.running():
        sink.hear(Hello)
        sink.let_in(epoch=2, next_record=10, cursor=first.cursor, limit=10)
        until(client, "record", 10)
        status = client.ask("status")

    assert (0.0, 0.0) == (status["sent_per_second"], status["committed_per_second"])


def test_a_restarted_sink_is_told_hello_again_and_gets_what_it_has_not(
    around: Surroundings, sink: FakeSink
) -> None:
    with around.running() as (replayer, _):
        hello = sink.let_in()
        first, *_ = [sink.batch() for _ in range(3)]
        sink.acknowledge(replayer.session.run, 20)
        sink.acknowledge(replayer.session.run, 20, sink_incarnation=88)
        again = sink.let_in(sink_incarnation=88, epoch=2, next_record=10, cursor=first.cursor)

        assert (0, 1) == (hello.held_epoch, again.held_epoch)
        assert hello.nonce != again.nonce
        assert list(range(10, 30)) == rows([sink.batch() for _ in range(2)])


def test_a_sink_that_does_not_know_the_run_any_more_is_told_hello_again(
    around: Surroundings, sink: FakeSink
) -> None:
    with around.running():
        sink.let_in()
        for _ in range(3):
            sink.batch()
        sink.hear(Ping)
        sink.say(Offer(NO_NONCE, 88, 0))
        sink.let_in(sink_incarnation=88, epoch=2)

        assert list(range(COUNT)) == rows([sink.batch() for _ in range(3)])


def test_fenced_by_a_newer_replayer_it_ends(around: Surroundings, sink: FakeSink) -> None:
    with around.running() as (_, ended):
        sink.let_in(epoch=3)
        sink.hear(Ping)
        sink.say(FencedNotice(held_epoch=3, epoch=4))

        error = outcome(ended)
        assert isinstance(error, Fenced)
        assert "epoch 4" in error.what


def test_refused_by_the_sink_it_says_why_and_ends(around: Surroundings, sink: FakeSink) -> None:
    with around.running() as (_, ended):
        hello = sink.hear(Hello)
        sink.say(Refused(hello.nonce, "the folder holds another run", "--fresh"))

        error = outcome(ended)
        assert isinstance(error, ResultLogError)
        assert "the folder holds another run\nfix: --fresh" == str(error)


def test_a_batch_that_does_not_come_back_is_sent_again_the_same_but_for_its_attempt(
    around: Surroundings, sink: FakeSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zreplay.delivery.window.MIN_TIMEOUT_NS", 1_000_000)
    monkeypatch.setattr("zreplay.delivery.admission.REPEAT_NS", 1_000_000)
    with around.running() as (replayer, _):
        sink.let_in()
        _, second, _ = [sink.batch() for _ in range(3)]
        while sink.no_batch_waits():
            sink.acknowledge(replayer.session.run, 10, held=((20, 10),))
            sink.hear(Ping)

        again = sink.batch()
        assert (second.first, second.cursor, second.columns) == (
            again.first,
            again.cursor,
            again.columns,
        )
        assert (1, 2) == (second.attempt, again.attempt)


@pytest.mark.parametrize(
    "next_record, more",
    [(COUNT + 1, {}), (0, {"held": ((COUNT, 1),)}), (10, {"finished": True}), (2**62, {})],
)
def test_an_acknowledgement_of_what_was_not_sent_ends_it_and_is_not_believed(
    around: Surroundings, sink: FakeSink, next_record: int, more: dict[str, Any]
) -> None:
    with around.running() as (replayer, ended):
        sink.let_in()
        for _ in range(3):
            sink.batch()
        sink.acknowledge(replayer.session.run, next_record, **{"limit": 2**63 - 1, **more})

        error = outcome(ended)
        assert isinstance(error, ProtocolError)
        assert ("Z500", 5) == (error.code, error.exit_code)
        assert replayer.session.window.committed <= COUNT


def test_a_batch_that_never_comes_back_while_later_ones_do_ends_the_run_and_is_named(
    around: Surroundings, sink: FakeSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "zreplay.delivery.window.MIN_TIMEOUT_NS",
        "zreplay.delivery.window.MAX_TIMEOUT_NS",
    ):
        monkeypatch.setattr(name, 1_000_000)
    monkeypatch.setattr("zreplay.delivery.admission.REPEAT_NS", 1_000_000)
    with around.running() as (replayer, ended):
        sink.let_in()
        for _ in range(3):
            sink.batch()
        while not wait([ended], timeout=0.001).done:
            sink.acknowledge(replayer.session.run, 10, held=((20, 10),))

        error = outcome(ended)
        assert isinstance(error, PoisonBatch)
        assert f"records 10 to 19 were sent {POISON_RESENDS + 1} times" in error.what


def test_asked_to_stop_it_sends_nothing_new_and_ends_when_the_rest_is_committed(
    around: Surroundings, sink: FakeSink, client: ControlClient
) -> None:
    with around.running() as (replayer, ended):
        sink.let_in(limit=20)
        for _ in range(2):
            sink.batch()
        around.stop.request()
        until(client, "state", "DRAINING")
        sink.acknowledge(replayer.session.run, 10)
        until(client, "committed", 10)
        assert not ended.done()
        sink.acknowledge(replayer.session.run, 20)

        assert outcome(ended) is None
        assert (20, False) == (
            replayer.session.stream.sent_quotes,
            replayer.session.ending.is_finished,
        )


def test_a_stop_waits_for_the_sink_no_longer_than_the_limit(
    around: Surroundings, sink: FakeSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zreplay.replayer.drain.DRAIN_LIMIT_NS", 1_000_000)
    with around.running() as (replayer, ended):
        sink.let_in()
        sink.batch()
        around.stop.request()

        assert outcome(ended) is None
        assert replayer.session.window.in_flight_quotes


def test_with_nobody_who_would_commit_a_stop_does_not_wait(around: Surroundings) -> None:
    with around.running() as (_, ended):
        around.stop.request()

        assert outcome(ended) is None


def test_at_the_end_of_the_files_the_sink_is_told_the_length_and_finishes_the_run(
    tmp_path: Path, context: sockets.Context
) -> None:
    path = write_recording(tmp_path / "quotes.csv", COUNT)
    with surroundings(tmp_path, historical=(path,), rate=None, exit_when_done=True) as around:
        sink = FakeSink(context, around.settings)
        with around.running() as (replayer, ended):
            sink.let_in()
            sink.batch()
            sink.acknowledge(replayer.session.run, COUNT)
            sink.hear(Ping, lambda ping: ping.end == COUNT)
            assert not ended.done()
            sink.acknowledge(replayer.session.run, COUNT, finished=True)

            assert outcome(ended) is None
            assert replayer.session.ending.is_finished


def test_without_exit_when_done_the_end_of_the_files_is_not_the_end_of_the_run(
    around: Surroundings, sink: FakeSink, client: ControlClient
) -> None:
    with around.running() as (replayer, ended):
        sink.let_in()
        for _ in range(3):
            sink.batch()
        sink.acknowledge(replayer.session.run, COUNT)
        until(client, "state", "DONE")

        assert Ping(replayer.session.run, 1, None, 0) == sink.hear(Ping)
        assert not ended.done()


def test_a_run_that_was_finished_before_sends_nothing(around: Surroundings, sink: FakeSink) -> None:
    with around.running() as (replayer, ended):
        sink.let_in(next_record=COUNT, cursor=b"the end", finished=True)
        sink.hear(Ping)
        sink.acknowledge(replayer.session.run, COUNT, finished=True)

        assert outcome(ended) is None
        assert (True, 0) == (
            replayer.session.ending.was_complete,
            replayer.session.stream.sent_batches,
        )


def test_an_earlier_state_is_removed_with_the_first_quote_and_not_before(
    around: Surroundings, sink: FakeSink, client: ControlClient
) -> None:
    folder = around.settings.state
    folder.mkdir()
    (folder / "capture.log").write_bytes(b"the only copy")
    ReplayerState(folder, fresh=True, lock_wait_ns=0)._lock.release()
    with around.running() as (replayer, _):
        sink.let_in(limit=0)
        until(client, "epoch", 1)
        assert replayer.state.earlier.is_kept
        sink.acknowledge(replayer.session.run, 0)
        sink.batch()
        until(client, "record", COUNT)
        assert not replayer.state.earlier.is_kept


def test_without_a_sink_everything_goes_to_whoever_pulls_and_then_it_ends(
    tmp_path: Path, context: sockets.Context
) -> None:
    path = write_recording(tmp_path / "quotes.csv", COUNT)
    with surroundings(
        tmp_path, historical=(path,), rate=None, exit_when_done=True, acks="none"
    ) as around:
        pull = FakeSink(context, around.settings)
        with around.running() as (replayer, ended):
            assert list(range(COUNT)) == rows_of(pull.batch())
            assert outcome(ended) is None
            assert replayer.session.ending.has_come(COUNT)


def test_an_accepted_command_without_a_place_is_on_disk_with_one_before_it_counts(
    around: Surroundings, sink: FakeSink
) -> None:
    around.settings = replace(around.settings, live=("ws://127.0.0.1:9",))
    with around.replayer() as replayer:
        run = replayer.session.run
    state = ReplayerState(around.settings.state, fresh=False, lock_wait_ns=0)
    state.write_commands(run, [SetMode(LIVE, None)])
    state.close()
    with around.running() as (replayer, _):
        sink.let_in(next_record=12, cursor=ReplayCursor().pack())
        give_up = time.monotonic() + PATIENCE_SECONDS
        while [SetMode(LIVE, 12)] != replayer.state.read_commands(run):
            assert time.monotonic() < give_up
        assert LIVE == replayer.session.state.mode


def test_a_disk_too_full_for_the_places_of_commands_is_waited_for_and_named(
    around: Surroundings, sink: FakeSink, client: ControlClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a quote leaves before the place is on disk, and all leave once there is room."""
    around.settings = replace(around.settings, live=("ws://127.0.0.1:9",))
    with around.replayer() as replayer:
        run = replayer.session.run
        replayer.state.write_commands(run, [SetMode(HISTORICAL, None)])
    with monkeypatch.context() as full_disk, around.running() as (replayer, _):
        full_disk.setattr(ReplayerState, "write_commands", no_room)
        sink.let_in()
        until(client, "state", "BLOCKED")
        status = client.ask("status", "")
        assert "room on the disk: commands.json: full" == status["waits_for"]
        assert (0, [SetMode(HISTORICAL, None)]) == (
            status["sent"],
            replayer.state.read_commands(run),
        )
        full_disk.undo()

        assert 0 == sink.batch().first
        assert [SetMode(HISTORICAL, 0)] == replayer.state.read_commands(run)


def no_room(*arguments: object) -> None:
    raise NoRoom("commands.json: full")


def test_a_command_is_forgotten_once_it_is_committed_and_not_before(
    around: Surroundings, sink: FakeSink, client: ControlClient
) -> None:
    with around.replayer() as replayer:
        command = SetMode(HISTORICAL, 10)
        replayer.state.write_commands(replayer.session.run, [command])
    with around.running() as (replayer, _):
        sink.let_in()
        for _ in range(3):
            sink.batch()
        for committed, left in ((10, [command]), (20, [])):
            sink.acknowledge(replayer.session.run, committed)
            until(client, "committed", committed)

            assert left == replayer.session.log.commands


def test_an_input_that_cannot_go_on_ends_it_after_all_before_it_is_committed(
    tmp_path: Path, context: sockets.Context
) -> None:
    path = tmp_path / "late.csv"
    good = "".join(f"{row},2025-10-02 23:59:5{row},A,1,2,1,1,5\n" for row in range(3))
    path.write_text(f"{HEADER}{good}3,2025-10-02 23:59:10,A,1,2,1,1,5\n")
    with surroundings(tmp_path, historical=(path,), rate=None, reorder_ns=0) as around:
        sink = FakeSink(context, around.settings)
        with around.running() as (replayer, ended):
            sink.let_in()
            assert [0, 1] == rows_of(sink.batch())
            assert not ended.done()
            sink.acknowledge(replayer.session.run, 2)

            assert isinstance(outcome(ended), InputError)


def test_a_command_is_answered_while_the_sink_is_not_there(
    around: Surroundings, client: ControlClient
) -> None:
    with around.running():
        answer = client.ask("status")

    assert ("WAITING", True) == (answer["state"], answer["ok"])
    assert around.settings.sync in answer["waits_for"]


@pytest.mark.parametrize(
    ("form", "compiled", "warning_count"),
    [
        (partial(built_without, LINES), True, 0),
        (partial(built_without, ORDER), False, 1),
        (partial(built_without, ROWS), False, 1),
        (partial(in_form, "plain"), False, 0),
    ],
    ids=["built", "no order", "no rows", "left out"],
)
def test_the_first_words_say_whether_it_is_compiled_and_what_it_costs_if_it_was_not_built(
    around: Surroundings,
    form: Callable[[], AbstractContextManager[None]],
    compiled: bool,
    warning_count: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    around.stop.request()
    with form(), around.running() as (_, ended):
        assert outcome(ended) is None
    [ready] = [record for record in caplog.records if record.getMessage() == "replayer ready"]
    warnings = [record for record in caplog.records if record.levelname == "WARNING"]

    assert {"compiled": compiled}.items() <= vars(ready)["fields"].items()
    assert warning_count == len(warnings)


def test_it_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "quotes.csv", COUNT)
    read_fd, write_fd = os.pipe()
    with (
        surroundings(tmp_path, historical=(path,), parent_fd=read_fd) as around,
        around.running() as (_, ended),
    ):
        os.close(write_fd)

        assert outcome(ended) is None
    os.close(read_fd)


def test_a_second_replayer_of_the_same_folder_is_refused(around: Surroundings) -> None:
    with (
        around.replayer(),
        pytest.raises(ResultLogError, match=rf"pid {os.getpid()}"),
        around.replayer(),
    ):
        pass
