"""What is read out of a session is what it holds, and what the sink said is nothing before."""

from pathlib import Path

from tests.zreplay.fake_sink import make_ack
from tests.zreplay.fakes import make_session, open_all, welcome
from zreplay.settings import ReplaySettings

RUN = b"r" * 16
SECOND_NS = 1_000_000_000


def test_it_says_where_the_session_stands() -> None:
    session = make_session(ReplaySettings(historical=(Path("a.csv"),), loop=3), RUN)
    outside = session.status(0, files_ended=False)
    welcome(session, None, 5)
    opening = session.status(0, files_ended=True)
    open_all(session)
    session.window.sent(4, b"frame", 0)
    inside = session.status(0, files_ended=True)

    assert [(0, False, 0), (1, True, 0), (1, True, 4)] == [
        (status.epoch, status.is_answered, status.window.in_flight_quotes)
        for status in (outside, opening, inside)
    ]
    assert (RUN, "historical", "3 passes", False) == (
        inside.run,
        inside.target_mode,
        inside.target_loop,
        inside.is_at_end,
    )
    assert (9, 5, 5) == (inside.window.next, inside.window.committed, inside.window.in_flight_bytes)


def test_what_the_sink_has_not_said_is_nothing() -> None:
    session = make_session(ReplaySettings(historical=(Path("a.csv"),)), RUN)
    silent = session.status(0, files_ended=False)
    session.last_ack = make_ack(RUN, 10, mids=7, skipped=3, stalled="disk full")
    heard = session.status(0, files_ended=False)

    assert [(0, 0, ""), (7, 3, "disk full")] == [
        (status.mids, status.latency_skipped, status.stalled) for status in (silent, heard)
    ]


def test_a_sink_that_falls_silent_does_not_answer() -> None:
    session = make_session(ReplaySettings(historical=(Path("a.csv"),)), RUN)
    welcome(session)
    session.to_send(1, files_ended=False)

    assert [True, False] == [
        session.status(now_ns, files_ended=False).is_answered
        for now_ns in (SECOND_NS, SECOND_NS + 2)
    ]
