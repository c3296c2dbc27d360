"""From the cursor of an instant exactly the quotes come that arrive then or later."""

import gzip
import io
import json
import os
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from protocol.checksum import crc32
from protocol.errors import InputError
from tests.zreplay.small_blocks import keep_small_indexes, read_in_blocks
from zreplay.historical.file_indexes import FileIndexes
from zreplay.historical.historical_source import HistoricalSource
from zreplay.historical.latency_model import LatencyModel
from zreplay.historical.seek import cursor_from, key_before, start_from
from zreplay.historical.selection import Selection
from zreplay.live.capture import CaptureWriter
from zreplay.live.capture_records import Captured, RecordKind
from zreplay.ordering.order_cursor import OrderCursor
from zreplay.quotes.rejection import Rejection
from zreplay.recordings.byte_reader import FileBytes, PlainBytes
from zreplay.recordings.index.index_store import IndexStore
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.recordings.recording import Recording
from zreplay.recordings.recording_kind import open_recording

HEADER = "timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"
MS_NS = 1_000_000
SECOND_NS = 1_000 * MS_NS
MIDNIGHT = datetime(2025, 10, 2, tzinfo=UTC)
MIDNIGHT_NS = 1_759_363_200 * SECOND_NS
HORIZON_NS = 5 * SECOND_NS
JUMP_NS = 86_400 * SECOND_NS
SEEKS_BY_MUTANTS = int(os.environ.get("TEST_MUTATIONS", "40"))
Key = tuple[int, int]
TYPES = {"timestamp": pa.timestamp("ns"), "ticker": pa.string()} | dict.fromkeys(
    ("ask_amount", "ask_price", "bid_price", "bid_amount", "latency"), pa.float64()
)


