"""A selection of nothing and a time of another age are named, with what to look at."""

import pytest

from zreplay.historical.file_notes import FileNotes
from zreplay.historical.selection import Selection, Selector
from zreplay.historical.source_warnings import warn_if_empty, warn_of_far_time


def selector(selection: Selection, sent: int) -> Selector:
    return Selector(selection, selection.window(0), 0, sent)


@pytest.mark.parametrize(
    ("selection", "sent", "warnings"),
    [
        (Selection(tickers=("X",)), 0, 1),
        (Selection(tickers=("X",)), 1, 0),
        (Selection(), 0, 0),
    ],
)
def test_a_selection_that_nothing_matches_is_named(
    selection: Selection, sent: int, warnings: int, caplog: pytest.LogCaptureFixture
) -> None:
    warn_if_empty(selection, selector(selection, sent))

    assert warnings == len(caplog.records)


def test_a_far_time_is_named_with_its_file(caplog: pytest.LogCaptureFixture) -> None:
    notes = FileNotes()
    notes.far_ns = 10**18 * 5

    warn_of_far_time("a.csv", notes, None)

    assert "before 1990 or after 2100" in caplog.text
