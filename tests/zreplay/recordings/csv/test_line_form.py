"""How values are written is told to the compiled code as the layout says it."""

from tests.zreplay.recordings.csv.csv_lines import OURS
from zreplay.recordings.csv.line_form import (
    comment_starts,
    form_of,
    is_date_before_time,
    kept_of,
)


def test_a_usual_layout_has_neither_comments_nor_rows_that_are_left_out() -> None:
    assert (b"", b"", False) == (comment_starts(OURS), kept_of(OURS), is_date_before_time(OURS))


def test_the_form_begins_with_what_is_between_two_fields() -> None:
    assert ord(OURS.delimiter) == int.from_bytes(form_of(OURS)[:8], "little")
