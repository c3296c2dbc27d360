"""A file that begins with nothing but rejected rows ends, wherever it is cut into blocks."""

from collections.abc import Iterator
from itertools import pairwise
from random import Random

import numpy as np
import pytest

from protocol.errors import InputError
from zreplay.historical.hopeless_start import NO_LIMIT, HopelessStart
from zreplay.quotes.block import EMPTY
from zreplay.quotes.rejection import Rejection, RowCode
from zreplay.recordings.csv.judged_rows import block_of_rows
from zreplay.recordings.csv.line_rows import Row
from zreplay.recordings.index.entries import BEGINNING
from zreplay.recordings.recording import Parsed
from zreplay.recordings.source_block import FilePlace, RowNotes, SourceBlock

HEADER_BYTES = 100
QUOTE = Row(1, -1, 1, 0.0, 1.0, 2.0, 1.0, 1.0, "A")
MOST = 4


def stretch(lines: str, first: int = 0) -> Parsed:
    """Rows of ten bytes: q is a quote, x is rejected, - is left out."""
    begin = HEADER_BYTES + 10 * first
    offsets = [begin + 10 * number for number in range(len(lines))]
    rejections = [
        Rejection("a.csv", 2 + first + number, offset, "bid", "x", "not a number", RowCode.OTHER)
        for number, (line, offset) in enumerate(zip(lines, offsets, strict=True))
        if line == "x"
    ]
    positions = [offset for line, offset in zip(lines, offsets, strict=True) if line == "q"]
    source = SourceBlock(
        block_of_rows([QUOTE] * len(positions), positions) if positions else EMPTY,
        FilePlace(begin, 2 + first),
        FilePlace(begin + 10 * len(lines), 2 + first + len(lines)),
        np.array(offsets, np.int64),
        np.arange(len(lines)),
        notes=RowNotes(lines.count("-")),
    )
    return Parsed(source, rejections)


def read(lines: str, cuts: list[int], most_rejected: int = MOST) -> Iterator[Parsed | InputError]:
    """What a reader gives of a file cut there, up to its end or failure."""
    start = HopelessStart("a.csv", most_rejected)
    for begin, end in pairwise([0, *cuts, len(lines)]):
        given = start.add(stretch(lines[begin:end], begin))
        if (failure := start.failure) is not None:
            yield from (start.rejected(), failure)
            return
        yield given
    if (held := start.end()) is not None:
        yield held


def told(parts: list[Parsed | InputError]) -> tuple[list[int], list[int], int, str]:
    parsed = [part for part in parts if isinstance(part, Parsed)]
    return (
        [position for part in parsed for position in part.source.block.position.tolist()],
        [rejection.offset for part in parsed for rejection in part.rejections],
        sum(part.source.notes.left_out for part in parsed),
        next((part.what for part in parts if isinstance(part, InputError)), ""),
    )


@pytest.mark.parametrize(
    ("lines", "is_read_on"),
    [
        ("xxxq", True),
        ("xxxxq", False),
        ("xxxx", False),
        ("xxx", True),
        ("-xx-x-", True),
        ("--xx-xx-q", False),
        ("qxxxxxxx", True),
        ("-q", True),
        ("", True),
    ],
)
def test_only_what_comes_before_the_first_quote_decides(lines: str, is_read_on: bool) -> None:
    chance = Random(lines)
    for _ in range(20):
        cuts = sorted(chance.randrange(len(lines) + 1) for _ in range(chance.randrange(4)))
        quotes, rejected, left_out, failure = told(list(read(lines, cuts)))

        assert is_read_on == (not failure)
        if is_read_on:
            assert [
                HEADER_BYTES + 10 * at for at, line in enumerate(lines) if line == "q"
            ] == quotes
            assert lines.count("x") == len(rejected)
            assert lines.count("-") == left_out
        else:
            assert ([], MOST) == (quotes, len(rejected))
            assert "its first 4 rows are all rejected" in failure
            assert f"line {2 + lines.index('x')}: bid 'x': not a number" in failure


def test_while_nothing_is_given_the_file_is_read_from_its_beginning_by_who_goes_on() -> None:
    first, second, *_ = read("xxxq", [1, 2])

    assert isinstance(first, Parsed) and isinstance(second, Parsed)
    assert [BEGINNING] * 4 == [
        place for part in (first, second) for place in (part.source.start, part.source.end)
    ]


def test_what_was_held_back_has_its_lines() -> None:
    *_, last = read("xx-q", [1, 3])

    assert isinstance(last, Parsed)
    source = last.source
    assert [2, 3, 4, 5] == [source.line_at(offset) for offset in source.row_offsets.tolist()]
    assert (FilePlace(HEADER_BYTES, 2), FilePlace(HEADER_BYTES + 40, 6)) == source[1:3]


def test_without_a_limit_all_passes_at_once() -> None:
    parts = list(read("xxxxxxxx", [3], NO_LIMIT))

    assert [3, 5] == [len(part.rejections) for part in parts if isinstance(part, Parsed)]


def test_without_lines_the_first_of_them_is_named_by_what_its_offset_counts() -> None:
    parsed = stretch("xxxx")
    rows = [each._replace(line=None, offset=at) for at, each in enumerate(parsed.rejections, 7)]
    start = HopelessStart("a.parquet", MOST)
    start.add(Parsed(parsed.source._replace(unit="row"), rows))

    assert start.failure is not None
    assert "rows are all rejected; row 7: bid 'x'" in start.failure.what
