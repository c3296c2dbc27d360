"""A watched replayer is asked until it is over, and the end is noticed soon."""

import threading

from tests.zreplay.answers import SECOND_NS
from tests.zreplay.screen.fake_replayer import FakeReplayer
from zreplay.screen.keys import Keys
from zreplay.screen.watched import Clock, Watched


def watched(replayer: FakeReplayer) -> Watched:
    return Watched(replayer.ask, replayer.is_over, "", replayer.clock(), Keys(None), as_json=False)


def test_a_look_keeps_the_answer_and_tells_that_it_goes_on() -> None:
    view = watched(FakeReplayer(ends_ns=SECOND_NS))

    assert view.look()
    assert view.seen.status is not None


def test_after_the_end_nothing_is_asked() -> None:
    replayer = FakeReplayer(ends_ns=0)

    assert not watched(replayer).look()
    assert [] == replayer.asked_ns


def test_a_rest_ends_with_the_run() -> None:
    replayer = FakeReplayer(ends_ns=SECOND_NS)

    watched(replayer).rest_until(100 * SECOND_NS)

    assert SECOND_NS == replayer.now_ns


def test_a_clock_that_an_event_ends_does_not_sleep_once_it_is_set() -> None:
    over = threading.Event()
    over.set()

    assert True is Clock.ended_by(over).sleep(3600)
