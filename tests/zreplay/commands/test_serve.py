"""A replayer's exit code and final counts reflect its outcome."""

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from protocol import sockets
from protocol.errors import EXIT_DONE, EXIT_INTERRUPTED, EXIT_ROWS_REJECTED, InputError
from protocol.program.stop import StopSignal
from tests.protocol.fake_serving import FakeServing
from tests.zreplay.fake_sink import (
    PATIENCE_SECONDS,
    FakeSink,
    Surroundings,
    make_ack,
    surroundings,
    write_recording,
)
from tests.zreplay.recordings.csv.headers import read_header
from zreplay.commands.serve import formats_of, serve, summary_of
from zreplay.controls.control import ControlClient
from zreplay.controls.rates import Rates
from zreplay.delivery.session import Session
from zreplay.recordings.recording_layout import MANY_FILES
from zreplay.replayer.live_input import LiveInput
from zreplay.replayer.replayer import Replayer
from zreplay.replayer.state import ReplayerState

COUNT = 30


@pytest.fixture
def around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Surroundings]:
    """Give a replayer's surroundings, in which signals reach it only from the test."""
    path = write_recording(tmp_path / "quotes.csv", COUNT)
    with surroundings(tmp_path, historical=(path,), rate=None, exit_when_done=True) as around:
        monkeypatch.setattr(StopSignal, "install", lambda: around.stop)
        yield around


def play(around: Surroundings, monkeypatch: pytest.MonkeyPatch, **outcome: Any) -> int:
    """Serve, with a loop that ends at once and leaves the replayer like this."""

    def run(replayer: Replayer, _: object) -> None:
        for name, value in outcome.items():
            if name == "rejected":
                replayer.inputs.rejected.count = value
            else:
                is_end = hasattr(replayer.session.ending, name)
                setattr(replayer.session.ending if is_end else replayer.session, name, value)

    monkeypatch.setattr(Replayer, "run", run)
    return serve(around.settings, as_json=True)


