"""A replayer to subscribe to, and waits that are short."""

from collections.abc import Callable, Iterator

import pytest
import zmq

from tests.zreplay.consumer.fake_replayer import FakeReplayer
from zreplay.consumer import end_watch


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(end_watch, "SILENCE_NS", 30_000_000)
    monkeypatch.setattr(end_watch, "LAST_WAIT_NS", 20_000_000)
    monkeypatch.setattr("zreplay.consumer.stream.ASK_TIMEOUT_MS", 200)


@pytest.fixture
def is_lost_soon(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Once called, who does not answer is gone soon.

    Call it when all has come that is to come: on a busy machine who is there answers late, too.
    """
    return lambda: monkeypatch.setattr(end_watch, "LOST_NS", 100_000_000)


@pytest.fixture
def replayer(short_waits: None) -> Iterator[FakeReplayer]:
    with zmq.Context() as context:
        fake = FakeReplayer(context)
        yield fake
        fake.close()
        context.destroy(linger=0)
