"""Polling gives an answer, or none, and never an error."""

import threading

import msgspec
import pytest
import zmq

from protocol.sockets import Context
from zreplay.controls.asking import asking


def test_an_answer_is_given_on_and_no_answer_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    context: Context = zmq.Context()
    with context.socket(zmq.REP) as replier:
        replier.bind("tcp://127.0.0.1:*")
        endpoint = replier.getsockopt_string(zmq.LAST_ENDPOINT)

        def answer_once() -> None:
            replier.send(msgspec.json.encode({"ok": True, "heard": replier.recv().decode()}))

        thread = threading.Thread(target=answer_once)
        thread.start()
        monkeypatch.setattr("zreplay.controls.asking.ASK_TIMEOUT_MS", 60_000)
        with asking(endpoint) as ask:
            answer = ask("speed", "2")
        thread.join()

        assert answer is not None
        assert '{"verb":"speed","value":"2"}' == answer["heard"]

        monkeypatch.setattr("zreplay.controls.asking.ASK_TIMEOUT_MS", 50)
        with asking(endpoint) as ask:
            assert ask("ping", "") is None
    context.term()


def test_once_it_is_over_nobody_is_asked() -> None:
    with asking("ipc:///tmp/nobody-is-here", lambda: True) as ask:
        assert ask("ping", "") is None


def test_once_it_is_over_nobody_waits_for_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zreplay.controls.asking.ASK_TIMEOUT_MS", 3_600_000)
    looks = iter([False, False, False, True])
    context: Context = zmq.Context()
    with context.socket(zmq.REP) as silent:
        silent.bind("tcp://127.0.0.1:*")
        with asking(silent.getsockopt_string(zmq.LAST_ENDPOINT), lambda: next(looks)) as ask:
            assert ask("status", "") is None
    context.term()

    assert [] == [*looks]
