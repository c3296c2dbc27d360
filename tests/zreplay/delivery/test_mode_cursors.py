"""A cursor is the place behind its batch, and the other mode's is where that stands."""

from protocol.messages import HISTORICAL, LIVE
from zreplay.delivery.cursor import ReplayCursor
from zreplay.delivery.mode_cursors import ModeCursors
from zreplay.delivery.openings import OpenNextPass, OpenRun, OpenSought, ReturnToEnd
from zreplay.delivery.run_state import RunState

BEGUN = ReplayCursor(historical=b"h5", live=b"l5")


def begun() -> ModeCursors:
    places = ModeCursors()
    places.begin(BEGUN)
    open_all(places)
    return places


def open_all(places: ModeCursors, sought: bytes = b"") -> None:
    while (wanted := places.to_open()) is not None:
        places.opened(wanted, sought)


def test_it_begins_where_the_sinks_cursor_is_or_at_the_very_start() -> None:
    places = ModeCursors()
    for cursor in (BEGUN, None):
        places.begin(cursor)
        place = cursor or ReplayCursor()
        wanted = OpenRun({HISTORICAL: place.historical, LIVE: place.live}, cursor is not None)

        assert (wanted, False) == (places.to_open(), places.are_open)
        assert (place.historical, place.live) == (places.historical, places.live)
    open_all(places)

    assert places.are_open


def test_what_was_sent_of_one_mode_leaves_the_place_of_the_other() -> None:
    places = begun()
    places.sent(LIVE, b"l6")
    behind = ReplayCursor.unpack(places.cursor_behind(RunState(HISTORICAL), b"h6"))

    assert ReplayCursor(RunState(HISTORICAL), b"h6", b"l6") == behind
    assert b"h5" == places.historical


def test_a_seek_is_the_place_once_it_is_open_there_and_not_before() -> None:
    places = begun()
    places.seek(7)
    first = places.to_open()
    assert first is not None
    assert (OpenSought(7, b"h5"), b"h5") == (first, places.historical)
    places.seek(9)
    places.opened(first, b"at 7")
    assert (False, b"h5") == (places.are_open, places.historical)
    open_all(places, b"at 9")

    assert (True, b"at 9") == (places.are_open, places.historical)


def test_a_new_pass_makes_no_place_before_its_first_quote_is_sent() -> None:
    places = begun()
    places.rewind()
    assert (OpenNextPass(), True) == (places.to_open(), places.is_rewound)
    open_all(places)
    places.sent(LIVE, b"l6")
    assert (b"h5", True) == (places.historical, places.is_rewound)
    places.sent(HISTORICAL, b"h1")

    assert (b"h1", False) == (places.historical, places.is_rewound)


def test_a_pass_that_has_not_begun_can_be_cancelled_once() -> None:
    places = begun()
    places.cancel_rewind()
    assert places.are_open
    places.rewind()
    open_all(places)
    for _ in range(2):
        places.cancel_rewind()
        assert (ReturnToEnd(), False) == (places.to_open(), places.is_rewound)


def test_a_seek_takes_the_place_of_a_pass_that_was_to_begin() -> None:
    places = begun()
    places.rewind()
    places.seek(None)

    assert (OpenSought(None, b"h5"), False) == (places.to_open(), places.is_rewound)
