"""Files in, quotes in arrival order out; and the rest of them from any cursor."""

import contextlib
import gzip
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from random import Random

import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.errors import InputError, ProtocolError
from tests.format_examples import EXAMPLES
from tests.forms import FORMS, in_form
from tests.odd_bytes import with_odd_bytes
from tests.reference import ordered_quotes, parse_time
from tests.zreplay.recordings.csv.csv_lines import Quote, quotes_of
from tests.zreplay.recordings.exact_members import gunzipped
from zreplay.historical import parse_ahead
from zreplay.historical.historical_cursor import HistoricalCursor
from zreplay.historical.historical_source import HistoricalSource
from zreplay.historical.latency_model import LatencyModel
from zreplay.historical.selection import Selection
from zreplay.ordering.order_cursor import OrderCursor
from zreplay.quotes.block import Block
from zreplay.quotes.rejection import Rejection, RowCode
from zreplay.recordings.formats.format_options import NOTHING_SAID
from zreplay.recordings.recording_layout import check_files

HEADER = "timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"
SECOND_NS = 1_000_000_000


DAY_NS = 86_400 * SECOND_NS


def row(second: float, latency_ms: float = 1, price: str = "1", day: str = "2025-10-02") -> str:
    return f"{day} 00:00:{second:09.6f},T,1,{price},1,1,{latency_ms}\n"


class Reading:
    """A source over files, and what it rejected."""

    def __init__(
        self,
        paths: list[Path],
        cursor: bytes = b"",
        late: str = "stop",
        max_rows: int = 1000,
        reorder_s: int = 5,
        latency: str = "recorded",
        selection: Selection | None = None,
        begin: OrderCursor | None = None,
    ) -> None:
        self.rejections: list[Rejection] = []
        self.source = HistoricalSource(
            paths,
            horizon_ns=reorder_s * SECOND_NS,
            late=late,
            max_rows=max_rows,
            reject=self.rejections.append,
            cursor=cursor,
            begin=begin,
            latency=LatencyModel.parse(latency, "--latency"),
            selection=selection,
            max_jump_ns=DAY_NS,
        )

    @property
    def starts(self) -> dict[int, int]:
        return dict(enumerate(self.source.starts.values()))

    def blocks(self) -> list[Block]:
        blocks = []
        while (piece := self.source.read()) is not None:
            blocks.append(piece.block)
        return blocks

    def keys(self) -> list[tuple[int, int]]:
        blocks = self.blocks()
        self.source.close()
        return [key for block in blocks for key in keys_of(block)]


def keys_of(block: Block) -> list[tuple[int, int]]:
    return list(zip(block.arrival_ns.tolist(), block.position.tolist(), strict=True))


def files(folder: Path, *contents: list[str]) -> list[Path]:
    paths = [folder / f"{number}.csv" for number in range(len(contents))]
    for path, rows in zip(paths, contents, strict=True):
        path.write_text(HEADER + "".join(rows))
    return paths


