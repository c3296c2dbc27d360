"""What is reported to an operator is true, also when the counters jump."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import zmq

from tests.zreplay.fake_sink import NO_LIMIT, surroundings, write_recording
from zreplay.controls import operator as operators
from zreplay.controls import readout
from zreplay.controls.control import ControlClient
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


def test_a_step_that_is_sent_twice_with_an_id_is_done_once(replayer: Replayer) -> None:
    operator = Operator(replayer)
    replayer.playback.pause(time.monotonic_ns())
    with zmq.Context() as context, ThreadPoolExecutor(1) as other:
        client = ControlClient(context, replayer.settings.control, 20_000)
        said = []
        for once in ("a", "a", "b", ""):
            asked = other.submit(client.ask, "step", "2", once)
            while not asked.done():
                operator.answer_waiting()
            said.append(asked.result())
        client.close()

    assert said[0] == said[1]
    assert [2, 4, 6] == [each["sent"] + each["queued"] for each in (said[0], *said[2:])]


def test_a_farewell_answers_each_client_that_is_connected_once_more(replayer: Replayer) -> None:
    operator = Operator(replayer)
    with zmq.Context() as context, ThreadPoolExecutor(1) as other:
        clients = [ControlClient(context, replayer.settings.control, 20_000) for _ in range(3)]
        while replayer.link.clients.update() < len(clients):
            assert replayer.link.clients.socket.poll(20_000)
        answers = other.submit(lambda: [client.ask("status") for client in clients])
        operator.say_farewell()

        assert 3 * [True] == [answer["ok"] for answer in answers.result(60)]
        for client in clients:
            client.close()


def test_a_farewell_is_over_once_nobody_is_connected(
    replayer: Replayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operators, "FAREWELL_NS", NO_LIMIT)
    operator = Operator(replayer)
    operator.say_farewell()
    with zmq.Context() as context, ThreadPoolExecutor(1) as other:
        client = ControlClient(context, replayer.settings.control, 20_000)
        while not replayer.link.clients.update():
            assert replayer.link.clients.socket.poll(20_000)
        said = other.submit(operator.say_farewell)
        client.close()

        assert said.result(20) is None


def test_a_client_that_asks_nothing_holds_a_farewell_up_only_for_so_long(
    replayer: Replayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operators, "FAREWELL_NS", 1)
    operator = Operator(replayer)
    with zmq.Context() as context:
        client = ControlClient(context, replayer.settings.control, 20_000)
        while not replayer.link.clients.update():
            assert replayer.link.clients.socket.poll(20_000)
        operator.say_farewell()
        client.close()


def test_to_look_and_to_answer_leaves_the_events_of_peers_to_the_loop(
    replayer: Replayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replayer.link.peers, "update", lambda: pytest.fail("another thread may"))
    operator = Operator(replayer)
    operator.look(0)

    assert 0 == operator.status(0)["connected_workers"]
