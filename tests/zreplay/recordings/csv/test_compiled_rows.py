"""The compiled reader refuses arguments that do not match, and writes nothing; names come once."""

from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import astuple, replace

from tests.zreplay.example_quotes import make_block
from tests.zreplay.recordings.csv.csv_lines import GOOD, OURS
from zreplay.recordings.csv.plain_rows import form_of

pytestmark = pytest.mark.usefixtures("compiled")

FORM = form_of(OURS)
KINDS = bytes([4, 10, 6, 7, 8, 9, 5, 3])


def read_compiled(
    text: bytes | bytearray,
    kinds: bytes,
    cells: object,
    codes: object,
    odd: object,
    most_names: int = 100_000,
    gathered: tuple[object, ...] = (),
) -> object:
    from zreplay.recordings.csv import compiled_rows

    known = compiled_rows.new_names(most_names)
    missing = np.array([], np.float64)
    form = (FORM, missing, b"")
    return compiled_rows.read(text, kinds, *form, cells, codes, odd, known, *gathered)  # type: ignore[arg-type]


def test_a_name_is_listed_once_whatever_stands_behind_it() -> None:
    names = [f"T{number}" for number in range(5000)]
    lines = [GOOD.replace(b"A@B", name.encode()) for name in names]
    lines += [line.replace(b"1.5", b"2.5") for line in lines]
    text = b"".join(line + b"\n" for line in lines)
    buffers = (np.empty(10 * len(lines), np.int64), np.empty(len(lines), np.int32), bytearray(24))

    assert (len(lines), 0, 0, (*names,)) == read_compiled(text, KINDS, *buffers)


times_ns = st.integers(-(2**63), 2**63 - 1) | st.integers(0, 3)


@given(
    st.lists(st.tuples(times_ns, times_ns), min_size=1), st.lists(st.integers(0, 99), max_size=3)
)
def test_what_times_have_in_common_is_what_the_blocks_find(
    rows: list[tuple[int, int]], cuts: list[int]
) -> None:
    from zreplay.recordings.csv import compiled_rows

    for found in (rows, sorted(rows), [(max(row), min(row)) for row in sorted(rows)]):
        arrival_ns, timestamp_ns = np.array(found, np.int64).T.copy()
        block = replace(make_block([0] * len(found)), arrival_ns=arrival_ns)
        block = replace(block, timestamp_ns=timestamp_ns)
        ends = sorted({0, len(found), *(each % len(found) for each in cuts)})
        bounds = [astuple(block.take(slice(*part)).bounds) for part in pairwise(ends)]
        firsts = np.array(ends, np.int64)
        assert bounds == compiled_rows.time_bounds(arrival_ns, timestamp_ns, firsts)


def test_times_that_do_not_fit_each_other_have_nothing_in_common() -> None:
    from zreplay.recordings.csv import compiled_rows

    for sizes in ((0, 0, 0), (16, 8, 8), (8, 16, 8), (12, 12, 8), (8, 7, 8), (8, 8, 0), (8, 8, 9)):
        with pytest.raises(ValueError):
            compiled_rows.time_bounds(*map(bytearray, sizes))


@pytest.mark.parametrize("firsts", [[0, 0], [0, 3], [-1, 1], [1, 0], [0, 1, 1], [2, 2]])
def test_parts_of_rows_that_are_not_there_have_nothing_in_common(firsts: list[int]) -> None:
    from zreplay.recordings.csv import compiled_rows

    with pytest.raises(ValueError):
        compiled_rows.time_bounds(bytearray(16), bytearray(16), np.array(firsts, np.int64))


stretches = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 70), st.integers(0, 70)), max_size=8
)


def gathered(
    files: list[BinaryIO], places: list[tuple[int, int, int]], room: int
) -> tuple[bytes, list[list[int]]]:
    text, parts = bytearray(room), np.full((len(places), 10), -1, np.int64)
    rows = [(files[number].fileno(), offset, size, 0) for number, offset, size in places]
    gather(np.array(rows, np.int64), text, parts)
    return bytes(text[: parts[:, 0].sum()]), parts[:, :2].tolist()


def gather(stretches: object, text: bytearray | bytes, parts: object, room: int = 0) -> object:
    """Gather whole lines, and read them where there is room for so many."""
    buffers = np.empty(10 * room, np.int64), np.empty(room, np.int32), bytearray(24 * 64)
    return read_compiled(text, KINDS, *buffers, gathered=(stretches, parts))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text("ab\n", max_size=70), min_size=3, max_size=3), stretches)
def test_of_each_stretch_of_a_file_the_whole_lines_are_read(
    tmp_path: Path, contents: list[str], places: list[tuple[int, int, int]]
) -> None:
    expected, expected_lines = "", []
    for number, offset, size in places:
        found = contents[number][offset : offset + size]
        whole = found[: found.rfind("\n") + 1] if len(found) == size else ""
        expected += whole
        expected_lines.append([len(whole), whole.count("\n")])
    with ExitStack() as opened:
        files: list[BinaryIO] = []
        for number, content in enumerate(contents):
            (tmp_path / str(number)).write_text(content)
            files.append(opened.enter_context((tmp_path / str(number)).open("rb")))
        found_text, lines = gathered(files, places, sum(size for _, _, size in places))

    assert (expected.encode(), expected_lines) == (found_text, lines)


