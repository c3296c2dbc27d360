"""Lines are parsed later as what they were when they were cut."""

from tests.zreplay.recordings.csv.csv_lines import GOOD, OURS
from zreplay.quotes.rejection import Rejection
from zreplay.recordings.csv.csv_text import CsvText
from zreplay.recordings.csv.line_fields import too_long
from zreplay.recordings.csv.unparsed_lines import UnparsedLines, rejection_at
from zreplay.recordings.source_block import FilePlace

START = FilePlace(50, 7)


def test_what_was_passed_over_comes_before_what_is_rejected_of_the_lines() -> None:
    before = rejection_at("a.csv", too_long(b"x"), START, 0, 0)
    data = GOOD + b"\njunk\n"
    start, end = FilePlace(60, 8), FilePlace(60 + len(data), 10)
    lines = UnparsedLines(
        CsvText(OURS, 0), "a.csv", data + b"x", len(data), 2, start, end, [before]
    )

    source, rejections = lines()

    assert [60] == source.block.position.tolist()
    assert [60, 60 + len(GOOD) + 1] == source.row_offsets.tolist()
    assert (start, end) == (source.start, source.end)
    assert [(7, 50), (9, 60 + len(GOOD) + 1)] == [(each.line, each.offset) for each in rejections]


def test_a_line_whose_number_is_not_known_has_its_byte() -> None:
    fault = too_long(b"x")

    expected = Rejection("a.csv", None, 53, *fault)

    assert expected == rejection_at("a.csv", fault, FilePlace(50, None), 3, 1)