@pytest.fixture(autouse=True)
def fine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a small file have many blocks, each with its entry."""
    keep_small_indexes(monkeypatch)
    monkeypatch.setattr("zreplay.recordings.index.file_identity.END_BYTES", 64)
    monkeypatch.setattr("zreplay.recordings.parquet_file.ROWS_AT_DAMAGE", 3)
    read_in_blocks(monkeypatch, block_bytes=120, entry_rows=2)


def row(second: float, latency_ms: int, year: int = 2025) -> str:
    moment = (MIDNIGHT + timedelta(seconds=second)).replace(year=year)
    ticker = "TU"[int(second) % 2]
    return f"{moment:%Y-%m-%d %H:%M:%S.%f},{ticker},1,2,1,1,{latency_ms}\n"


def write(folder: Path, *files: list[tuple[int, int]]) -> list[Path]:
    paths = []
    for number, rows in enumerate(files):
        paths.append(folder / f"{number}.csv")
        paths[-1].write_text(HEADER + "".join(row(*each) for each in rows))
    return paths


class Replay:
    """How some files are to be replayed, and with which index."""

    def __init__(
        self,
        paths: list[Path],
        store: IndexStore,
        *,
        late: str = "reject",
        max_jump_ns: int = JUMP_NS,
        latency: LatencyModel | None = None,
    ) -> None:
        self.paths = paths
        self.late = late
        self.max_jump_ns = max_jump_ns
        self.latency = latency
        self.store = store
        self.indexes = self.new_indexes()
        self.last_cursor = b""
        self.last_checkpoint: OrderCursor | None = None
        self.begins: dict[bytes, OrderCursor] = {}
        """From where the files are read for the cursor of a seek."""
        self.selection = Selection()
        self.rejections: list[Rejection] = []

    def new_indexes(self, store: IndexStore | None = None) -> FileIndexes:
        return FileIndexes(
            self.paths,
            max_jump_ns=self.max_jump_ns,
            latency=self.latency,
            store=store or self.store,
        )

    def read(
        self,
        cursor: bytes = b"",
        from_ns: int | None = None,
        most_pieces: int = 2**63,
        begin: OrderCursor | None = None,
    ) -> tuple[list[Key], str]:
        """Return the keys of the quotes that come, and the code of what ended it."""
        source = HistoricalSource(
            self.paths,
            horizon_ns=HORIZON_NS,
            late=self.late,
            max_rows=10_000,
            reject=self.rejections.append,
            cursor=cursor,
            begin=begin or self.begins.get(cursor),
            selection=replace(self.selection, from_ns=from_ns),
            latency=self.latency,
            max_jump_ns=self.max_jump_ns,
            indexes=self.indexes,
        )
        found: list[Key] = []
        try:
            while most_pieces and (piece := source.read()) is not None:
                most_pieces -= 1
                block = piece.block
                found += zip(block.arrival_ns.tolist(), block.position.tolist(), strict=True)
                if len(block):
                    self.last_cursor = piece.cursor_after(len(block))
                    self.last_checkpoint = source.checkpoint()
        except InputError as error:
            return found, error.code
        finally:
            source.close()
        return found, ""

    def seek(self, target_ns: int, before: bytes = b"") -> bytes:
        sought = cursor_from(
            self.paths,
            target_ns,
            HORIZON_NS,
            late=self.late,
            before=before,
            checkpoint=self._checkpoint_before(target_ns) if before else None,
            selection=self.selection,
            indexes=self.indexes,
        )
        self.begins[sought.cursor] = sought.begin
        return sought.cursor

    def _checkpoint_before(self, target_ns: int) -> OrderCursor | None:
        checkpoint = self.last_checkpoint
        is_before = checkpoint is not None and checkpoint.last_key <= key_before(target_ns)
        return checkpoint if is_before else None


@st.composite
def recordings(draw: st.DrawFn) -> list[str]:
    """Draw rows: in the order of arrival and not, stale, late, refused, strays."""
    newest, lines = 3 * 3600, []
    for _ in range(draw(st.integers(0, 40))):
        kind = draw(st.sampled_from("ooooosslfj"))
        latency_ms = draw(st.sampled_from([0, 10, 900, 1999, -800, 70_000]))
        if kind == "o":
            second = newest + draw(st.integers(-4, 20))
            newest = max(newest, second)
            lines.append(row(second, latency_ms))
        elif kind == "s":
            ago = draw(st.integers(1, 3 * 3600))
            lines.append(row(newest - ago, ago * 1000 + latency_ms))
        elif kind == "l":
            lines.append(row(newest - draw(st.integers(5, 3600)), latency_ms))
        elif kind == "f":
            lines.append(row(newest, latency_ms, 2099))
        else:
            lines.append(draw(st.sampled_from(["junk\n", "\n", ",,,,,,\n", "z" * 400 + "\n"])))
    return lines


@st.composite
def any_order(draw: st.DrawFn) -> list[str]:
    """Draw rows in no order at all."""
    moments = st.tuples(st.integers(0, 20_000), st.sampled_from([0, 10, -800, 70_000, 9_000_000]))
    return [row(*each) for each in draw(st.lists(moments, max_size=40))]


many = st.lists(st.one_of(recordings(), any_order()), min_size=1, max_size=3)


def written(folder: Path, files: list[list[str]], kind: str) -> list[Path]:
    paths = []
    for number, lines in enumerate(files):
        path = folder / f"{number}.{kind}"
        text = HEADER + "".join(lines)
        if kind == "csv":
            path.write_text(text)
        elif kind == "capture":
            write_capture(path, lines)
        elif kind == "gz":
            path.write_bytes(gzip.compress(text.encode()))
        else:
            kept = [line for line in lines if line.startswith("2")]
            data = io.BytesIO((HEADER + "".join(kept)).encode())
            rows = pa_csv.read_csv(data, convert_options=pa_csv.ConvertOptions(column_types=TYPES))
            pa_parquet.write_table(rows, path, row_group_size=5)
        paths.append(path)
    return paths


def write_capture(path: Path, lines: list[str]) -> None:
    """Write what came at the arrival of each row, in the order of the rows."""
    writer = CaptureWriter(path, 10**9)
    for line in lines:
        recv_ns, payload = MIDNIGHT_NS, b"junk"
        if line.startswith("2"):
            stamp, ticker, *_, latency_ms = line.split(",")
            moment = datetime.fromisoformat(stamp).replace(tzinfo=UTC)
            recv_ns = int(moment.timestamp()) * SECOND_NS + int(latency_ms) * MS_NS
            quote = {"timestamp": stamp, "ticker": ticker, "ask_price": 2, "bid_price": 1}
            payload = json.dumps(quote).encode()
        assert writer.append([Captured(RecordKind.MESSAGE, recv_ns, payload)]) is None
    writer.close()


def all_targets(keys: list[Key]) -> list[int]:
    arrivals = sorted({arrival_ns for arrival_ns, _ in keys})
    return [arrival_ns + more for arrival_ns in arrivals for more in (0, 1)]


@pytest.mark.parametrize("kind", ["csv", "gz", "parquet", "capture"])
@settings(max_examples=15)
@given(
    many,
    st.sampled_from(["stop", "reject"]),
    st.sampled_from([None, 0, 30]),
    st.sampled_from([Selection(), Selection(tickers=("U",)), Selection(exclude=("U*",))]),
    st.data(),
)
def test_a_seek_gives_what_from_gives_with_and_without_an_index(
    tmp_path_factory: pytest.TempPathFactory,
    kind: str,
    files: list[list[str]],
    late: str,
    model: int | None,
    selection: Selection,
    data: st.DataObject,
) -> None:
    folder = tmp_path_factory.mktemp("files")
    paths = written(folder, files, kind)
    latency = None if model is None else LatencyModel("constant", float(model))
    replay = Replay(paths, IndexStore(folder / "cache"), late=late, latency=latency)
    replay.selection = selection
    keys, _ = replay.read(most_pieces=data.draw(st.integers(0, 20)))
    nothing = IndexStore(folder / "nothing")
    in_part, last_cursor = replay.indexes, replay.last_cursor
    replay.indexes = replay.new_indexes()
    keys, _ = replay.read()
    whole = replay.indexes
    targets = all_targets(keys)
    for target_ns in data.draw(st.sets(st.sampled_from(targets), max_size=6)) if targets else ():
        replay.indexes = replay.new_indexes()
        expected = replay.read(from_ns=target_ns)
        for indexes in (in_part, whole, replay.new_indexes(), replay.new_indexes(nothing)):
            for before in (b"", last_cursor):
                replay.indexes = indexes
                assert expected == replay.read(replay.seek(target_ns, before))


def found_by_index(replay: Replay, target_ns: int) -> bytes:
    """Return the cursor of one who knows the index alone; it is not at the beginning."""
    late, replay.late = replay.late, "reject"
    replay.read()
    replay.late = late
    replay.indexes = replay.new_indexes()
    cursor = replay.seek(target_ns)
    assert all(resume.place.offset for resume in replay.begins[cursor].files)
    return cursor


def compared(folder: Path, lines: list[str], second: int, late: str = "reject") -> tuple[int, str]:
    """Hold a seek by index against --from; return how many quotes came, and what ended them."""
    paths = written(folder, [lines], "csv")
    replay = Replay(paths, IndexStore(folder / "cache"), late=late)
    target_ns = MIDNIGHT_NS + second * SECOND_NS
    cursor = found_by_index(replay, target_ns)
    expected = replay.read(from_ns=target_ns)
    assert expected == replay.read(cursor)
    return len(expected[0]), expected[1]


def test_what_is_late_for_a_row_before_the_place_is_late_behind_it(tmp_path: Path) -> None:
    ahead = row(100, -84_000)  # it arrives at 16 s
    lines = [*(row(second, 10) for second in range(21)), ahead, row(50, 10), row(200, 10)]

    assert (1, "") == compared(tmp_path, lines, 40)


def test_a_late_row_that_ends_a_run_ends_it_after_a_seek_behind_it_too(tmp_path: Path) -> None:
    seconds = [*range(10), 60, 20, *range(61, 100)]

    assert (0, "Z403") == compared(tmp_path, [row(second, 10) for second in seconds], 90, "stop")


def test_what_is_no_stray_for_a_row_before_the_place_is_none_behind_it(tmp_path: Path) -> None:
    two_days = 2 * 86_400
    lines = [row(two_days + second, 10) for second in range(8)]
    for second in range(8, 20):
        lines.append(row(two_days + second, 10))
        lines += [row(second, two_days * 1000)] * 16

    assert (5 * 17, "") == compared(tmp_path, lines, two_days + 15)


def test_a_file_that_changed_loses_its_index(tmp_path: Path) -> None:
    lines = [row(second, 10) for second in range(60)]
    paths = written(tmp_path, [lines], "csv")
    replay = Replay(paths, IndexStore(tmp_path / "cache"))
    replay.read()
    written(tmp_path, [lines[::-1]], "csv")

    target_ns = MIDNIGHT_NS + 30 * SECOND_NS
    for indexes in (replay.new_indexes(), replay.indexes):
        sought = cursor_from(paths, target_ns, HORIZON_NS, indexes=indexes)
        assert tuple(paths) == sought.read_through
    assert replay.read(from_ns=target_ns) == replay.read(sought.cursor)


def changed_in_the_middle(path: Path, lines: list[str]) -> None:
    """Let the middle be another; the ends are as they were, and so are size and time."""
    stat = path.stat()
    changed = lines[:95] + [row(second, 11) for second in range(95, 105)] + lines[105:]
    path.write_text(HEADER + "".join(changed))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


@pytest.mark.parametrize("is_read_again", [True, False])
@pytest.mark.parametrize("end_bytes", [64, 6000])
def test_an_index_that_is_wrong_of_its_file_is_thrown_away_before_a_quote_comes(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    end_bytes: int,
    is_read_again: bool,
) -> None:
    monkeypatch.setattr("zreplay.historical.index_cache.LONG_END_BYTES", end_bytes)
    lines = [row(second, 10) for second in range(200)]
    other = [row(second, 20) for second in range(200)]
    paths = written(tmp_path, [lines, other], "csv")
    replay = Replay(paths, IndexStore(tmp_path / "cache"))
    replay.read()
    target_ns = MIDNIGHT_NS + 100 * SECOND_NS
    if is_read_again:  # by another process
        changed_in_the_middle(paths[0], lines)
        replay.indexes = replay.new_indexes()
        cursor = replay.seek(target_ns)
    else:  # while the place is on its way
        cursor = replay.seek(target_ns)
        changed_in_the_middle(paths[0], lines)

    found = replay.read(cursor)

    assert "an index is wrong and is discarded" in caplog.messages
    replay.indexes = replay.new_indexes()
    assert replay.read(from_ns=target_ns) == found


def costly_recording(*arguments: Any) -> Recording:
    recording = open_recording(*arguments)
    recording.holds_resources = True
    return recording


@pytest.mark.parametrize("is_wrong", [False, True])
def test_places_of_many_files_are_compared_without_all_of_them_open_and_no_checkpoint_is_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_wrong: bool
) -> None:
    monkeypatch.setattr("zreplay.historical.parse_ahead.FEW_FILES", 0)
    monkeypatch.setattr("zreplay.historical.files_in_turn.open_recording", costly_recording)
    lines = [row(second, 10) for second in range(200)]
    paths = written(tmp_path, [lines] * 6, "csv")
    replay = Replay(paths, IndexStore(tmp_path / "cache"))
    replay.read()
    target_ns = MIDNIGHT_NS + 100 * SECOND_NS
    cursor = replay.seek(target_ns)
    if is_wrong:
        changed_in_the_middle(paths[4], lines)
    source = HistoricalSource(
        paths,
        horizon_ns=HORIZON_NS,
        late="reject",
        max_rows=10_000,
        reject=replay.rejections.append,
        cursor=cursor,
        begin=replay.begins[cursor],
        indexes=replay.indexes,
    )
    compared = []
    while source._check.next_file is not None:
        assert source.checkpoint() is None
        piece = source.read()
        assert piece is not None
        assert not len(piece.block)
        compared.append(source._rows._files.open_count)
    begin = source.checkpoint()
    source.close()

    assert [0] * 6 == compared
    assert begin is not None
    offsets = [resume.place.offset for resume in begin.files]
    assert [at != 4 or not is_wrong for at in range(6)] == [offset > 0 for offset in offsets]
    found = replay.read(cursor)
    assert replay.read(from_ns=target_ns) == found


def test_a_change_before_the_place_of_a_seek_is_noticed_whatever_the_time_of_change_says(
    tmp_path: Path,
) -> None:
    lines = [row(second, 10) for second in range(200)]
    paths = written(tmp_path, [lines], "csv")
    replay = Replay(paths, IndexStore(tmp_path / "cache"))
    replay.read()
    target_ns, stat = MIDNIGHT_NS + 100 * SECOND_NS, paths[0].stat()
    cursor = replay.seek(target_ns)
    lines[20] = row(220, 10)  # it arrives behind the instant now
    paths[0].write_text(HEADER + "".join(lines))
    os.utime(paths[0], ns=(stat.st_atime_ns, stat.st_mtime_ns))

    found = replay.read(cursor)

    assert replay.read(from_ns=target_ns) == found


def test_a_wrong_index_is_found_at_its_place_in_gz_and_parquet_too(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lines = [row(second, 10) for second in range(200)]
    for kind in ("gz", "parquet"):
        paths = written(tmp_path, [lines], kind)
        replay = Replay(paths, IndexStore(tmp_path / "cache"))
        replay.read()
        target_ns = MIDNIGHT_NS + 100 * SECOND_NS
        cursor = replay.seek(target_ns)
        written(tmp_path, [lines[:50] + lines[60:]], kind)
        caplog.clear()

        found = replay.read(cursor)

        assert ["an index is wrong and is discarded"] == caplog.messages
        assert replay.read(from_ns=target_ns) == found


def test_a_seek_without_an_index_goes_on_from_the_last_checkpoint(tmp_path: Path) -> None:
    paths = written(tmp_path, [[row(second, 10) for second in range(200)]], "csv")
    replay = Replay(paths, IndexStore(tmp_path / "cache"))
    replay.read(most_pieces=40)
    before, stands = replay.last_cursor, replay.last_checkpoint
    replay.indexes = replay.new_indexes()
    target_ns = MIDNIGHT_NS + 190 * SECOND_NS

    sought = cursor_from(
        paths, target_ns, HORIZON_NS, before=before, checkpoint=stands, indexes=replay.indexes
    )

    assert stands is not None
    assert (stands.files, tuple(paths)) == (sought.begin.files, sought.read_through)
    assert stands.files[0].place.offset > 1000


def start_of(replay: Replay, target_ns: int) -> OrderCursor | None:
    indexes = replay.new_indexes()
    return start_from(replay.paths, Selection(from_ns=target_ns), HORIZON_NS, indexes)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@settings(max_examples=15)
@given(many, st.sampled_from(["stop", "reject"]), st.data())
def test_a_run_that_begins_by_the_index_gives_the_same_quotes_and_rejections(
    tmp_path_factory: pytest.TempPathFactory,
    kind: str,
    files: list[list[str]],
    late: str,
    data: st.DataObject,
) -> None:
    folder = tmp_path_factory.mktemp("files")
    paths = written(folder, files, kind)
    replay = Replay(paths, IndexStore(folder / "cache"), late=late)
    targets = all_targets(replay.read()[0])
    for target_ns in data.draw(st.sets(st.sampled_from(targets), max_size=6)) if targets else ():
        results = []
        for begin in (None, start_of(replay, target_ns)):
            replay.rejections.clear()
            read = replay.read(from_ns=target_ns, begin=begin)
            results.append((read, list(replay.rejections)))

        assert results[0] == results[1]


@pytest.mark.parametrize("bad", ["junk\n", row(0, 10, 2099), row(20, 10)])
def test_a_run_never_begins_behind_a_row_that_it_has_to_reject(tmp_path: Path, bad: str) -> None:
    lines = [row(second, 10) for second in range(100)]
    places = []
    for at in (98, 50):
        paths = written(tmp_path, [[*lines[:at], bad, *lines[at:]]], "csv")
        replay = Replay(paths, IndexStore(tmp_path / "cache"))
        replay.read()
        begin = start_of(replay, MIDNIGHT_NS + 90 * SECOND_NS)
        assert begin is not None
        places.append(begin.files[0].place.line or 0)

    assert places[1] <= 52 < 80 < places[0]


def test_a_run_that_asks_for_no_instant_begins_at_the_start(tmp_path: Path) -> None:
    paths = written(tmp_path, [[row(second, 10) for second in range(100)]], "csv")
    replay = Replay(paths, IndexStore(tmp_path / "cache"))
    replay.read()
    indexes = replay.new_indexes()

    assert start_from(paths, None, HORIZON_NS, indexes) is None
    assert start_from(paths, Selection(to_ns=MIDNIGHT_NS), HORIZON_NS, indexes) is None
    with_stdin = [STANDARD_INPUT, *paths]
    asked = Selection(from_ns=MIDNIGHT_NS + 90 * SECOND_NS)
    assert start_from(with_stdin, asked, HORIZON_NS, FileIndexes(with_stdin)) is None


def test_a_seek_without_an_index_leaves_one_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it goes on from where the replay stands, between two entries, or from elsewhere."""
    monkeypatch.setattr("zreplay.recordings.index.entries.LEAST_ROWS", 30)
    lines = [row(second, 10) for second in range(200)]
    for most_pieces, second in ((40, 190), (40, 2), (0, 100)):
        paths = written(tmp_path, [lines], "csv")
        replay = Replay(paths, IndexStore(tmp_path / f"cache {second}"))
        replay.read(most_pieces=most_pieces)
        cursor = replay.seek(MIDNIGHT_NS + second * SECOND_NS, replay.last_cursor)
        replay.read(cursor)

        assert 200 == getattr(replay.new_indexes().whole(0), "rows", None)