def test_stretches_without_room_or_that_are_none_are_refused_and_nothing_is_written() -> None:
    text, parts = bytearray(b"x" * 10), np.full((1, 10), -1, np.int64)
    most, good = 2**63 - 1, np.array([(0, 0, 1, 0)], np.int64)
    for row in [(0, 0, 11), (-1, 0, 1), (2**31, 0, 1), (0, -1, 1), (0, 0, -1), (0, most, 1)]:
        with pytest.raises(ValueError):
            gather(np.array([(*row, 0)], np.int64), text, parts)
    for size in (8, 72, 88, 160):
        with pytest.raises(ValueError):
            gather(good, text, bytearray(size))
    for stretches, room in [(bytearray(24), text), (good, bytes(10))]:
        with pytest.raises(ValueError):
            gather(stretches, room, parts)

    assert b"x" * 10 == text
    assert [-1] * 10 == parts[0].tolist()


@pytest.mark.parametrize(("room", "expected"), [(2, (0, 65, 0, ())), (3, (2, 1, 0, ("A@B",)))])
def test_what_is_gathered_is_read_where_there_is_room_for_its_lines(
    tmp_path: Path, room: int, expected: tuple[object, ...]
) -> None:
    (tmp_path / "a").write_bytes(GOOD + b"\nodd\n" + GOOD + b"\ncut off")
    parts = np.empty((1, 10), np.int64)
    with (tmp_path / "a").open("rb") as file:
        size = file.seek(0, 2)
        stretches = np.array([(file.fileno(), 0, size, 2**63 - 1)], np.int64)
        found = gather(stretches, bytearray(size), parts, room)

    assert (expected, [size - 7, 3, 0]) == (found, parts[0, :3].tolist())


def test_of_what_cannot_be_read_there_is_no_line(tmp_path: Path) -> None:
    (tmp_path / "written").touch()
    with (tmp_path / "written").open("ab") as file:
        assert (b"", [[0, 0]]) == gathered([file], [(0, 0, 10)], 10)


class Names:
    """The names of a recording whose texts hold these, one in a line."""

    def __init__(self, most: int) -> None:
        from zreplay.recordings.csv import compiled_rows

        self._read = compiled_rows.read
        self._known = compiled_rows.new_names(most)

    def of(self, names: list[str]) -> tuple[list[int], tuple[str, ...]]:
        """Return the code of each, and all that are known."""
        text = b"".join(GOOD.replace(b"A@B", name.encode()) + b"\n" for name in names)
        cells, codes = np.empty(10 * len(names), np.int64), np.empty(len(names), np.int32)
        form = (KINDS, FORM, np.array([], np.float64), b"")
        rows, odd, _, known = self._read(text, *form, cells, codes, bytearray(24), self._known)
        assert (len(names), 0) == (rows, odd)
        return codes.tolist(), known


some_names = st.sampled_from(["BTC", "ETH", "", "sol", "SOL", "S" * 56]) | st.integers(0, 300).map(
    str
)


@given(st.lists(st.lists(some_names, max_size=60), max_size=8), st.sampled_from([1, 3, 40, 10**6]))
def test_every_name_of_every_text_has_its_code(texts: list[list[str]], most: int) -> None:
    names, before, largest = Names(most), tuple[str, ...](), most
    for text in texts:
        codes, known = names.of(text)
        largest = max(largest, len({*text}))
        new = [name for name in dict.fromkeys(text) if name not in before]

        assert text == [known[code] for code in codes]
        if len(before) + len(new) > most:
            assert (*dict.fromkeys(text),) == known
        else:
            assert (*before, *new) == known
            assert bool(new) or known is before or not before
        assert len(known) <= largest
        before = known


def test_what_holds_no_names_is_refused() -> None:
    from zreplay.recordings.csv import compiled_rows

    for known in (None, {}, compiled_rows):
        with pytest.raises(ValueError):
            compiled_rows.read(b"", KINDS, FORM, b"", b"", *(bytearray(0),) * 3, known)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        compiled_rows.new_names("many")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "rows", "kinds"),
    [
        (GOOD, 1, KINDS),  # no line feed
        (GOOD + b"\n" + GOOD + b"\n", 1, KINDS),
        (GOOD + b"\n", 1, bytes([4, 10, 6, 7, 0, 9, 5, 3])),  # no bid price
        (GOOD + b"\n", 1, bytes([4, 10, 6, 7, 8, 9, 5, 1])),
        (GOOD + b"\n", 1, bytes([4, 10, 6, 7, 8, 9, 5, 14])),
        (GOOD + b"\n", 1, bytes([4, 10, 6, 7, 8, 9, 5, 5])),  # two latencies
    ],
)
def test_what_would_not_fit_is_not_read(text: bytes, rows: int, kinds: bytes) -> None:
    with pytest.raises(ValueError):
        read_compiled(
            text, kinds, np.empty(10 * rows, np.int64), np.empty(rows, np.int32), bytearray(24)
        )


@pytest.mark.parametrize(
    ("cell_bytes", "code_bytes", "odd_bytes", "skipped"),
    [
        (79, 4, 24, 0),
        (72, 4, 24, 0),
        (88, 4, 24, 0),
        (80, 5, 24, 0),
        (80, 4, 25, 0),
        (80, 4, 24, 1),
    ],
)
def test_buffers_that_do_not_fit_each_other_are_not_written_to(
    cell_bytes: int, code_bytes: int, odd_bytes: int, skipped: int
) -> None:
    sizes = (cell_bytes, code_bytes, odd_bytes)
    buffers = [np.zeros(size + skipped, np.uint8)[skipped:] for size in sizes]
    with pytest.raises(ValueError):
        read_compiled(GOOD + b"\n", KINDS, *buffers)

    assert [0, 0, 0] == [int(buffer.sum()) for buffer in buffers]
