"""A batch is resent unchanged, and one that never comes back ends the run by name."""

import pytest

from protocol import codec
from protocol.errors import PoisonBatch
from protocol.messages import Batch
from tests.zreplay.example_quotes import make_block
from tests.zreplay.fakes import make_session, welcome
from zreplay.delivery.resend import next_frame, overdue
from zreplay.delivery.session import Session
from zreplay.delivery.window import MAX_TIMEOUT_NS, CreditWindow
from zreplay.playback.batch_columns import cut_of
from zreplay.settings import ReplaySettings

RUN = b"r" * 16


def session_with(batches: int) -> Session:
    session = make_session(ReplaySettings(live=("ws://x",)), RUN)
    welcome(session)
    for number in range(batches):
        outgoing = session.prepare(cut_of(make_block(range(2))), b"%d" % number, None)
        session.sent(outgoing, codec.encode(outgoing.batch), number)
    return session


def window_with(batches: int) -> CreditWindow:
    return session_with(batches).window


def test_it_is_the_same_batch_but_for_its_attempt() -> None:
    window = window_with(1)
    lost = overdue(window, 2 * MAX_TIMEOUT_NS)
    assert lost is not None
    before, again = codec.decode(lost.frame), codec.decode(next_frame(lost))

    assert isinstance(before, Batch)
    assert isinstance(again, Batch)
    assert (1, 2) == (before.attempt, again.attempt)
    assert (before.first, before.cursor, before.columns) == (
        again.first,
        again.cursor,
        again.columns,
    )


def test_what_is_not_overdue_does_not_go_again() -> None:
    assert None is overdue(window_with(1), 1)


def test_one_that_never_comes_back_while_later_ones_do_is_named() -> None:
    window, now_ns = window_with(3), 3
    window.acknowledged(0, 10**6, ((2, 4),), now_ns)
    with pytest.raises(PoisonBatch, match=r"records 0 to 1 were sent \d+ times"):
        while True:
            now_ns += MAX_TIMEOUT_NS
            window.acknowledged(0, 10**6, ((2, 4),), now_ns)
            lost = overdue(window, now_ns)
            assert lost is not None
            assert 0 == lost.first
            window.resent(lost, next_frame(lost), now_ns)
