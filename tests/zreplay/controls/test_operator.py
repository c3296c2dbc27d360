"""What is reported to an operator is true, also when the counters jump."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.zreplay.fake_sink import NO_LIMIT, surroundings, write_recording
from zreplay.controls import operator as operators
from zreplay.controls import readout
from zreplay.controls.operator import Operator
from zreplay.controls.wait_reporter import LASTS_NS
from zreplay.replayer.replayer import Replayer

SECOND_NS = 1_000_000_000


@pytest.fixture
def replayer(tmp_path: Path) -> Iterator[Replayer]:
    path = write_recording(tmp_path / "quotes.csv", 30)
    with (
        surroundings(tmp_path, historical=(path,)) as around,
        around.replayer() as replayer,
    ):
        yield replayer


def test_quotes_that_left_within_an_epoch_are_a_rate(replayer: Replayer) -> None:
    operator = Operator(replayer)
    operator.look(0)
    replayer.session.window.welcome(0, NO_LIMIT)
    replayer.session.window.sent(500, b"", 1)
    operator.look(SECOND_NS)

    assert 500.0 == operator.status(SECOND_NS)["sent_per_second"]


def test_where_a_new_epoch_begins_is_no_rate(replayer: Replayer) -> None:
    operator = Operator(replayer)
    operator.look(0)
    replayer.session.admission.epoch = 1
    replayer.session.window.welcome(500, NO_LIMIT)
    operator.look(SECOND_NS)

    assert 0.0 == operator.status(SECOND_NS)["sent_per_second"]


def test_a_wait_that_lasts_is_reported_once(
    replayer: Replayer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    operator = Operator(replayer)
    for now_ns in (0, LASTS_NS, 2 * LASTS_NS):
        assert now_ns < operator.look(now_ns)

    assert ["waiting"] == [record.message for record in caplog.records]


def test_the_loop_waits_on_the_control_socket(replayer: Replayer) -> None:
    assert (replayer.link.control,) == Operator(replayer).sockets


def test_what_another_thread_asks_is_read_out_by_the_loop(
    replayer: Replayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator, readers = Operator(replayer), []

    def noted(*arguments: object) -> dict[str, object]:
        readers.append(threading.get_ident())
        return readout.status_of(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(operators, "status_of", noted)
    with ThreadPoolExecutor(1) as other:
        answer = other.submit(operator.ask_status)
        assert replayer.waiter.wait(time.monotonic_ns() + 60 * SECOND_NS, None)  # it is woken
        operator.answer_waiting()

        assert "record" in answer.result(60)
    assert [threading.get_ident()] == readers


def test_where_the_loop_does_not_come_round_another_thread_is_told_so(
    replayer: Replayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operators, "ANSWER_SECONDS", 0.0)
    operator = Operator(replayer)
    with pytest.raises(TimeoutError):
        operator.ask_status()

    operator.answer_waiting()  # nobody waits for it any more


def test_to_look_and_to_answer_leaves_the_events_of_peers_to_the_loop(
    replayer: Replayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replayer.link.peers, "update", lambda: pytest.fail("another thread may"))
    operator = Operator(replayer)
    operator.look(0)

    assert 0 == operator.status(0)["connected_workers"]