def test_a_finished_run_is_0_and_1_if_rows_were_rejected(
    around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert EXIT_DONE == play(around, monkeypatch, is_finished=True)
    assert EXIT_ROWS_REJECTED == play(around, monkeypatch, is_finished=True, rejected=2)


def test_a_run_that_was_finished_before_is_0_whatever_was_rejected_then(
    around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = {"is_finished": True, "was_complete": True, "rejected": 2}

    assert EXIT_DONE == play(around, monkeypatch, **outcome)


def test_stopped_before_the_end_is_0_when_asked_and_130_when_interrupted(
    around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert EXIT_DONE == play(around, monkeypatch)
    around.stop.request(signal.SIGTERM)
    assert EXIT_DONE == play(around, monkeypatch)
    around.stop.request(signal.SIGINT)
    assert EXIT_INTERRUPTED == play(around, monkeypatch, rejected=2)


def test_the_summary_is_the_only_line_on_stdout(
    around: Surroundings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    play(around, monkeypatch, last_ack=make_ack(b"r" * 16, 30, mids=19, skipped=9, blank=2))
    summary = json.loads(capsys.readouterr().out)

    assert 1 == summary.pop("schema")
    assert {
        "complete": False,
        "was_complete": False,
        "quotes": 30,
        "mids": 19,
        "latency_skipped": 9,
        "blank": 2,
        "rejected": 0,
        "outside_session": 0,
        "repeated": 0,
        "speed": "max",
    } == {name: summary[name] for name in list(summary)[:10]}
    assert {"p50", "p99", "max"} == set(summary["lateness_ns"])


def test_a_file_that_cannot_be_read_is_said_before_anything_is_bound_or_locked(
    around: Surroundings, tmp_path: Path
) -> None:
    settings = replace(around.settings, historical=(tmp_path / "missing.csv",))
    with pytest.raises(InputError, match=r"missing\.csv"):
        serve(settings, as_json=False)

    assert not around.settings.state.exists()


@pytest.mark.parametrize("was_complete", [False, True])
def test_a_run_that_ended_without_a_quote_needs_the_earlier_state_no_more(
    around: Surroundings, monkeypatch: pytest.MonkeyPatch, was_complete: bool
) -> None:
    """Unless it was complete before, and the earlier state is its own."""
    rejected = around.settings.state / "rejected.log"
    rejected.parent.mkdir()
    rejected.write_bytes(b"earlier")
    around.settings = replace(around.settings, fresh=True)
    play(around, monkeypatch, is_finished=True, was_complete=was_complete)

    assert was_complete == rejected.exists()


def test_whatever_happens_the_folder_and_the_addresses_are_let_go(
    around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Replayer, controls: object) -> None:
        raise InputError("late")

    monkeypatch.setattr(Replayer, "run", fail)
    with pytest.raises(InputError):
        serve(around.settings, as_json=False)

    ReplayerState(around.settings.state, fresh=False, lock_wait_ns=0).close()
    with around.replayer():
        pass


def test_a_public_address_is_warned_about_only_where_it_was_allowed(
    around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    warned: list[tuple[str, ...]] = []
    monkeypatch.setattr(
        "zreplay.commands.serve.warn_if_public", lambda *addresses: warned.append(addresses)
    )
    play(around, monkeypatch)
    around.settings = replace(around.settings, insecure=True)
    play(around, monkeypatch)

    assert [(around.settings.bind, around.settings.control)] == warned


def test_without_a_sink_it_serves_whoever_pulls_and_is_complete_at_the_end(
    around: Surroundings, context: sockets.Context, capsys: pytest.CaptureFixture[str]
) -> None:
    around.settings = replace(around.settings, acks="none")
    pull = FakeSink(context, around.settings)

    assert EXIT_DONE == serve(around.settings, as_json=True)
    assert COUNT == pull.batch().count
    summary = json.loads(capsys.readouterr().out)
    assert (True, COUNT) == (summary["complete"], summary["quotes"])


def test_stopped_where_it_waits_at_the_end_of_the_files_it_is_complete(
    around: Surroundings, context: sockets.Context
) -> None:
    around.settings = replace(around.settings, exit_when_done=False)
    sink = FakeSink(context, around.settings)
    client = ControlClient(context, around.settings.control, round(1000 * PATIENCE_SECONDS))
    with around.running() as (replayer, ended):
        sink.let_in()
        sink.batch()
        before = summary_of(replayer, Rates())["complete"]
        sink.acknowledge(replayer.session.run, COUNT)
        give_up = time.monotonic() + PATIENCE_SECONDS
        while "DONE" != client.ask("ping")["state"]:
            assert time.monotonic() < give_up
        client.ask("stop")
        ended.result(PATIENCE_SECONDS)
        after = summary_of(replayer, Rates())["complete"]
    client.close()

    assert (False, True) == (before, after)


def test_the_counts_of_a_replayer_that_never_met_its_sink_are_zero(around: Surroundings) -> None:
    with around.replayer() as replayer:
        summary = summary_of(replayer, Rates())

    assert (False, 0, 0) == (summary["complete"], summary["quotes"], summary["mids"])


def test_who_asks_whether_it_is_ready_is_told_what_it_waits_for(
    around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    serving = FakeServing()
    asked = serving.asked
    monkeypatch.setattr("zreplay.commands.serve.serving", serving)
    monkeypatch.setattr(Session, "is_in", property(lambda _: is_there))
    monkeypatch.setattr(Session, "is_sink_silent", lambda *_: False)
    is_there = False
    play(around, monkeypatch, is_finished=True)

    assert "no sink that answers" == asked[0]()
    is_there = True
    assert "" == asked[0]()
    monkeypatch.setattr(LiveInput, "stuck", "the capture holds its 9 bytes")
    assert "the capture holds its 9 bytes" == asked[0]()


def test_the_formats_are_counted_and_so_are_the_files_that_were_not_looked_at() -> None:
    layout = read_header(b"timestamp,ticker,ask_price,bid_price,latency", "a.csv")
    words = layout.described()

    assert {words: 2} == formats_of([layout, None, layout], 3)
    of_many = formats_of([layout] * MANY_FILES, MANY_FILES + 7)
    assert {words: MANY_FILES} == {words: of_many.pop(words)}
    assert [7] == [*of_many.values()]
