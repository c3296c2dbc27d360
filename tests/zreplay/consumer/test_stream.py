"""What comes is iterated over, in a loop or an asynchronous one, and nothing of it is lost."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from protocol.codec import encode
from protocol.errors import LinkError
from tests.zreplay.consumer.fake_replayer import DONE, FakeReplayer
from tests.zreplay.consumer.test_received import batch
from zreplay.consumer.subscription import Subscription


def test_a_batch_that_comes_while_an_await_is_cancelled_is_not_lost(
    replayer: FakeReplayer,
) -> None:
    async def firsts() -> list[int]:
        async with Subscription(**replayer.addresses) as subscription:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(subscription), 0.1)
            replayer.to_send.append(encode(batch(0)))
            first = (await anext(subscription)).first
            replayer.answer = DONE
            return [first, *[received.first async for received in subscription]]

    assert [0] == asyncio.run(firsts())


def test_closing_it_in_another_thread_ends_the_iteration(replayer: FakeReplayer) -> None:
    subscription = Subscription(**replayer.addresses)
    replayer.to_send.append(encode(batch(0)))
    next(subscription)
    rest: list[object] = []
    thread = threading.Thread(target=lambda: rest.extend(subscription))
    thread.start()
    subscription.end()
    thread.join()
    subscription.close()

    assert [] == rest


def test_a_replayer_that_is_gone_in_the_middle_is_an_error_with_its_last_record(
    replayer: FakeReplayer, is_lost_soon: Callable[[], None]
) -> None:
    with Subscription(**replayer.addresses) as subscription:
        replayer.to_send.append(encode(batch(0)))
        next(subscription)
        replayer.answer = None
        is_lost_soon()

        with pytest.raises(LinkError, match="at record 4"):
            next(subscription)
