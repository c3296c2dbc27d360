"""Files that are read together give what each gives alone, wherever each of them stands."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.compiled_parts import ROWS, are_in_use
from tests.depth import few
from tests.forms import NOT_IN_USE
from tests.zreplay.recordings.csv.csv_lines import GOOD, odd_lines
from tests.zreplay.recordings.csv.test_joint_lines import said_of
from zreplay.recordings.csv.csv_file import CsvFile
from zreplay.recordings.csv.joint_text import JointText
from zreplay.recordings.csv.plain_rows import ALWAYS_ODD, SharedRows
from zreplay.recordings.gzip_bytes import GzipBytes
from zreplay.recordings.joint_rows import JointPart
from zreplay.recordings.recording import Parsed

pytestmark = pytest.mark.skipif(not are_in_use(ROWS), reason=NOT_IN_USE)

HEADER = b"timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency,index\n"
ODD = GOOD.replace(b"A@B", b'"A,B"')

Said = list[tuple[object, ...]]

contents = st.lists(st.just(GOOD) | st.just(GOOD) | st.just(b"") | odd_lines, max_size=12)
parts = st.lists(contents, min_size=1, max_size=6)


@contextmanager
def opened(folder: Path, bodies: list[bytes], header: bytes = HEADER) -> Iterator[list[CsvFile]]:
    """Open files that are read with one another."""
    shared = SharedRows()
    with ExitStack() as stack:
        files = []
        for at, body in enumerate(bodies):
            path = folder / f"{at}.csv"
            path.write_bytes(header + body)
            files.append(stack.enter_context(closing(CsvFile(path, at, shared=shared))))
            files[-1].open()
        yield files


def alone(file: CsvFile, block_bytes: int) -> Parsed | None:
    """Return what a file gives alone of so many bytes, or of as many as it is asked for at once."""
    stretch = file.stretch(block_bytes)
    unparsed = file.cut(block_bytes if stretch is None else max(block_bytes, stretch[-1]))
    return None if unparsed is None else unparsed()


def read_through(files: list[CsvFile], sizes: list[int], random: Random | None) -> list[Said]:
    """Return the blocks of each file: each alone, or some of them together, chosen at random."""
    text = JointText()
    blocks: list[Said] = [[] for _ in files]
    left = dict(enumerate(files))
    while left:
        group = [*left] if random is None else random.sample([*left], random.randint(1, len(left)))
        given: list[Parsed | JointPart | None] = [None] * len(group)
        sizes_now = [sizes[len(blocks[at]) % len(sizes)] for at in group]
        if random is not None:
            given = text.read(list(zip([left[at] for at in group], sizes_now, strict=True)))
        for at, size, parsed in zip(group, sizes_now, given, strict=True):
            parsed = parsed.parsed() if isinstance(parsed, JointPart) else parsed
            parsed = parsed or alone(left[at], size)
            if parsed is None:
                del left[at]
            else:
                blocks[at].append((*said_of(parsed), left[at].place))
    return blocks


@settings(max_examples=few(20), deadline=None)
@given(
    parts, st.lists(st.integers(20, 400), min_size=1, max_size=3), st.randoms(use_true_random=False)
)
def test_each_file_gives_what_it_gives_alone(
    lines: list[list[bytes]], sizes: list[int], random: Random
) -> None:
    bodies = [b"\n".join(each) for each in lines]
    with TemporaryDirectory() as folder:
        with opened(Path(folder), bodies) as files:
            expected = read_through(files, sizes, None)
        with opened(Path(folder), bodies) as files:
            assert expected == read_through(files, sizes, random)


@pytest.mark.parametrize("odd_count", [ALWAYS_ODD - 1, ALWAYS_ODD + 1])
def test_that_holds_for_any_share_of_odd_lines(tmp_path: Path, odd_count: int) -> None:
    bodies = [odd_count * (ODD + b"\n") + GOOD + b"\n", GOOD + b"\njunk\n"]
    with opened(tmp_path, bodies) as files:
        expected = read_through(files, [10_000], None)
    with opened(tmp_path, bodies) as files:
        assert expected == read_through(files, [10_000], Random(1))


def test_usual_lines_of_files_with_the_same_columns_are_read_at_once(tmp_path: Path) -> None:
    with opened(tmp_path, [GOOD + b"\n"] * 3) as files:
        given = JointText().read([(file, 1000) for file in files])

        assert [1, 1, 1] == [each.row_count for each in given if isinstance(each, JointPart)]


def test_what_has_to_be_cut_by_itself_stays_where_it_is(tmp_path: Path) -> None:
    line = GOOD + b"\n"
    with opened(tmp_path, [line, line, b"", GOOD, line + line]) as files, ExitStack() as others:
        (tmp_path / "other.csv").write_bytes(HEADER.replace(b"index", b"x") + line)
        other = others.enter_context(closing(CsvFile(tmp_path / "other.csv", 5)))
        other.open()
        packed = CsvFile(tmp_path / "none.csv", 6, open_reader=GzipBytes)
        cut_off = files[4]
        with (tmp_path / "4.csv").open("rb+") as file:
            file.truncate(len(HEADER) + 10)
        asked = [*files, other, packed]
        places = [each.place for each in asked]

        given = JointText().read([(each, 1000) for each in asked])

        assert [True, True, False, False, False, False, False] == [
            each is not None for each in given
        ]
        assert places[2:] == [each.place for each in asked][2:]
        assert len(HEADER) == cut_off.place.offset