@pytest.fixture
def in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have few files opened one after the other, as many are."""
    monkeypatch.setattr(parse_ahead, "FEW_FILES", 0)
    monkeypatch.setattr("zreplay.recordings.parquet_file.ROWS_AT_DAMAGE", 4)


def as_parquet(paths: list[Path]) -> list[Path]:
    """Make Parquet files of them, which hold a descriptor as long as they are open."""
    for path in paths:
        pa_parquet.write_table(pa_csv.read_csv(path), path)
    return paths


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BLOCK_BYTES", "FIRST_BLOCK_BYTES", "LEAST_BLOCK_BYTES"):
        monkeypatch.setattr(parse_ahead, name, 150)


def test_quotes_of_several_files_come_in_the_order_of_their_arrival(tmp_path: Path) -> None:
    paths = files(
        tmp_path, [row(3), row(1, 2500), row(0)], [row(2), row(3)], [row(9, -8000), row(8)]
    )

    keys = Reading(paths).keys()

    assert keys == sorted(keys)
    assert [0, 2, 1, 0, 1, 0, 2] == [position >> 48 for _, position in keys]


FAR_DAYS = ["2025-10-03", "2025-10-04", "2099-01-01"]


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.lists(
            st.builds(row, st.integers(0, 12), st.integers(0, 3000), st.sampled_from(["1", "x"]))
            | st.builds(row, st.integers(0, 12), day=st.sampled_from(FAR_DAYS))
            | st.sampled_from(["", "\n", "junk\n", "z" * 400 + "\n"]),
            max_size=24,
        ),
        min_size=1,
        max_size=3,
    )
)
@pytest.mark.parametrize("few_files", [0, 16])
@pytest.mark.usefixtures("small_blocks")
def test_a_resume_behind_any_quote_gives_the_rest_and_rejects_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few_files: int, contents: list[list[str]]
) -> None:
    monkeypatch.setattr(parse_ahead, "FEW_FILES", few_files)
    paths = files(tmp_path, *contents)
    whole = Reading(paths, late="reject")
    places = []
    while (piece := whole.source.read()) is not None:
        for number, key in enumerate(keys_of(piece.block)):
            places.append((key, piece.cursor_after(number + 1)))
    keys = [key for key, _ in places]

    for number, (_, cursor) in enumerate(places):
        again = Reading(paths, cursor, late="reject")
        starts = again.source.starts
        assert keys[number + 1 :] == again.keys()
        kept = [r for r in whole.rejections if r.offset < starts[r.file]]
        assert sorted(whole.rejections) == sorted(kept + again.rejections)


ODD_HEADER = b",timestamp,ticker,ask_amount,ask_price,note,bid_price,bid_amount,latency,\n"


def rows_with_odd_bytes(seed: int) -> Iterator[bytes]:
    choices = Random(seed)
    for number in range(150):
        timestamp = b"2025-10-02 00:00:%06.3f" % (number / 10 + choices.random())
        fields = [b"%d" % number, timestamp, b"T", b"1", b"2", b"", b"1.5", b"1", b"3", b""]
        yield b",".join(with_odd_bytes(fields, [0, 5, 9], choices)) + b"\n"


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.usefixtures("small_blocks")
def test_odd_bytes_mean_the_same_from_any_cursor_with_the_compiled_parts_and_without(
    tmp_path: Path, seed: int
) -> None:
    path = tmp_path / "0.csv"
    path.write_bytes(ODD_HEADER + b"".join(rows_with_odd_bytes(seed)))
    whole = Reading([path])
    quotes: list[Quote] = []
    places = [(0, b"")]
    while (piece := whole.source.read()) is not None:
        quotes += quotes_of(piece.block)
        if len(piece.block):
            places.append((len(quotes), piece.cursor_after(len(piece.block))))
    whole.source.close()

    expected, rejected = ordered_quotes([path])
    assert (len(expected), rejected) == (len(quotes), len(whole.rejections))
    for form, (sent, cursor) in product(FORMS, places):
        with in_form(form):
            again = Reading([path], cursor)
            start = again.source.starts[str(path)]
            left = [quote for block in again.blocks() for quote in quotes_of(block)]
            again.source.close()
            assert quotes[sent:] == left
            assert [r for r in whole.rejections if r.offset >= start] == again.rejections


@pytest.mark.usefixtures("small_blocks")
def test_a_late_row_ends_the_run_with_its_line_and_what_helps(tmp_path: Path) -> None:
    paths = files(tmp_path, [row(0), row(20), row(1), row(30)])
    reading = Reading(paths)

    pieces = iter(reading.source.read, None)
    assert 1 == next(len(piece.block) for piece in pieces if len(piece.block))
    with pytest.raises(InputError) as error:
        reading.source.read()
    reading.source.close()

    assert f"{paths[0]}: the quote at line 4" in error.value.what
    assert "--reorder 18.999s" in error.value.fix
    assert 4 == len(Reading(paths, reorder_s=19).keys())


def cut_off(path: Path, missing_bytes: int) -> Path:
    """Compress a file in members of one line each; the last lacks so many bytes, but not all."""
    members = [gzip.compress(line) for line in path.read_bytes().splitlines(keepends=True)]
    cut = path.with_suffix(".gz")
    missing_bytes = min(missing_bytes, len(members[-1]) - 1)  # the header stays whole
    cut.write_bytes(b"".join(members)[:-missing_bytes])
    return cut


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.lists(st.builds(row, st.integers(0, 12), st.integers(-2000, 3000)), max_size=14),
        min_size=1,
        max_size=3,
    ),
    st.integers(1, 60),
)
@pytest.mark.parametrize("few_files", [0, 16])
@pytest.mark.usefixtures("small_blocks")
def test_a_file_that_is_cut_off_ends_the_run_behind_its_last_quote_whatever_resumes_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    few_files: int,
    contents: list[list[str]],
    missing_bytes: int,
) -> None:
    monkeypatch.setattr(parse_ahead, "FEW_FILES", few_files)
    paths = files(tmp_path, [row(1), *contents[0]], *contents[1:])
    paths[0] = cut_off(paths[0], missing_bytes)
    whole = Reading(paths, late="reject")
    places = []
    with pytest.raises(InputError, match=r"0\.gz: the compressed data is cut off"):
        while (piece := whole.source.read()) is not None:
            for number, key in enumerate(keys_of(piece.block)):
                places.append((key, piece.cursor_after(number + 1)))
    whole.source.close()
    keys = [key for key, _ in places]

    text = gunzipped(paths[0].read_bytes())
    paths[0].with_suffix(".csv").write_bytes(text[: text.rfind(b"\n") + 1])
    there = Reading([paths[0].with_suffix(".csv"), *paths[1:]], late="reject").keys()
    last_ns = max((key[0] for key in there if not key[1] >> 48), default=-1)
    # It may be more, up to the watermark; the tests of the order say how much.
    assert there[: len(keys)] == keys
    assert [key for key in there if key[0] <= last_ns] == keys[: sum(k[0] <= last_ns for k in keys)]
    for number, (_, cursor) in enumerate(places):
        again = Reading(paths, cursor, late="reject")
        rest: list[tuple[int, int]] = []
        with pytest.raises(InputError, match="is cut off"):
            while (piece := again.source.read()) is not None:
                rest += keys_of(piece.block)
        again.source.close()
        assert keys[number + 1 :] == rest


@pytest.mark.usefixtures("small_blocks")
def test_a_file_that_is_cut_off_behind_what_is_asked_for_does_not_matter(tmp_path: Path) -> None:
    path = cut_off(files(tmp_path, [row(second) for second in range(30)])[0], 10)
    first_ns = 1_759_363_200_000_000_000
    for selection, count in (
        (Selection(to_ns=first_ns + 10 * SECOND_NS), 10),
        (Selection(limit=12), 12),
    ):
        source = HistoricalSource(
            [path],
            horizon_ns=SECOND_NS,
            late="stop",
            max_rows=1000,
            reject=lambda rejection: None,
            selection=selection,
        )
        came = 0
        while (piece := source.read()) is not None:
            came += len(piece.block)
        source.close()
        assert count == came


@pytest.mark.parametrize("horizon_s", [1, 3600])
@pytest.mark.usefixtures("small_blocks")
def test_the_window_begins_at_the_first_quote_of_a_file_that_is_cut_off(
    tmp_path: Path, horizon_s: int
) -> None:
    path = cut_off(files(tmp_path, [row(second) for second in range(30)])[0], 10)
    rejections: list[Rejection] = []
    source = HistoricalSource(
        [path],
        horizon_ns=horizon_s * SECOND_NS,
        late="stop",
        max_rows=1000,
        reject=rejections.append,
        selection=Selection(start_offset_ns=10 * SECOND_NS),
    )
    came = 0
    with pytest.raises(InputError, match="is cut off"):
        while (piece := source.read()) is not None:
            came += len(piece.block)
    source.close()

    assert 19 == came


def test_rows_that_are_no_quotes_are_said_before_the_damage(tmp_path: Path) -> None:
    path = cut_off(files(tmp_path, [row(1, price="x"), row(2, price="y"), row(3)])[0], 10)
    rejections: list[Rejection] = []
    source = HistoricalSource(
        [path],
        horizon_ns=SECOND_NS,
        late="stop",
        max_rows=1000,
        reject=rejections.append,
        selection=Selection(start_offset_ns=0),
    )
    with pytest.raises(InputError, match="is cut off"):
        while source.read() is not None:
            pass
    source.close()

    assert ["x", "y"] == [rejection.value for rejection in rejections]


def test_of_other_files_what_stands_behind_the_end_of_the_run_is_not_rejected(
    tmp_path: Path,
) -> None:
    junk = [row(2, price="x"), row(6), row(2, price="y"), row(20), row(21, price="z")]
    paths = files(tmp_path, [row(1), row(4), row(9)], [row(0, price="w"), row(3), *junk])
    paths[0] = cut_off(paths[0], 10)
    reading = Reading(paths, reorder_s=1)

    with pytest.raises(InputError, match="is cut off"):
        reading.blocks()
    reading.source.close()

    # It ends behind the quote of 4 s, for which the other file is read up to a timestamp behind
    # 5 s: that of 6 s, which stands above "y".
    assert ["w", "x"] == [rejection.value for rejection in reading.rejections]


class Told:
    """A run of files: what was told by each place at which it may be killed, and in all."""

    def __init__(self, paths: list[Path], *, late: str, limit: int | None) -> None:
        self.options = {"late": late, "selection": Selection(limit=limit), "reorder_s": 2}
        self.paths = paths
        self.places: list[tuple[bytes, set[Rejection], OrderCursor | None]] = []
        """The cursor, what was told by then, and the last checkpoint."""
        reading = Reading(paths, **self.options)  # type: ignore[arg-type]
        cursor, checkpoint = b"", None
        with contextlib.suppress(InputError):
            while (piece := reading.source.read()) is not None:
                told = set(reading.rejections)
                for number in range(1, len(piece.block) + 1):
                    cursor = piece.cursor_after(number)
                    self.places.append((cursor, told, checkpoint))
                newest = reading.source.checkpoint()
                if newest is None or not cursor:
                    continue
                # That of a quote that was not selected may be behind all that were.
                if newest.last_key <= HistoricalCursor.unpack(cursor, len(paths)).last_key:
                    checkpoint = newest
                    self.places.append((cursor, told, checkpoint))
        reading.source.close()
        self.in_all = set(reading.rejections)

    def behind(self, cursor: bytes, begin: OrderCursor | None) -> set[Rejection]:
        """Return what is told behind a restart."""
        reading = Reading(self.paths, cursor, begin=begin, **self.options)  # type: ignore[arg-type]
        with contextlib.suppress(InputError):
            reading.blocks()
        reading.source.close()
        return set(reading.rejections)


def recorded(rows: list[tuple[int, int, str]]) -> list[str]:
    """Return the rows of a file, given how long each is after the one before, or junk."""
    second, lines = 0, []
    for later, latency_ms, price in rows:
        second += later
        lines.append("junk\n" if price == "junk" else row(second, latency_ms, price))
    return lines


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.lists(
            st.tuples(
                st.sampled_from([0, 1, 1, 9]),
                st.sampled_from([0, 0, 700, 3000, -5000]),
                st.sampled_from(["1", "1", "x", "junk"]),
            ),
            min_size=6,
            max_size=24,
        ).map(recorded),
        min_size=2,
        max_size=3,
    ),
    st.integers(1, 60),
    st.sampled_from(["stop", "reject"]),
    st.none() | st.integers(1, 16),
    st.sampled_from([40, 200]),
    st.randoms(use_true_random=False),
)
@pytest.mark.parametrize("few_files", [0, 16])
def test_the_same_is_rejected_wherever_files_are_cut_into_blocks_and_the_run_is_resumed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    few_files: int,
    contents: list[list[str]],
    missing_bytes: int,
    late: str,
    limit: int | None,
    block_bytes: int,
    chance: Random,
) -> None:
    paths = files(tmp_path, [row(1), *contents[0]], *contents[1:])
    paths[0] = cut_off(paths[0], missing_bytes)
    monkeypatch.undo()  # each example begins with large blocks
    monkeypatch.setattr(parse_ahead, "FEW_FILES", few_files)
    whole = Told(paths, late=late, limit=limit)
    for name in ("BLOCK_BYTES", "FIRST_BLOCK_BYTES", "LEAST_BLOCK_BYTES"):
        monkeypatch.setattr(parse_ahead, name, block_bytes)
    again = Told(paths, late=late, limit=limit)
    assert whole.in_all == again.in_all
    for cursor, told, checkpoint in chance.sample(again.places, min(3, len(again.places))):
        assert whole.in_all == told | again.behind(cursor, checkpoint)
        assert whole.in_all == again.behind(cursor, None)


def test_late_rows_can_be_left_out(tmp_path: Path) -> None:
    reading = Reading(files(tmp_path, [row(0), row(20), row(1), row(30)]), late="reject")

    assert 3 == len(reading.keys())
    assert [4] == [rejection.line for rejection in reading.rejections]


def test_a_file_without_rows_stays_behind_its_header_after_a_resume(tmp_path: Path) -> None:
    paths = files(tmp_path, [row(0), row(1)], [])
    first = Reading(paths)
    piece = next(piece for piece in iter(first.source.read, None) if len(piece.block))
    first.source.close()
    cursor = piece.cursor_after(1)

    again = Reading(paths, cursor)

    assert 1 == len(again.keys())
    assert [] == again.rejections


def test_the_progress_ends_with_all_bytes(tmp_path: Path) -> None:
    paths = files(tmp_path, [row(0), row(1)], [row(3)])
    total = sum(path.stat().st_size for path in paths)
    reading = Reading(paths)

    assert 2 * len(HEADER) == pytest.approx(total * reading.source.share(reading.starts))
    reading.keys()
    assert 1.0 == reading.source.share({0: paths[0].stat().st_size, 1: paths[1].stat().st_size})


def test_the_first_quotes_come_before_the_file_is_read(tmp_path: Path) -> None:
    paths = files(tmp_path, [row(second / 1000) for second in range(59_000)])
    reading = Reading(paths, max_rows=10_000)

    piece = reading.source.read()
    assert piece is not None
    assert 0 < len(piece.block) < parse_ahead.FIRST_BLOCK_BYTES / len(row(0))
    reading.source.close()


def test_the_cursor_of_other_files_is_refused(tmp_path: Path) -> None:
    paths = files(tmp_path, [row(0)], [row(0)])
    reading = Reading(paths)
    pieces = [piece for piece in iter(reading.source.read, None) if len(piece.block)]
    reading.source.close()
    cursor = pieces[-1].cursor_after(len(pieces[-1].block))

    with pytest.raises(ProtocolError, match="file 2 of 1 files"):
        Reading(paths[:1], cursor)


def test_every_file_is_looked_at_before_anything_is_read(tmp_path: Path) -> None:
    [good] = files(tmp_path, [row(0)])
    missing = tmp_path / "nowhere.csv"

    check_files([good])
    with pytest.raises(InputError, match=r"nowhere\.csv"):
        check_files([good, missing])
    with pytest.raises(InputError, match=r"nowhere\.csv"):
        Reading([good, missing])


def open_counts(reading: Reading) -> Iterator[int]:
    while reading.source.read() is not None:
        yield reading.source._rows._files.open_count
    reading.source.close()


@pytest.mark.parametrize("is_sought", [False, True])
@pytest.mark.usefixtures("small_blocks", "in_turn")
def test_of_files_that_follow_one_another_few_are_open_at_a_time(
    tmp_path: Path, is_sought: bool
) -> None:
    days = ([row(second, day=f"2025-10-{day:02d}") for second in range(40)] for day in DAYS)
    paths = as_parquet(files(tmp_path, *days))
    selection = Selection(start_offset_ns=20 * SECOND_NS) if is_sought else None

    assert 1 <= max(open_counts(Reading(paths, selection=selection))) <= 2


DAYS = range(1, 25)


@pytest.mark.usefixtures("small_blocks", "in_turn")
def test_a_file_in_whose_head_no_row_counts_is_open_at_once(tmp_path: Path) -> None:
    days = [[row(second, day=f"2025-10-{day:02d}") for second in range(40)] for day in DAYS]
    days[20] = ["junk\n"] * 4_000 + days[20]
    paths = files(tmp_path, *days)
    reading = Reading(paths)
    assert reading.source.read() is not None

    assert {str(paths[20])} == {rejection.file for rejection in reading.rejections}
    rest = [key for block in reading.blocks() for key in keys_of(block)]
    assert sorted(rest) == rest
    assert 24 * 40 == len(rest)
    assert 4_000 == len(reading.rejections)


@pytest.mark.usefixtures("small_blocks", "in_turn")
def test_a_file_that_is_gone_when_its_turn_comes_ends_the_run_there(tmp_path: Path) -> None:
    days = [[row(second, day=f"2025-10-{day:02d}") for second in range(40)] for day in (1, 2, 3)]
    paths = as_parquet(files(tmp_path, *days))
    reading = Reading(paths)
    first = reading.source.read()
    assert first is not None
    paths[2].unlink()
    came = len(first.block)
    with pytest.raises(InputError, match=r"2\.csv"):
        while (piece := reading.source.read()) is not None:
            came += len(piece.block)
    reading.source.close()

    assert 80 <= came < 120


@pytest.mark.usefixtures("small_blocks", "in_turn")
def test_of_files_that_are_opened_in_turn_each_is_read_in_its_own_format(tmp_path: Path) -> None:
    paths, expected = [], {}
    for example in EXAMPLES.values():
        is_for_convert = example.format in ("mt5", "refinitiv")  # sides that are unchanged
        if example.options != NOTHING_SAID or example.format == "lobster" or is_for_convert:
            continue
        path = tmp_path / str(len(paths)) / example.name
        path.parent.mkdir(parents=True)
        lines = [example.header] * bool(example.header) + [example.line] * 20
        content = "".join(f"{line}\n" for line in lines).encode()
        # What is compressed is closed until its turn has come.
        path.write_bytes(gzip.compress(content) if len(paths) % 2 else content)
        quote = example.timestamp_ns, example.latency_ms, example.bid_price, example.ticker
        expected[len(paths)] = [quote] * 20
        paths.append(path)

    reading = Reading(paths)
    found: dict[int, list[tuple[int, float, float, str]]] = {}
    for block in reading.blocks():
        columns = block.position, block.timestamp_ns, block.latency_ms, block.bid_price
        rows = zip(*(column.tolist() for column in columns), block.ticker_codes, strict=True)
        for position, *quote, code in rows:
            found.setdefault(position >> 48, []).append((*quote, block.ticker_names[code]))
    reading.source.close()

    assert expected == found
    assert len(paths) == sum(layout is not None for layout in reading.source.layouts)


def test_of_many_files_the_first_are_looked_at_before_the_start_and_the_others_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zreplay.recordings.recording_layout.MANY_FILES", 1)
    good, bad = files(tmp_path, [row(0)], [])
    bad.write_text("this,is,none\n")

    check_files([good, bad])
    with pytest.raises(InputError, match="no column"):
        check_files([bad, good])
    with pytest.raises(InputError, match="nowhere"):
        check_files([good, bad, tmp_path / "nowhere"])


@pytest.mark.parametrize("asked", [Selection(duration_ns=SECOND_NS), Selection(start_offset_ns=1)])
@pytest.mark.parametrize(("max_rows", "code"), [(1000, "Z403"), (1, "Z404")])
def test_what_stands_before_the_first_arrival_in_order_ends_the_run_whatever_is_selected(
    tmp_path: Path, asked: Selection, max_rows: int, code: str
) -> None:
    behind = -9000 if code == "Z403" else 1
    paths = files(tmp_path, [row(1), row(1, behind)], [row(1), row(2)])
    with pytest.raises(InputError) as caught:
        Reading(paths, selection=asked, max_rows=max_rows).keys()

    assert code == caught.value.code


@pytest.mark.parametrize("is_in_blocks", [False, True])
def test_a_late_row_ends_the_run_though_its_file_is_over_in_the_same_block(
    tmp_path: Path, request: pytest.FixtureRequest, is_in_blocks: bool
) -> None:
    if is_in_blocks:
        request.getfixturevalue("small_blocks")
    rows = [row(second) for second in range(50)]
    rows.insert(10, row(9, -9000))
    day_ns = parse_time("2025-10-02 00:00:00")
    reading = Reading(files(tmp_path, rows), selection=Selection(to_ns=day_ns + 20 * SECOND_NS))
    with pytest.raises(InputError) as caught:
        reading.keys()

    assert "Z403" == caught.value.code


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("place", [0, 1, 7, 30, 57])
def test_a_stray_is_set_aside_and_the_rest_is_there(tmp_path: Path, place: int) -> None:
    rows = [row(second) for second in range(59)]
    rows.insert(place, row(0, day="2099-01-01"))
    paths = files(tmp_path, rows, [row(second, 2) for second in range(59)])
    reading = Reading(paths)

    assert 118 == len(reading.keys())
    assert [(str(paths[0]), RowCode.STRAY, place + 2)] == [
        (each.file, each.code, each.line) for each in reading.rejections
    ]


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("place", [0, 1, 7, 30])
def test_a_file_is_not_over_at_a_stray(tmp_path: Path, place: int) -> None:
    rows = [row(second) for second in range(59)]
    rows.insert(place, row(0, day="2099-01-01"))
    asked = Selection(start_offset_ns=0, duration_ns=40 * SECOND_NS)
    reading = Reading(files(tmp_path, rows), selection=asked)

    assert 40 == len(reading.keys())


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("before", [20, 21, 22])
def test_what_a_latency_model_refuses_was_accepted_before_all_the_same(
    tmp_path: Path, before: int
) -> None:
    rows = [row(second) for second in range(before)]
    # A million times later nobody can say when it arrives; what follows is a day ahead of it.
    rows += [row(0, 1e10, day="2025-10-03"), row(0, day="2025-10-04")]
    rows += [row(30 + second) for second in range(20)]
    paths = files(tmp_path, rows)
    whole = Reading(paths, late="reject", latency="scale:1000000")
    cursors = []
    while (piece := whole.source.read()) is not None:
        cursors += [piece.cursor_after(number + 1) for number in range(len(piece.block))]
    whole.source.close()

    assert ["Z105", *["Z108"] * 20] == [each.code for each in sorted(whole.rejections, key=offset)]
    for cursor in cursors:
        again = Reading(paths, cursor, late="reject", latency="scale:1000000")
        first = again.source.starts[str(paths[0])]
        again.keys()
        kept = [each for each in whole.rejections if each.offset < first]
        assert sorted(whole.rejections) == sorted(kept + again.rejections)


def offset(rejection: Rejection) -> int:
    return rejection.offset
