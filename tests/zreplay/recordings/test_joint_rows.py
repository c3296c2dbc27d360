"""A part of joint rows has its rows of them, and what is known of their times."""

from tests.zreplay.example_quotes import make_block
from zreplay.quotes.block import EMPTY
from zreplay.recordings.joint_rows import FilePart, JointPart, JointRows
from zreplay.recordings.recording import Parsed
from zreplay.recordings.source_block import FilePlace, SourceBlock


def test_a_part_has_its_rows() -> None:
    block = make_block([5, 9, 7, 8])
    bounds = block.take(slice(1, 3)).bounds
    places = FilePlace(0, 1), FilePlace(9, 2)
    part = FilePart(1, 1, 2, bounds, *places, FilePlace(3, 4), 5, 6, 7, False)

    assert [9, 7] == part.of(block).arrival_ns.tolist()
    assert part.of(block).bounds is bounds


class Reading:
    def parsed(self, at: int) -> Parsed:
        place = FilePlace(at, 1)
        none = EMPTY.position
        return Parsed(SourceBlock(EMPTY, place, place, none, none), [])

    def rows(self) -> JointRows | None:
        return None


def test_what_was_read_of_a_file_is_that_of_its_place_among_the_others() -> None:
    assert 3 == JointPart(Reading(), 3, 0, 0).parsed().source.start.offset
