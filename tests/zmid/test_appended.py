"""A log is closed where a plain walk over its lines closes it, wherever what is appended is cut."""

from hypothesis import given
from hypothesis import strategies as st

from protocol.commit import Tail
from zmid.appended import Appended, Appender, whole
from zmid.arrivals import Arrivals

LINES = st.lists(
    st.binary(max_size=6).map(lambda line: line.replace(b"\n", b"") + b"\n"), max_size=30
)
CUTS = st.lists(st.integers(1, 5), min_size=1, max_size=30)

NOON = Arrivals(1_768_478_400_000_000_000, 7)


def by_size(lines: list[bytes], size: int) -> list[bytes]:
    """Return the segments of lines: each is closed behind the line that reaches the size."""
    segments = [b""]
    for line in lines:
        segments[-1] += line
        if len(segments[-1]) >= size:
            segments.append(b"")
    return segments


@given(LINES, CUTS, CUTS, st.integers(1, 20))
def test_by_size_a_log_is_closed_behind_the_line_that_reaches_it(
    lines: list[bytes], chunks: list[int], groups: list[int], size: int
) -> None:
    made, segments, tail, left = [], [b""], Tail(), lines
    for place in range(len(lines) + 1):
        appender = Appender("a.log", tail, b"", size)
        for chunk in chunks[: groups[place % len(groups)]]:
            part, left = left[:chunk], left[chunk:]
            appender.add(memoryview(b"".join(part)), NOON)
        made.append(appender.made())
        tail = made[-1].after
        first, *others = (bytes(piece) for piece in made[-1].pieces)
        segments = [*segments[:-1], segments[-1] + first, *others]

    expected = by_size(lines[: len(lines) - len(left)], size)
    assert expected == segments
    ends = [closed.tail for each in made for closed in each.closed]
    assert [len(each) for each in expected[:-1]] == [end.length for end in ends]
    assert [*range(len(expected) - 1)] == [end.number for end in ends]
    starts = [sum(map(len, expected[:place])) for place in range(len(expected))]
    assert starts == [*(end.start for end in ends), tail.start]
    assert all(
        Tail().grown(text).crc == end.crc for text, end in zip(expected, [*ends, tail], strict=True)
    )


def test_its_name_says_the_bytes_or_the_period() -> None:
    sized = Appender("a.log", Tail(3, 0, 5, 100), b"", 6)
    sized.add(b"12\n34\n", NOON)
    hourly = Appender("a.log", Tail(3, 0, 5, 100))
    hourly.end_period("2026-01-15T12", NOON)

    closed = [each.made().closed[0] for each in (sized, hourly)]
    assert ["segments/a.00000005.100-106.log", "segments/a.00000005.2026-01-15T12.log"] == [
        each.file for each in closed
    ]
    assert [NOON, NOON] == [each.arrivals for each in closed]


def test_what_is_empty_is_not_closed_and_neither_is_a_table_without_a_row() -> None:
    nothing, table = Appender("a.log", Tail()), Appender("a.arrows", Tail(), b"schema")
    for each in (nothing, table):
        each.end_period("12", NOON)
        each.add(b"rows", NOON)
        each.end_period("13", NOON)
        each.end_period("14", NOON)

    assert [[b"rows", b""], [b"schemarows", b"schema"]] == [
        [*each.made().pieces] for each in (nothing, table)
    ]


def test_by_size_a_table_is_closed_behind_a_batch_of_rows_and_each_begins_with_its_schema() -> None:
    table = Appender("a.arrows", Tail(), b"schema", 10)
    for rows in (b"1\n2", b"345", b"6", b"7890"):
        table.add(rows, NOON)

    assert [b"schema1\n2345", b"schema67890", b"schema"] == [*table.made().pieces]


def test_the_files_of_a_commit_are_the_log_and_a_new_one_for_each_segment_it_begins() -> None:
    appender = Appender("outputs/a", Tail(2, 0, 7), b"", 4)
    appender.add(b"1\n2\n3\n45\n", NOON)

    assert [
        ("outputs/a", 2, b"1\n"),
        ("segments/outputs/a.00000008.open", 0, b"2\n3\n"),
        ("segments/outputs/a.00000009.open", 0, b"45\n"),
    ] == [(file, offset, bytes(piece)) for file, offset, piece in appender.made().files][:3]


@given(st.binary(max_size=4), st.lists(st.binary(max_size=4), max_size=4), st.integers(0, 9))
def test_without_rotation_it_is_one_piece(head: bytes, parts: list[bytes], length: int) -> None:
    before = Tail(length, 7)
    text = (b"" if length else head) + b"".join(parts)

    assert Appended("a.log", before, (text,), (), before.grown(text)) == whole(
        "a.log", before, head, parts
    )
