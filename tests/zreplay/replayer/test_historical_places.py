"""A place is found once, ahead of its seek; a cursor goes on from a checkpoint, and exactly."""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from protocol.errors import InputError, SettingsError
from tests.protocol.examples import RUN
from tests.zreplay.small_blocks import keep_small_indexes, read_in_blocks
from zreplay.historical.historical_cursor import HistoricalCursor
from zreplay.historical.historical_source import HistoricalSource
from zreplay.historical.latency_model import LatencyModel
from zreplay.historical.seek import cursor_from, key_before
from zreplay.historical.selection import Selection
from zreplay.ordering.order_cursor import Key
from zreplay.quotes.block import LAST_POSITION
from zreplay.replayer.checkpoint_ring import SLOT_COUNT, CheckpointRing
from zreplay.replayer.historical_places import HistoricalPlaces
from zreplay.replayer.rejected_log import RejectedLog
from zreplay.replayer.state import StatePaths
from zreplay.settings import ReplaySettings

FIRST_NS = 1_759_449_594_000_000_000
TARGET_NS = FIRST_NS + 200_000_000


@pytest.fixture
def settings(tmp_path: Path) -> ReplaySettings:
    path = tmp_path / "a.csv"
    rows = [f"2025-10-02 23:59:54.{10 * n:03d},A,1,2,1,1,0\n" for n in range(40)]
    header = "timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"
    path.write_text(header + "".join(rows))
    return ReplaySettings(historical=(path,), reorder_ns=50_000_000)


def read_to_its_end(settings: ReplaySettings, places: HistoricalPlaces) -> bytes:
    """Read the files, which leaves an index; return the cursor behind the fifth quote."""
    source = HistoricalSource(
        settings.historical,
        horizon_ns=settings.reorder_ns,
        late="stop",
        max_rows=1000,
        reject=lambda rejection: None,
        max_jump_ns=settings.max_jump_ns,
        indexes=places.indexes,
    )
    pieces = [piece for piece in iter(source.read, None) if len(piece.block)]
    source.close()
    return pieces[0].cursor_after(5)


def test_how_many_files_a_seek_reads_through_is_known(settings: ReplaySettings) -> None:
    without = HistoricalPlaces(settings).find(TARGET_NS, b"")
    places = HistoricalPlaces(settings)
    read_to_its_end(settings, places)

    assert (1, 0, 0) == (without, places.find(TARGET_NS, b""), places.find(None, b""))


