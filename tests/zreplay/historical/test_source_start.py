"""Files are read up to a cursor from a place that is before all that is behind it."""

import pytest

from protocol.errors import InputError
from zreplay.historical.historical_cursor import HistoricalCursor
from zreplay.historical.left_out import key_before_whole_arrival
from zreplay.historical.selection import Selection
from zreplay.historical.source_start import place_before
from zreplay.ordering.order_cursor import OrderCursor, Resume
from zreplay.recordings.index.entries import BEGINNING
from zreplay.recordings.source_block import FilePlace

START = HistoricalCursor(3, None, (70, 7))
FILES = (Resume(FilePlace(5, 6, 7), 8), Resume(BEGINNING, None))


def test_without_a_place_they_are_read_from_their_beginning() -> None:
    begin = place_before(START, None, 2, Selection(), is_piped_in=False)

    assert ((70, 7), (Resume(BEGINNING, None),) * 2) == (begin.last_key, begin.files)


def test_from_a_place_they_are_read_up_to_the_cursor() -> None:
    begin = OrderCursor.of((60, 1), FILES)
    begin = place_before(START, begin, 2, Selection(), is_piped_in=False)

    assert ((70, 7), FILES) == (begin.last_key, begin.files)


def test_what_arrives_with_the_last_quote_is_compared_with_it_again() -> None:
    begin = place_before(START, None, 1, Selection(dedupe=True), is_piped_in=False)

    assert key_before_whole_arrival((70, 7)) == begin.last_key < (70, 7)


def test_a_place_behind_the_cursor_is_no_place_before_it() -> None:
    with pytest.raises(AssertionError):
        place_before(START, OrderCursor.of((70, 8), FILES), 2, Selection(), is_piped_in=False)


def test_what_was_piped_in_cannot_be_read_again() -> None:
    with pytest.raises(InputError, match="standard input cannot be read again"):
        place_before(START, None, 1, Selection(), is_piped_in=True)