@pytest.mark.parametrize("late", ["stop", "reject"])
def test_the_next_pass_over_a_region_begins_at_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, late: str
) -> None:
    """Not even what is refused or late before it is read again: that was told."""
    lines = [row(second, 10) for second in range(200)]
    lines[20:20] = ["junk\n", row(0, 10, 2099), *([row(2, 10)] if late == "reject" else [])]
    paths = written(tmp_path, [lines], "csv")
    replay = Replay(paths, IndexStore(tmp_path / "cache"), late=late)
    region = Selection(from_ns=MIDNIGHT_NS + 150 * SECOND_NS, to_ns=MIDNIGHT_NS + 160 * SECOND_NS)
    replay.selection = region
    begin = start_from(paths, region, HORIZON_NS, replay.indexes)
    first = replay.read(from_ns=region.from_ns, begin=begin)
    told = len(replay.rejections)
    read_from: list[int] = []
    honest = PlainBytes.read

    def read(self: PlainBytes, offset: int, most_bytes: int) -> FileBytes:
        read_from.append(offset)
        return honest(self, offset, most_bytes)

    monkeypatch.setattr(PlainBytes, "read", read)
    begin = start_from(paths, region, HORIZON_NS, replay.indexes)
    second = replay.read(from_ns=region.from_ns, begin=begin)

    place = len(HEADER) + sum(map(len, lines[:145]))
    assert (10, first) == (len(first[0]), second)
    assert min(read_from) >= place  # what the header says is known, as the file has not changed
    assert told == len(replay.rejections)


