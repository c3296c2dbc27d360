"""What takes long runs beside the loop, one after the other, and its outcome comes back."""

import threading
from collections.abc import Iterator

import pytest

from protocol.errors import SettingsError
from zreplay.replayer.errands import MAX_WAITING, Errand, Errands

PATIENCE_SECONDS = 10.0


class Loop:
    """A loop that does nothing but errands."""

    def __init__(self) -> None:
        self.bell = threading.Event()
        self.errands = Errands(self.bell.set)

    def turn(self) -> None:
        """Wait until the bell rings, then advance once."""
        assert self.bell.wait(PATIENCE_SECONDS)
        self.bell.clear()
        self.errands.advance()


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.errands.close()


def thread_of() -> int:
    return threading.get_ident()


def two_threads() -> Errand[list[int]]:
    own = thread_of()
    other = yield thread_of
    return [own, other, thread_of()]


def test_what_is_yielded_runs_on_a_thread_and_the_rest_where_it_was(loop: Loop) -> None:
    outcome = loop.errands.add(two_threads())
    loop.turn()
    own, other, own_again = outcome.result(0)

    assert (own, True) == (own_again, own != other)


def test_adding_and_advancing_do_not_wait_for_the_work(loop: Loop) -> None:
    released = threading.Event()

    def slow() -> Errand[str]:
        yield lambda: released.wait(PATIENCE_SECONDS)
        return "done"

    outcome = loop.errands.add(slow())
    loop.errands.advance()
    assert not outcome.done()
    released.set()
    loop.turn()

    assert "done" == outcome.result(0)


def test_they_run_in_their_order_each_to_its_end(loop: Loop) -> None:
    said: list[str] = []

    def errand(name: str) -> Errand[None]:
        for step in "12":
            yield lambda step=step: said.append(f"{name}{step}")

    outcomes = [loop.errands.add(errand(name)) for name in "ab"]
    while not outcomes[-1].done():
        loop.turn()

    assert ["a1", "a2", "b1", "b2"] == said


def test_what_fails_on_the_thread_fails_where_it_was_asked_for(loop: Loop) -> None:
    caught: list[BaseException] = []

    def fail() -> None:
        raise SettingsError("no such file")

    def errand() -> Errand[None]:
        try:
            yield fail
        except SettingsError as error:
            caught.append(error)
            raise

    outcome = loop.errands.add(errand())
    loop.turn()

    assert [outcome.exception(0)] == caught


def test_no_more_wait_than_may_and_what_is_our_own_all_the_same(loop: Loop) -> None:
    released = threading.Event()

    def slow() -> Errand[None]:
        yield lambda: released.wait(PATIENCE_SECONDS)

    for _ in range(MAX_WAITING):
        loop.errands.add(slow())
    with pytest.raises(SettingsError, match="are already waiting"):
        loop.errands.add(slow())
    own = loop.errands.add(slow(), is_own=True)
    released.set()
    while not own.done():
        loop.turn()