def test_a_place_that_was_found_is_taken_once_and_counts_what_was_sent_since(
    settings: ReplaySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[Any] = []

    def searching(*arguments: Any, **options: Any) -> Any:
        searched.append(arguments[1])
        return cursor_from(*arguments, **options)

    monkeypatch.setattr("zreplay.historical.seek.cursor_from", searching)
    places = HistoricalPlaces(settings)
    before = read_to_its_end(settings, places)
    places.find(TARGET_NS, b"")
    taken = places.take(TARGET_NS, before)

    assert [TARGET_NS] == searched
    assert 5 == HistoricalCursor.unpack(taken, 1).sent
    places.take(TARGET_NS, before)

    assert [TARGET_NS] * 2 == searched


@pytest.mark.usefixtures("small_blocks")
def test_a_place_is_read_from_once_as_its_index_may_turn_out_to_be_wrong(
    settings: ReplaySettings,
) -> None:
    places = HistoricalPlaces(settings)
    read_to_its_end(settings, places)
    cursor = places.take(TARGET_NS, b"")
    begin = places.begin(cursor)
    places.indexes.begin_again(0)

    assert begin is not None
    assert begin.files[0].place.offset > 0
    assert places.begin(cursor) is None


def test_the_start_is_no_place_to_be_found(settings: ReplaySettings) -> None:
    places = HistoricalPlaces(settings)
    places.find(TARGET_NS, b"")

    assert b"" == places.take(None, b"")
    assert places._found is None


def test_the_span_is_that_of_the_files(settings: ReplaySettings) -> None:
    assert (FIRST_NS, FIRST_NS + 390_000_000, True) == HistoricalPlaces(settings).span()


def test_standard_input_can_only_be_read_on() -> None:
    places = HistoricalPlaces(ReplaySettings(historical=(Path("-"),)))
    with pytest.raises(SettingsError, match="standard input"):
        places.span()
    with pytest.raises(SettingsError, match="standard input"):
        ReplaySettings(historical=(Path("-"),), loop=2)


def large(settings: ReplaySettings, monkeypatch: pytest.MonkeyPatch) -> HistoricalPlaces:
    """Return places in a file that nobody waits for to be read."""
    for name in ("MOST_BYTES", "MOST_BYTES_A_FILE"):
        monkeypatch.setattr(f"zreplay.historical.indexing.{name}", 0)
    return HistoricalPlaces(settings)


def test_of_a_large_file_without_an_index_the_span_is_what_the_ends_show(
    settings: ReplaySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = large(settings, monkeypatch)
    assert (FIRST_NS, FIRST_NS + 390_000_000, False) == places.span()

    read_to_its_end(settings, places)
    assert places.span().is_exact


def test_what_a_seek_reads_through_is_said_until_the_next_one(
    settings: ReplaySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = large(settings, monkeypatch)
    assert "" == places.reading()
    places.find(TARGET_NS, b"")
    places.take(TARGET_NS, b"")
    assert "1 file without an index, 0% read" == places.reading()

    read_to_its_end(settings, places)
    assert "1 file without an index, 100% read" == places.reading()
    places.take(TARGET_NS, b"")
    assert "" == places.reading()
    places.take(None, b"")
    assert "" == places.reading()


# --- from where a cursor goes on ---------------------------------------------------------------

HEADER = "timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"
MS_NS = 1_000_000
DAY_NS = 86_400 * 1_000 * MS_NS
DAMAGES = ("none", "none", "bits", "older", "checkpoints lost", "rejected lost", "all lost")


def row(millisecond: int, latency_ms: int, day: int = 2, ticker: str = "A") -> str:
    second, millisecond = divmod(millisecond, 1000)
    time = f"2025-10-{day:02d} 00:00:{second:02d}.{millisecond:03d}"
    return f"{time},{ticker},1,2,1,1,{latency_ms}\n"


def some_rows(dice: Random) -> Iterator[str]:
    """Yield rows with ties, late ones, strays and some that are none."""
    now = dice.randrange(20_000)
    for _ in range(dice.randrange(60)):
        kind = dice.random()
        if kind < 0.06:
            yield dice.choice(("junk\n", ",,,,,,\n", "\n", "z" * 300 + "\n"))
        elif kind < 0.09:
            yield row(now, 0, day=9)
        elif kind < 0.13:
            yield row(max(0, now - dice.randrange(3000)), 0)
        else:
            now += dice.choice((0, 0, 1, 40, 400))
            yield row(now, dice.choice((0, 0, 5, 100, 900, -50)), ticker=dice.choice("AAB"))


class Replayed(NamedTuple):
    """What a reading gave: keys, what ended it, and how often it went on from a checkpoint."""

    keys: list[Key]
    error: str


class Killed(NamedTuple):
    """What stood in the state folder behind a piece, and the cursors of its quotes."""

    checkpoints: bytes
    rejected: bytes
    cursors: list[tuple[Key, bytes]]


class Replay:
    """Replays files in processes, one after the other, on one state folder."""

    def __init__(self, settings: ReplaySettings, folder: Path, dice: Random) -> None:
        folder.mkdir()
        self.paths = StatePaths(folder)
        self.settings = settings
        self.dice = dice
        self.kills: list[Killed] = []

    def run(self, cursor: bytes = b"", seek_to: int | None = None) -> Replayed:
        """Read what is behind a cursor, or behind a seek from there, to its end."""
        settings = self.settings
        places, rejected = HistoricalPlaces(settings), RejectedLog(self.paths.rejected)
        rejected.recover([str(path) for path in settings.historical], is_begun=bool(cursor))
        places.refused = rejected.written
        options: dict[str, Any] = {"least_rows": 0, "least_interval_ns": 0, "clock": lambda: 0}
        count = len(settings.historical)
        ring = CheckpointRing(self.paths.checkpoints, RUN, count, **options)
        places.checkpoints = ring
        if seek_to is not None:
            places.find(seek_to, cursor)
            cursor = places.take(seek_to, cursor)
        source = HistoricalSource(
            settings.historical,
            horizon_ns=settings.reorder_ns,
            late=settings.late,
            max_rows=10_000,
            reject=rejected.append,
            cursor=cursor,
            begin=places.begin(cursor),
            selection=settings.selection,
            latency=settings.latency,
            max_jump_ns=settings.max_jump_ns,
            indexes=places.indexes,
        )
        keys: list[Key] = []
        error = ""
        self.kills.clear()
        try:
            while (piece := source.read()) is not None:
                rejected.flush()
                ring.offer(source.checkpoint, source.take_rows_read(), rejected.written)
                block = piece.block
                came = list(zip(block.arrival_ns.tolist(), block.position.tolist(), strict=True))
                keys += came
                after = [piece.cursor_after(number + 1) for number in range(len(came))]
                self.kills.append(Killed(*self._state(), list(zip(came, after, strict=True))))
        except InputError as stopped:
            error = stopped.code
            rejected.flush()
        source.close()
        rejected.close()
        return Replayed(keys, error)

    def _state(self) -> tuple[bytes, bytes]:
        kept = (self.paths.checkpoints, self.paths.rejected)
        return tuple(path.read_bytes() if path.exists() else b"" for path in kept)  # type: ignore[return-value]

    def rejected(self) -> list[bytes]:
        return sorted(self._state()[1].splitlines())

    def kill(self, killed: Killed, damage: str) -> None:
        """Leave the state as it was then, and damage it."""
        checkpoints, rejected = bytearray(killed.checkpoints), killed.rejected
        slot_bytes = len(checkpoints) // SLOT_COUNT or 1
        if damage == "bits":
            for _ in range(20 if checkpoints else 0):
                checkpoints[self.dice.randrange(len(checkpoints))] ^= 1 << self.dice.randrange(8)
        elif damage == "older":
            for at in self.dice.sample(range(SLOT_COUNT), self.dice.randrange(SLOT_COUNT)):
                begin = at * slot_bytes
                checkpoints[begin : begin + slot_bytes] = bytes(slot_bytes)
        self.paths.rejected.write_bytes(b"" if "rejected" in damage else rejected)
        self.paths.checkpoints.write_bytes(checkpoints)
        if "lost" in damage and "rejected" not in damage:
            self.paths.checkpoints.unlink()
        if damage == "all lost":
            self.paths.rejected.unlink()


def some_settings(folder: Path, dice: Random) -> ReplaySettings:
    paths = []
    for number in range(dice.choice((1, 2, 3, 8))):
        paths.append(folder / f"{number}.csv")
        paths[-1].write_text(HEADER + "".join(some_rows(dice)))
    begin_ns = 1_759_363_200_000 * MS_NS
    middle_ns = begin_ns + dice.randrange(30_000) * MS_NS
    selections: list[Selection | None] = [
        None,
        None,
        Selection(tickers=("B",)),
        Selection(from_ns=middle_ns),
        Selection(to_ns=middle_ns),
        Selection(start_offset_ns=5_000 * MS_NS, duration_ns=9_000 * MS_NS),
        Selection(limit=30),
    ]
    models = (None, None, LatencyModel("constant", 5.0), LatencyModel("shift", -700.0))
    return ReplaySettings(
        historical=tuple(paths),
        reorder_ns=dice.choice((500, 1000, 5000)) * MS_NS,
        late=dice.choice(("reject", "reject", "stop")),
        selection=dice.choice(selections),
        latency=dice.choice(models),
        max_jump_ns=DAY_NS,
    )


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    read_in_blocks(monkeypatch, block_bytes=250, entry_rows=2)


@pytest.mark.parametrize("is_indexed", [False, True])
@pytest.mark.parametrize("seed", range(60))
@pytest.mark.usefixtures("small_blocks")
def test_whatever_is_left_of_the_state_a_resume_gives_the_quotes_behind_the_key_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, is_indexed: bool
) -> None:
    """Rejected rows are listed once too, as long as all that is asked for is read."""
    if is_indexed:
        keep_small_indexes(monkeypatch)
    dice = Random(seed)
    monkeypatch.setattr("zreplay.historical.parse_ahead.FEW_FILES", dice.choice((0, 16)))
    settings = some_settings(tmp_path, dice)
    replay = Replay(settings, tmp_path / "state", dice)
    whole = replay.run()
    rejected, kills = replay.rejected(), list(replay.kills)
    is_read_whole = not whole.error and not (settings.selection and settings.selection.limit)

    for number in range(0, len(kills), max(1, len(kills) // 12)):
        # What was sent may be behind what was read.
        sent = [each for kill in kills[: number + 1] for each in kill.cursors]
        if not sent:
            continue
        key, cursor = sent[-1 - min(len(sent) - 1, int(dice.expovariate(1 / 6)))]
        damage = dice.choice(DAMAGES)
        replay.kill(kills[number], damage)
        rest = replay.run(cursor)

        assert [later for later in whole.keys if later > key] == rest.keys, damage
        assert whole.error == rest.error
        if is_read_whole:
            assert rejected == replay.rejected(), damage


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.usefixtures("small_blocks")
def test_a_resume_behind_a_seek_gives_what_the_seek_would_have_given(
    tmp_path: Path, seed: int
) -> None:
    dice = Random(seed)
    settings = some_settings(tmp_path, dice)
    replay = Replay(settings, tmp_path / "state", dice)
    whole = replay.run()
    if not whole.keys or (settings.selection is not None and settings.selection.limit):
        return
    kills = list(replay.kills)
    target_ns = dice.choice(whole.keys)[0] + dice.randrange(2)
    behind = [key for key in whole.keys if key > key_before(target_ns)]
    number = dice.randrange(len(kills))
    sent = [each for kill in kills[: number + 1] for each in kill.cursors]
    replay.kill(kills[number], "none")
    sought = replay.run(sent[-1][1] if sent else b"", target_ns)

    assert (behind, whole.error) == sought
    kills = list(replay.kills)
    for number in range(0, len(kills), max(1, len(kills) // 8)):
        sent = [each for kill in kills[: number + 1] for each in kill.cursors]
        if sent:
            key, cursor = dice.choice(sent)
            replay.kill(kills[number], dice.choice(DAMAGES))
            rest = replay.run(cursor)
            assert ([later for later in behind if later > key], whole.error) == rest


def test_a_resume_reads_from_the_checkpoint_alone(settings: ReplaySettings, tmp_path: Path) -> None:
    replay = Replay(settings, tmp_path / "state", Random(0))
    replay.run()
    places = HistoricalPlaces(settings)
    places.checkpoints = CheckpointRing(replay.paths.checkpoints, RUN, 1)
    cursor = HistoricalCursor(40, None, (2**62, LAST_POSITION)).pack()
    begin = places.begin(cursor)

    assert begin is not None
    assert begin.files[0].place.offset == settings.historical[0].stat().st_size


def test_an_origin_that_was_not_seen_yet_is_looked_for_from_the_beginning(
    settings: ReplaySettings, tmp_path: Path
) -> None:
    replay = Replay(settings, tmp_path / "state", Random(0))
    replay.run()
    asked = Selection(start_offset_ns=1)
    places = HistoricalPlaces(ReplaySettings(historical=settings.historical, selection=asked))
    places.checkpoints = CheckpointRing(replay.paths.checkpoints, RUN, 1)
    key = (2**62, LAST_POSITION)

    assert places.begin(HistoricalCursor(0, None, key).pack()) is None
    assert places.begin(HistoricalCursor(0, FIRST_NS, key).pack()) is not None


def test_where_repeats_are_left_out_all_that_arrived_with_the_last_quote_is_read_again(
    settings: ReplaySettings, tmp_path: Path
) -> None:
    replay = Replay(settings, tmp_path / "state", Random(0))
    replay.run()
    ring = CheckpointRing(replay.paths.checkpoints, RUN, 1)
    checkpoint = ring.newest((2**62, LAST_POSITION), 10**9)
    assert checkpoint is not None
    cursor = HistoricalCursor(40, None, checkpoint.last_key).pack()
    keys = []
    for dedupe in (False, True):
        asked = replace(settings, selection=Selection(dedupe=dedupe))
        places = HistoricalPlaces(asked)
        places.checkpoints, places.refused = ring, lambda: 10**9
        begin = places.begin(cursor)
        keys.append(begin.last_key if begin else (0, 0))

    assert checkpoint.last_key == keys[0]
    assert (checkpoint.last_key[0], -1) >= keys[1]
