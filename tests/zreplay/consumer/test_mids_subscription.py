"""A subscription to what a sink publishes says what it missed, and ends when the run does."""

from collections.abc import Callable, Iterator

import pytest
import zmq
from msgspec.structs import replace

from protocol.errors import LinkError, MalformedMessage
from protocol.published import Published, PublishedEnd, pack, topic_of
from tests.protocol.examples import RUN
from tests.zreplay.consumer.fake_replayer import DONE, RUNNING, FakeReplayer
from tests.zreplay.consumer.test_received_mids import message
from zreplay.consumer import mids_subscription
from zreplay.consumer.mids_subscription import MidsSubscription

END = PublishedEnd(1, RUN, 8, False, (("A", 3), ("B", 5)), 0)
STATUS = RUNNING | {"committed": 8, "run": RUN.hex()}


@pytest.fixture
def sink(short_waits: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeReplayer]:
    """A sink that publishes, and its replayer, in one."""
    monkeypatch.setattr(mids_subscription, "END_WAIT_NS", 50_000_000)
    with zmq.Context() as context:
        fake = FakeReplayer(context, zmq.XPUB)
        fake.answer = STATUS
        yield fake
        fake.close()
        context.destroy(linger=0)


def publish(sink: FakeReplayer, *messages: Published) -> None:
    sink.to_send.extend([topic_of(each), pack(each)] for each in messages)


def test_it_ends_with_the_run_and_tells_what_was_missed_last(sink: FakeReplayer) -> None:
    publish(sink, message("A", 0, 2), message("B", 1), END)
    with MidsSubscription(**sink.addresses) as subscription:
        found = [(item.ticker, len(item.quotes), item.missing) for item in subscription]

    assert [("A", 2, 0), ("B", 1, 1), ("A", 0, 1), ("B", 0, 3)] == found
    assert not subscription.was_stopped


def test_it_ends_with_the_sink_and_says_that_it_was_stopped(sink: FakeReplayer) -> None:
    publish(sink, message("A", 0, 2), replace(END, is_stopped=True))
    with MidsSubscription(**sink.addresses) as subscription:
        assert [2, 0, 0] == [len(item.quotes) for item in subscription]
        assert subscription.was_stopped


def test_an_end_in_several_messages_is_over_with_the_last(sink: FakeReplayer) -> None:
    first = PublishedEnd(1, RUN, 8, False, (("A", 3),), 1)
    publish(sink, first, PublishedEnd(1, RUN, 8, False, (("B", 5),), 0))
    with MidsSubscription(**sink.addresses) as subscription:
        assert [("A", 3), ("B", 5)] == [(item.ticker, item.missing) for item in subscription]


def test_only_the_chosen_tickers_come(sink: FakeReplayer) -> None:
    publish(sink, message("B", 0, 5), message("BTC", 0), END)
    with MidsSubscription(**sink.addresses, tickers=["B"]) as subscription:
        assert ["B"] == [item.ticker for item in subscription]


def test_an_end_that_does_not_come_is_an_error(sink: FakeReplayer) -> None:
    publish(sink, message("A", 0))
    with MidsSubscription(**sink.addresses) as subscription:
        next(subscription)
        sink.answer = STATUS | DONE | {"run": RUN.hex()}

        with pytest.raises(LinkError, match="the end of what is published"):
            next(subscription)


def test_one_that_does_not_answer_at_first_is_asked_again_once_something_has_come(
    sink: FakeReplayer,
) -> None:
    sink.answer = None
    publish(sink, message("A", 0), message("A", 1), message("A", 2))
    with MidsSubscription(**sink.addresses) as subscription:
        next(subscription)
        sink.answer, asked = STATUS, sink.asked
        next(subscription)

        assert asked < sink.asked


def test_where_nobody_ever_answers_it_is_said_where_to_ask_and_not_waited_for_ever(
    sink: FakeReplayer, is_lost_soon: Callable[[], None]
) -> None:
    sink.answer = None
    publish(sink, message("A", 0))
    with MidsSubscription(**sink.addresses) as subscription:
        next(subscription)
        is_lost_soon()
        with pytest.raises(LinkError, match="out=DIR"):
            next(subscription)


def test_of_a_run_that_was_stopped_what_was_committed_and_did_not_come_is_missing(
    sink: FakeReplayer,
) -> None:
    publish(sink, message("A", 0))
    with MidsSubscription(**sink.addresses) as subscription:
        next(subscription)
        sink.answer = STATUS | {"state": "DRAINING"}
        sink.silent_after = sink.asked + 1
        (rest,) = subscription

    assert ("", 0, 7) == (rest.ticker, len(rest.quotes), rest.missing)
    assert subscription.was_stopped


@pytest.mark.parametrize("frames", [[b"A"], [b"A", b"junk"], [b"A", b"", b""]])
def test_what_is_no_such_message_is_an_error(sink: FakeReplayer, frames: list[bytes]) -> None:
    sink.to_send.append(frames)
    with MidsSubscription(**sink.addresses) as subscription, pytest.raises(MalformedMessage):
        next(subscription)