def test_what_a_pass_has_not_told_yet_is_read_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zreplay.recordings.index.entries.LEAST_ROWS", 25)
    lines = [row(second, 10) for second in range(200)]
    lines.insert(60, "junk\n")
    paths = written(tmp_path, [lines], "csv")
    replay = Replay(paths, IndexStore(tmp_path / "cache"))
    replay.read()
    replay.rejections.clear()
    replay.indexes = replay.new_indexes()
    replay.selection = Selection(from_ns=MIDNIGHT_NS + 190 * SECOND_NS)
    for most_pieces in (2, 2**63):
        begin = start_from(paths, replay.selection, HORIZON_NS, replay.indexes)
        assert begin is not None
        [resume] = begin.files
        assert 30 < (resume.place.line or 0) < 58
        replay.read(b"", replay.selection.from_ns, most_pieces, begin)

    assert 1 == len(replay.rejections)


@pytest.mark.parametrize("kind", ["csv", "gz", "parquet", "capture"])
def test_an_index_of_ill_will_never_breaks_a_seek_and_a_damaged_one_changes_nothing(
    tmp_path: Path, kind: str
) -> None:
    """Ill will has a right checksum. Where such an index lies of what stands before a place whose
    row is right, nothing can tell."""
    lines = [row(second, 10) for second in range(100)]
    paths = written(tmp_path, [lines], kind)
    replay = Replay(paths, IndexStore(tmp_path / "cache"))
    replay.read()
    [path] = (tmp_path / "cache").iterdir()
    whole, chance = path.read_bytes(), Random(3)
    target_ns = MIDNIGHT_NS + 50 * SECOND_NS
    expected = replay.read(from_ns=target_ns)
    for number in range(SEEKS_BY_MUTANTS):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(68, len(data) - 12)
            data[at : at + 8] = struct.pack("<q", chance.choice([0, 1, -1, 2**40, 2**63 - 1, 150]))
        is_summed_again = number % 2
        if is_summed_again:
            data = data[:-4] + struct.pack("<I", crc32(data[:-4]))
        path.write_bytes(data)
        replay.indexes = replay.new_indexes()
        found = replay.read(replay.seek(target_ns))
        replay.indexes.span()

        assert is_summed_again or expected == found
