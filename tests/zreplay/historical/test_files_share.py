"""The share of files is of their bytes, from where what was asked for begins."""

from collections.abc import Mapping
from typing import cast

import pytest

from zreplay.historical.files_share import share_of
from zreplay.recordings.recording import Recording
from zreplay.recordings.source_block import FilePlace


class File:
    """A file of some bytes whose reading began at its first row."""

    def __init__(self, size_bytes: int) -> None:
        self.size_bytes = size_bytes
        self.place = FilePlace(0, 1)

    def share(self, offset: int) -> float:
        return offset / self.size_bytes


FILES = cast("list[Recording]", [File(100), File(300)])


@pytest.mark.parametrize(
    ("reached", "begun", "over", "share"),
    [
        ({}, None, (), 0.0),
        ({0: 100}, None, (), 0.25),
        ({0: 100, 1: 300}, None, (), 1.0),
        ({0: 50, 1: 150}, {}, (), 0.5),
        ({0: 50, 1: 150}, {0: 0, 1: 150}, (), 0.2),
        ({0: 75, 1: 300}, {0: 50, 1: 150}, (), 0.875),
        ({0: 10}, {0: 50, 1: 150}, (), 0.0),
        ({1: 150}, {}, {0}, 0.5),
        ({0: 100, 1: 150}, {0: 0}, {0}, 0.625),
    ],
)
def test_the_share_counts_what_was_asked_for(
    reached: Mapping[int, int], begun: Mapping[int, int] | None, over: set[int], share: float
) -> None:
    assert share == share_of(FILES, reached, begun, over)


def test_without_a_byte_nothing_is_reached() -> None:
    assert 0.0 == share_of([], {})
