"""A processor that takes too long is told, once; any other is not."""

import threading

import pytest

from tests.zmid.processors.recorded import batch
from zmid.processors import time_limit
from zmid.processors.time_limit import Call, TimeLimit

PATIENCE_SECONDS = 30.0


@pytest.fixture(autouse=True)
def quick_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_limit, "TICK_SECONDS", 0.001)


def test_one_that_hangs_is_named_with_its_batch() -> None:
    told: list[Call] = []
    is_told = threading.Event()

    def expire(call: Call) -> None:
        told.append(call)
        is_told.set()

    limit = TimeLimit(0.005, expire)
    with limit.over("slow", batch()):
        assert is_told.wait(PATIENCE_SECONDS)
    limit.close()

    assert [Call("slow", batch())] == told


def test_time_between_calls_does_not_count() -> None:
    """The one call that hangs is told after as many ticks of its own, whatever came before."""
    told: list[Call] = []
    is_told = threading.Event()

    def expire(call: Call) -> None:
        told.append(call)
        is_told.set()

    limit = TimeLimit(0.005, expire)
    assert not is_told.wait(0.05)
    with limit.over("slow", batch()):
        assert is_told.wait(PATIENCE_SECONDS)
    limit.close()

    assert ["slow"] == [call.processor for call in told]
