"""Blocks are written in their order; what goes wrong is told to whoever writes on, or ends."""

import contextlib
import threading
from collections.abc import Iterator

import pytest

from protocol.errors import ResultLogError
from tests.zreplay.example_quotes import make_block
from zreplay.conversion import write_behind
from zreplay.conversion.write_behind import WriteBehind
from zreplay.quotes.block import Block


class Target:
    files = 3

    def __init__(self, *, fails_at: int = -1) -> None:
        self.written: list[int] = []
        self.closed = 0
        self.may_write = threading.Event()
        self.may_write.set()
        self._fails_at = fails_at

    def write(self, block: Block) -> None:
        self.may_write.wait()
        if len(self.written) == self._fails_at:
            raise OSError(28, "No space left on device")
        self.written.append(len(block))

    def close(self) -> None:
        self.closed += 1


@contextlib.contextmanager
def reported() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ResultLogError(f"told: {error.strerror}") from error


def test_all_is_written_in_order_and_closed_once() -> None:
    target = Target()
    with WriteBehind(lambda: target, reported) as writer:
        for rows in range(1, 20):
            writer.write(make_block(range(rows)))
        assert 3 == writer.finish()

    assert (list(range(1, 20)), 1) == (target.written, target.closed)


def test_without_a_block_the_target_is_made_at_the_end() -> None:
    made: list[Target] = []

    def new() -> Target:
        made.append(Target())
        return made[-1]

    with WriteBehind(new, reported) as writer:
        assert [] == made
        writer.finish()
    assert [1] == [target.closed for target in made]


def test_an_error_comes_out_and_what_was_begun_is_closed() -> None:
    target = Target(fails_at=2)
    with (
        pytest.raises(ResultLogError, match="told: No space"),
        WriteBehind(lambda: target, reported) as writer,
    ):
        for _ in range(3):
            writer.write(make_block([1]))
        writer.finish()

    assert 1 == target.closed


def test_no_more_blocks_wait_than_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_behind, "MOST_WAITING", 2)
    target = Target()
    target.may_write.clear()
    taken: list[int] = []

    def write() -> None:
        for number in range(6):
            writer.write(make_block([1]))
            taken.append(number)

    with WriteBehind(lambda: target, reported) as writer:
        thread = threading.Thread(target=write)
        thread.start()
        thread.join(0.2)
        waiting = len(taken)
        target.may_write.set()
        thread.join()
        writer.finish()

    assert waiting <= 2
    assert 6 == len(target.written)
