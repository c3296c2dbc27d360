"""The rows of files that are one text are those of each alone, at their place in their file."""

from contextlib import ExitStack
from tempfile import TemporaryFile

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from protocol.compiled_parts import ROWS, are_in_use
from tests.depth import few
from tests.forms import NOT_IN_USE
from tests.zreplay.recordings.csv.csv_lines import (
    GOOD,
    OURS,
    fields_of_ours,
    files,
    good_line,
    lines_of,
    odd_lines,
    quotes_of,
)
from zreplay.quotes.block import offset_of
from zreplay.quotes.ticker_table import joined
from zreplay.recordings.csv.csv_lines import line_count
from zreplay.recordings.csv.csv_text import CsvText
from zreplay.recordings.csv.joint_lines import PART_CELLS, JointLines
from zreplay.recordings.csv.plain_rows import SharedRows
from zreplay.recordings.csv.unparsed_lines import UnparsedLines
from zreplay.recordings.index.entries import FirstRow
from zreplay.recordings.recording import Parsed
from zreplay.recordings.source_block import FilePlace

pytestmark = pytest.mark.skipif(not are_in_use(ROWS), reason=NOT_IN_USE)

lines = good_line | good_line | good_line | lines_of(fields_of_ours) | odd_lines
texts = files(lines).map(lambda data: data[: data.rfind(b"\n") + 1]).filter(bool)


def cuts_of(contents: list[bytes]) -> list[UnparsedLines]:
    """Cut files that are read with one another."""
    shared, cuts = SharedRows(), []
    for at, data in enumerate(contents):
        count = line_count(data, len(data))
        start, end = FilePlace(100 * at, 10 * at), FilePlace(100 * at + len(data), 10 * at + count)
        text = CsvText(OURS, at, shared)
        cuts.append(UnparsedLines(text, f"{at}.csv", data, len(data), count, start, end, []))
    return cuts


def said_of(parsed: Parsed) -> tuple[object, ...]:
    source = parsed.source
    return (
        *(quotes_of(source.block), source.start, source.end, source.notes, source.unit),
        *(source.row_offsets.tolist(), source.row_numbers.tolist(), parsed.rejections),
        source.block.bounds if len(source.block) else None,
    )


def joint_lines_of(contents: list[bytes]) -> JointLines | None:
    cuts = cuts_of(contents)
    rows = cuts[0].text.joint_rows
    assert rows is not None
    text, parts = bytearray(sum(map(len, contents))), np.empty((len(cuts), PART_CELLS), np.int64)
    with ExitStack() as opened:
        stretches = []
        for cut in cuts:
            file = opened.enter_context(TemporaryFile(buffering=0))
            file.write(cut.data)
            stretches.append((file.fileno(), 0, len(cut.data), cut.base))
        plain = rows.gather(np.array(stretches, np.int64), text, parts)
    return None if plain is None else JointLines(plain, parts, cuts)


def together(contents: list[bytes]) -> list[Parsed] | None:
    lines = joint_lines_of(contents)
    return None if lines is None else [part.parsed() for part in lines.parts()]


@settings(max_examples=few(25), deadline=None)
@given(st.lists(texts, min_size=1, max_size=6))
def test_each_file_has_the_rows_that_it_has_alone(contents: list[bytes]) -> None:
    parsed = together(contents)
    assume(parsed is not None)
    assert parsed is not None

    assert [said_of(cut()) for cut in cuts_of(contents)] == [said_of(each) for each in parsed]


def test_a_file_without_rows_has_none() -> None:
    parsed = together([b"\n\n", GOOD + b"\n", b"junk\n", b"\n" + GOOD + b"\n"])

    assert parsed is not None
    assert [0, 1, 0, 1] == [len(each.source.block) for each in parsed]
    assert [0, 0, 1, 0] == [len(each.rejections) for each in parsed]
    assert [[], [0], [0], [1]] == [each.source.row_numbers.tolist() for each in parsed]


@settings(max_examples=few(25), deadline=None)
@given(st.lists(st.lists(good_line | good_line | st.just(b""), max_size=4), min_size=1, max_size=5))
def test_the_rows_of_all_are_those_of_each(lines: list[list[bytes]]) -> None:
    contents = [b"".join(line + b"\n" for line in each) or b"\n" for each in lines]
    joint = joint_lines_of(contents)
    assume(joint is not None)
    assert joint is not None
    sources = [part.parsed().source for part in joint.parts()]
    has_only_rows = all(len(source.block) for source in sources)
    has_faults = any(part.parsed().rejections for part in joint.parts())
    rows = joint.rows()

    assert rows is None or (has_only_rows and not has_faults)
    if rows is None:
        return
    block, parts = rows
    assert quotes_of(joined([source.block for source in sources])) == quotes_of(block)
    for number, (part, source) in enumerate(zip(parts, sources, strict=True)):
        bounds, position = source.block.bounds, source.block.position.tolist()
        newest = offset_of(position[bounds.newest_row])
        assert quotes_of(source.block) == quotes_of(part.of(block))
        assert (number, bounds) == (part.number, part.bounds) == (number, part.of(block).bounds)
        assert (source.start, source.end) == (part.start, part.end)
        assert FilePlace(newest, source.line_at(newest)) == part.newest
        assert position[bounds.last_row] == part.last_position
        first = FirstRow(part.first_timestamp_ns, part.first_arrival_ns)
        assert first == FirstRow.of(source.block)


def test_usual_lines_of_all_are_rows_of_all() -> None:
    joint = joint_lines_of([GOOD + b"\n", b"\n" + 3 * (GOOD + b"\n")])
    assert joint is not None
    rows = joint.rows()

    assert rows is not None
    assert (4, [1, 3]) == (len(rows.block), [part.count for part in rows.parts])


@pytest.mark.parametrize("other", [b"junk\n", b"\n", GOOD.replace(b"A@B", b'"A,B"') + b"\n"])
def test_where_one_has_an_odd_line_or_no_row_there_are_none_of_all(other: bytes) -> None:
    joint = joint_lines_of([GOOD + b"\n", other])

    assert joint is not None
    assert joint.rows() is None
