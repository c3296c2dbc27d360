"""Told to stop or failed, a replayer sends nothing new, says so once, and keeps its first error."""

from pathlib import Path

import pytest

from protocol.errors import InputError
from tests.zreplay.fakes import make_session, open_all, welcome
from zreplay.delivery.session import Session
from zreplay.replayer.drain import DRAIN_LIMIT_NS, Drain
from zreplay.settings import ReplaySettings


@pytest.fixture
def session() -> Session:
    session = make_session(ReplaySettings(historical=(Path("a.csv"),)), b"r" * 16)
    welcome(session)
    open_all(session)
    session.window.sent(3, b"frame", 0)
    return session


def test_a_stop_is_said_once_and_waits_for_what_is_in_flight(
    session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    drain = Drain(session)
    for now_ns in (10, 20):
        drain.begin(now_ns)

    assert ["draining; Ctrl-C ends at once"] == [record.message for record in caplog.records]
    assert [False, True] == [
        session.is_over(10 + DRAIN_LIMIT_NS + more_ns, files_ended=False) for more_ns in (0, 1)
    ]
    assert (0, None) == (session.room(), session.ending.failure)


def test_of_two_failures_the_first_is_the_reason(session: Session) -> None:
    drain, first = Drain(session), InputError("the first")
    drain.fail(first)
    drain.fail(InputError("the second"))

    assert (first, True) == (session.ending.failure, session.ending.is_draining)
