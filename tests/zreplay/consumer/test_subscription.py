"""A subscription receives what a replayer sends, ends when it says so, and loses nothing."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import zmq

from protocol.codec import encode
from protocol.errors import MalformedMessage, SettingsError
from tests.zreplay.consumer.fake_replayer import DONE, RUNNING, FakeReplayer
from tests.zreplay.consumer.test_received import batch
from zreplay.consumer.subscription import Subscription


def test_it_yields_what_comes_in_order_and_ends_when_the_replayer_is_done(
    replayer: FakeReplayer,
) -> None:
    with Subscription(**replayer.addresses) as subscription:
        replayer.to_send.append(encode(batch(0)))
        replayer.to_send.append(encode(batch(2)))
        firsts = []
        for received in subscription:
            firsts.append(received.first)
            replayer.answer = DONE

    assert [0, 2] == firsts
    assert not subscription.was_stopped


def test_a_replayer_of_another_version_is_named_once_and_understood(
    replayer: FakeReplayer,
) -> None:
    replayer.answer = RUNNING | {"version": "9.9\x1b"}
    with Subscription(**replayer.addresses) as subscription:
        replayer.to_send.append(encode(batch(0)))
        with pytest.warns(UserWarning, match=r"zreplay 9\.9\?, this is") as warned:
            first = next(subscription).first
            replayer.answer = DONE | {"version": "9.9\x1b"}
            assert [] == [*subscription]

    assert (0, 1) == (first, len(warned))


@pytest.fixture
def broadcaster(short_waits: None) -> Iterator[FakeReplayer]:
    with zmq.Context() as context:
        fake = FakeReplayer(context, zmq.XPUB)
        fake.answer = RUNNING | {"acks": "sink"} | broadcast_at(fake.addresses["address"])
        yield fake
        fake.close()
        context.destroy(linger=0)


def broadcast_at(address: str) -> dict[str, Any]:
    return {"broadcast": {"address": address, "subscribers": 0}}


@pytest.mark.parametrize(("said", "shown"), [(False, ""), (True, "tcp://*:1")])
def test_a_broadcast_is_known_by_its_address_or_if_that_is_said(
    broadcaster: FakeReplayer, said: bool, shown: str
) -> None:
    if shown:
        broadcaster.answer = RUNNING | {"acks": "sink"} | broadcast_at(shown)
    broadcaster.to_send.extend([encode(batch(0)), encode(batch(2))])
    with Subscription(**broadcaster.addresses, broadcast=said) as subscription:
        assert [0, 2] == [next(subscription).first for _ in range(2)]


def test_of_a_broadcast_what_did_not_come_is_told_at_the_end_too(broadcaster: FakeReplayer) -> None:
    broadcaster.to_send.append(encode(batch(0)))
    with Subscription(**broadcaster.addresses) as subscription:
        first = next(subscription)
        assert broadcaster.answer is not None
        broadcaster.answer = broadcaster.answer | {"state": "DONE", "record": 7}
        (last,) = subscription

    assert (0, 0) == (first.first, first.missing)
    assert (0, 7, 5) == (last.quotes.num_rows, last.first, last.missing)


def test_one_that_does_not_broadcast_is_not_waited_for(replayer: FakeReplayer) -> None:
    with (
        Subscription(**replayer.addresses, broadcast=True) as subscription,
        pytest.raises(SettingsError, match="does not broadcast"),
    ):
        next(subscription)


def test_it_takes_nothing_from_a_replayer_with_a_sink(replayer: FakeReplayer) -> None:
    replayer.answer = RUNNING | {"acks": "sink"}
    replayer.to_send.append(encode(batch(0)))

    with (
        Subscription(**replayer.addresses) as subscription,
        pytest.raises(SettingsError, match="has a sink"),
    ):
        next(subscription)
    assert 1 == len(replayer.to_send)


def test_one_that_was_stopped_ends_the_iteration(replayer: FakeReplayer) -> None:
    with Subscription(**replayer.addresses) as subscription:
        replayer.to_send.append(encode(batch(0)))
        next(subscription)
        replayer.answer = RUNNING | {"state": "DRAINING"}
        threading.Timer(0.2, lambda: setattr(replayer, "answer", None)).start()

        assert [] == [*subscription]
        assert subscription.was_stopped


@pytest.mark.parametrize("frame", [b"", b"ZR", b"junk" * 10])
def test_what_is_no_batch_is_an_error_and_not_passed_over(
    replayer: FakeReplayer, frame: bytes
) -> None:
    with Subscription(**replayer.addresses) as subscription:
        replayer.to_send.append(frame)

        with pytest.raises(MalformedMessage):
            next(subscription)


def test_an_address_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(SettingsError, match="address was"):
        Subscription("nonsense")
