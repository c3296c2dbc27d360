"""Reading ahead changes neither the order nor the end nor the errors of a source."""

import threading
from collections.abc import Callable, Iterator

import pytest

from protocol.errors import InputError
from tests.zreplay.example_quotes import make_block
from zreplay.historical.read_ahead import READ_AHEAD_PIECES, ReadAhead
from zreplay.quotes.source import Piece

PATIENCE_SECONDS = 5


def pieces(count: int) -> list[Piece]:
    return [Piece(make_block([number]), lambda rows: b"") for number in range(count)]


class Reader:
    """A blocking source: each item is a piece, None, or an error to raise."""

    def __init__(self, *items: Piece | Exception | None) -> None:
        self.reads = 0
        self._items = list(items)

    def __call__(self) -> Piece | None:
        self.reads += 1
        item = self._items.pop(0)
        if isinstance(item, Exception):
            raise item
        return item


@pytest.fixture
def rung() -> threading.Event:
    return threading.Event()


@pytest.fixture
def start(rung: threading.Event) -> Iterator[Callable[[Callable[[], Piece | None]], ReadAhead]]:
    started: list[ReadAhead] = []

    def start(read: Callable[[], Piece | None]) -> ReadAhead:
        started.append(ReadAhead(read, rung.set))
        return started[-1]

    yield start
    for ahead in started:
        ahead.close()


Start = Callable[[Callable[[], Piece | None]], ReadAhead]


def next_of(ahead: ReadAhead, rung: threading.Event) -> Piece | None:
    """Poll as the loop does: when there is none, wait for the wake-up and look again."""
    while True:
        rung.clear()
        piece = ahead.poll()
        if piece is not None or ahead.is_ended:
            return piece
        assert rung.wait(PATIENCE_SECONDS), "nothing came and nothing rang"


def test_what_is_read_ahead_is_never_a_piece_without_rows(
    start: Start, rung: threading.Event
) -> None:
    nothing = Piece(make_block([]), lambda rows: b"")
    first, second = pieces(2)
    ahead = start(Reader(nothing, nothing, first, nothing, second, nothing, None))

    assert [first, second, None] == [next_of(ahead, rung) for _ in range(3)]


def test_every_piece_comes_once_in_order_and_then_the_end(
    start: Start, rung: threading.Event
) -> None:
    given = pieces(5 * READ_AHEAD_PIECES)
    ahead = start(Reader(*given, None))

    assert given == [next_of(ahead, rung) for _ in given]
    assert next_of(ahead, rung) is None
    assert ahead.is_ended
    assert ahead.poll() is None


def test_the_end_is_not_known_before_the_last_piece_was_taken(
    start: Start, rung: threading.Event
) -> None:
    ahead = start(Reader(*pieces(1), None))

    assert not ahead.is_ended
    assert next_of(ahead, rung) is not None
    assert next_of(ahead, rung) is None
    assert ahead.is_ended


def test_the_end_is_known_as_soon_as_nothing_else_is_left(
    start: Start, rung: threading.Event
) -> None:
    ahead = start(Reader(*pieces(1), None))
    next_of(ahead, rung)
    ahead._thread.join()  # it has read the end

    assert ahead.is_ended
    assert ahead.poll() is None


def test_an_error_comes_after_every_piece_that_was_read_before_it(
    start: Start, rung: threading.Event
) -> None:
    given = pieces(2)
    ahead = start(Reader(*given, InputError("quote out of order")))

    assert given == [next_of(ahead, rung) for _ in given]
    with pytest.raises(InputError, match="out of order"):
        next_of(ahead, rung)
    assert ahead.is_ended
    assert ahead.poll() is None


def test_polling_never_waits_for_a_slow_reader(start: Start, rung: threading.Event) -> None:
    may_read = threading.Event()

    def read() -> Piece | None:
        may_read.wait(PATIENCE_SECONDS)
        return None

    ahead = start(read)
    assert ahead.poll() is None
    assert not ahead.is_ended

    may_read.set()
    assert next_of(ahead, rung) is None
    assert ahead.is_ended


def test_the_reader_stops_when_a_few_pieces_wait(start: Start, rung: threading.Event) -> None:
    most_ahead = READ_AHEAD_PIECES + 1  # one more in the reader's hand
    given = pieces(20)
    reader = Reader(*given, None)
    ahead = start(reader)
    for taken in range(len(given)):
        next_of(ahead, rung)
        assert reader.reads - taken <= most_ahead + 1


def test_closing_ends_a_reader_that_waits_for_room() -> None:
    reader = Reader(*pieces(50), None)
    ahead = ReadAhead(reader, lambda: None)
    ahead.close()

    assert reader.reads <= READ_AHEAD_PIECES + 1
