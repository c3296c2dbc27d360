"""From any cursor both sources go on exactly, and rejected.log holds each bad row once."""

import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from protocol.errors import InputError, ResultLogError
from protocol.messages import HISTORICAL, LIVE
from tests.protocol.examples import RUN
from zreplay.delivery.cursor import ReplayCursor
from zreplay.delivery.run_state import RunState
from zreplay.live.capture import CaptureWriter
from zreplay.live.capture_records import Captured, RecordKind
from zreplay.live.live_feed import FeedStatus
from zreplay.playback.batch_columns import BatchColumns
from zreplay.playback.playhead import Playhead
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.replayer.checkpoint_ring import CheckpointRing
from zreplay.replayer.inputs import Inputs
from zreplay.replayer.state import StatePaths
from zreplay.settings import ReplaySettings

HEADER = "index,timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"
PATIENCE_SECONDS = 5.0
FAR = 10**19


class FakeFeed:
    """Knows whether it is wanted; connects to nothing."""

    def __init__(self, urls: Sequence[str], *_: object) -> None:
        self.urls = urls
        self.is_connected = False
        self.is_closed = False

    def connect(self) -> None:
        self.is_connected = True

    def disconnect(self) -> None:
        self.is_connected = False

    def snapshot(self) -> list[FeedStatus]:
        state = "connected" if self.is_connected else "off"
        return [FeedStatus(url, state, 0, 0, None, "", None) for url in self.urls]

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture(autouse=True)
def small_world(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a file have many blocks, and a feed no network."""
    for name in ("BLOCK_BYTES", "FIRST_BLOCK_BYTES", "LEAST_BLOCK_BYTES"):
        monkeypatch.setattr(f"zreplay.historical.parse_ahead.{name}", 300)
    monkeypatch.setattr("zreplay.live.live_feed.LiveFeed", FakeFeed)
    monkeypatch.setattr("zreplay.replayer.inputs.CheckpointRing", eager_ring)


def eager_ring(path: Path, run: bytes, file_count: int, *, least_rows: int) -> CheckpointRing:
    """Return a ring that takes all that is offered."""
    assert least_rows > 0
    return CheckpointRing(path, run, file_count, least_rows=0, least_interval_ns=0, clock=lambda: 0)


def index_of(cut: BatchColumns) -> int:
    """Return the index of the one quote of a cut."""
    return int.from_bytes(cut.columns.index, "little", signed=True)


class Decks:
    """Opens decks on one folder, one after the other, as a replayer that is killed does."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.paths = StatePaths(folder)
        self.wake = threading.Event()
        self._settings = ReplaySettings(reorder_ns=50_000_000, **settings)
        self._open: list[Inputs] = []
        self._places: dict[Inputs, dict[str, bytes]] = {}

    def load(self, cursor: bytes = b"") -> Inputs:
        deck = Inputs(self._settings, self.paths, self.wake.set)
        deck.keep_checkpoints(RUN)
        self._open.append(deck)
        self.open(deck, cursor)
        return deck

    def open(self, deck: Inputs, cursor: bytes) -> None:
        place = ReplayCursor.unpack(cursor) if cursor else ReplayCursor()
        self._places[deck] = {HISTORICAL: place.historical, LIVE: place.live}
        deck.open(self._places[deck], is_begun=bool(cursor))

    def seek(self, deck: Inputs, arrival_ns: int | None) -> None:
        places = self._places[deck]
        places[HISTORICAL] = deck.seek(arrival_ns, places[HISTORICAL])

    def fill(self, head: Playhead) -> bool:
        """Wait for a row; False at the end, and where a live source has none now."""
        while True:
            self.wake.clear()
            if head.fill():
                return True
            if head.is_ended or not self._settings.historical:
                return False
            assert self.wake.wait(PATIENCE_SECONDS)

    def play(self, deck: Inputs, mode: str, most: int = FAR) -> list[tuple[int, bytes]]:
        """Send up to so many quotes, one by one; return each with the cursor behind it."""
        head = deck.select(mode)
        assert head is not None
        played: list[tuple[int, bytes]] = []
        while len(played) < most and self.fill(head):
            cut, after = head.peek(1)
            places = self._places[deck]
            places[mode] = after
            cursor = ReplayCursor(RunState(mode), places[HISTORICAL], places[LIVE]).pack()
            played.append((index_of(cut), cursor))
            deck.reached(cut.last_position)
            head.advance(1)
        return played

    def rejected(self) -> list[str]:
        """Return the value of each line of rejected.log."""
        lines = self.paths.rejected.read_text().splitlines() if self.paths.rejected.exists() else []
        return [json.loads(line)["value"] for line in lines]

    def close(self) -> None:
        for deck in self._open:
            deck.close()


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Give a file of 40 quotes, out of order within the horizon, with 8 bad rows."""
    path = tmp_path / "quotes.csv"
    rows = []
    for number in range(40):
        milliseconds = 100 + number * 10 + (15 if number % 3 == 0 else 0)
        stamp = f"2025-10-02 23:59:57.{milliseconds:03d}"
        rows.append(f"{number},{stamp},A,1,2,1,1,1.5\n")
        if number % 5 == 4:
            rows.append(f"{number},{stamp},A,1,2,bad{number},1,1.5\n")
    path.write_text(HEADER + "".join(rows))
    return path


@pytest.fixture
def decks(tmp_path: Path, recording: Path) -> Iterator[Decks]:
    decks = Decks(tmp_path, historical=(recording,))
    yield decks
    decks.close()


@pytest.fixture
def live_decks(tmp_path: Path) -> Iterator[Decks]:
    decks = Decks(tmp_path, live=("ws://a", "ws://b"))
    yield decks
    decks.close()


def capture(decks: Decks, *indexes: int) -> None:
    """Let the feed have captured these quotes, one a message; a negative one is bad."""
    writer = CaptureWriter(decks.paths.capture, FAR)
    for index in indexes:
        message = {
            "index": index,
            "timestamp": "2025-10-02 23:59:57.290000",
            "ticker": "A",
            "ask_amount": 1,
            "ask_price": 2,
            "bid_price": 1 if index >= 0 else f"bad{-index}",
            "bid_amount": 1,
        }
        assert not writer.append([Captured(RecordKind.MESSAGE, 5, json.dumps(message).encode())])
    writer.close()


def test_from_every_cursor_exactly_the_rest_comes_and_each_bad_row_is_logged_once(
    decks: Decks,
) -> None:
    whole = decks.play(decks.load(), HISTORICAL)
    order = [index for index, _ in whole]
    bad_rows = [f"bad{number}" for number in range(4, 40, 5)]
    assert sorted(order) == list(range(40)) != order
    assert bad_rows == decks.rejected()

    for number, (_, cursor) in enumerate(whole):
        resumed = decks.play(decks.load(cursor), HISTORICAL)

        assert order[number + 1 :] == [index for index, _ in resumed]
        assert bad_rows == decks.rejected()


def test_what_was_rejected_before_a_restart_from_the_start_is_not_there_twice(
    decks: Decks,
) -> None:
    decks.play(decks.load(), HISTORICAL)
    assert 8 == len(decks.rejected())

    deck = decks.load()

    decks.play(deck, HISTORICAL)
    assert 8 == deck.rejected.count == len(decks.rejected())


def test_one_deck_may_be_loaded_again_and_again(decks: Decks) -> None:
    deck = decks.load()
    played = decks.play(deck, HISTORICAL, most=10)
    for _ in range(3):
        decks.open(deck, played[4][1])

        assert played[5:] == decks.play(deck, HISTORICAL, most=5)


def test_a_mode_that_is_not_played_keeps_its_place_over_any_number_of_restarts(
    tmp_path: Path, recording: Path
) -> None:
    decks = Decks(tmp_path, historical=(recording,), live=("ws://a",))
    capture(decks, 100, 101, 102)
    order: list[int] = []
    cursor = b""
    for mode in (HISTORICAL, LIVE, LIVE, HISTORICAL, HISTORICAL, LIVE):
        ((index, cursor),) = decks.play(decks.load(cursor), mode, most=1)
        order.append(index)
    order += [index for index, _ in decks.play(decks.load(cursor), HISTORICAL)]

    assert [100, 101, 102] == [order[1], order[2], order[5]]
    historical = [index for index in order if index < 100]
    assert [index for index, _ in decks.play(decks.load(), HISTORICAL)] == historical
    decks.close()


def test_captured_quotes_go_on_from_the_cursor_and_a_bad_message_is_logged_once(
    live_decks: Decks,
) -> None:
    capture(live_decks, 1, -2, 3, -4, 5)
    whole = live_decks.play(live_decks.load(), LIVE)
    assert [1, 3, 5] == [index for index, _ in whole]
    for number, (_, cursor) in enumerate(whole):
        resumed = live_decks.play(live_decks.load(cursor), LIVE)

        assert whole[number + 1 :] == resumed
        assert 2 == len(live_decks.rejected())


def test_the_feed_is_connected_only_while_live_is_selected(tmp_path: Path, recording: Path) -> None:
    decks = Decks(tmp_path, historical=(recording,), live=("ws://a",))
    deck = decks.load()
    states = [deck.feeds()[0]["state"]]
    for mode in (HISTORICAL, LIVE, LIVE, HISTORICAL):
        deck.select(mode)
        states.append(deck.feeds()[0]["state"])

    assert ["off", "off", "connected", "connected", "off"] == states
    decks.close()


def test_nothing_can_be_played_before_the_first_load(tmp_path: Path, recording: Path) -> None:
    deck = Inputs(ReplaySettings(historical=(recording,)), StatePaths(tmp_path), lambda: None)

    assert deck.select(HISTORICAL) is None
    assert 0 == deck.progress()
    assert [] == deck.feeds()
    deck.close()


def test_progress_is_the_share_of_the_file_that_was_sent(decks: Decks) -> None:
    deck = decks.load()
    shares = [deck.progress()]
    for _ in range(4):
        decks.play(deck, HISTORICAL, most=10)
        shares.append(deck.progress())
    decks.play(deck, HISTORICAL)
    shares.append(deck.progress())

    assert all(share is not None and abs(share - n / 4) < 0.1 for n, share in enumerate(shares[:5]))
    assert 1.0 == shares[-1]


def test_after_a_restart_the_progress_goes_on_from_where_it_was(decks: Decks) -> None:
    played = decks.play(decks.load(), HISTORICAL, most=30)
    resumed = decks.load(played[-1][1]).progress()

    assert resumed is not None
    assert 0.5 < resumed <= 0.8


def test_a_restart_reads_from_a_checkpoint_and_a_run_that_begins_forgets_them(
    decks: Decks,
) -> None:
    played = decks.play(decks.load(), HISTORICAL, most=30)
    place = ReplayCursor.unpack(played[-1][1]).historical
    begin = decks.load(played[-1][1]).historical_places.begin(place)
    assert begin is not None
    assert begin.files[0].place.offset > 1000
    assert decks.paths.checkpoints.exists()
    deck = decks.load()
    decks.close()

    assert deck.historical_places.checkpoints is not None
    assert deck.historical_places.checkpoints.newest((0, 0), 0) is None


def test_rows_that_have_no_room_in_rejected_log_are_behind_no_checkpoint(
    decks: Decks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zreplay.replayer.rejected_log.RejectedLog.flush", lambda self: False)
    monkeypatch.setattr("zreplay.replayer.inputs.FULL_DISK_SECONDS", 0.001)
    deck = decks.load()
    decks.close()

    assert deck.rejected.written() == 0
    assert not decks.paths.checkpoints.exists()


def test_a_live_run_whose_capture_is_lost_is_refused_by_name(
    tmp_path: Path, recording: Path
) -> None:
    decks = Decks(tmp_path, historical=(recording,), live=("ws://a",))
    capture(decks, 1, 2)
    (_, cursor), *_ = decks.play(decks.load(), HISTORICAL, most=1)
    decks.close()
    decks._open.clear()
    decks.paths.capture.unlink()
    for _ in range(2):
        with pytest.raises(ResultLogError, match=r"capture\.log is lost") as error:
            decks.load(cursor)
        assert ("Z605", True) == (error.value.code, "--fresh" in error.value.fix)
        decks.close()
        decks._open.clear()
    assert decks.load() is not None
    decks.close()


def test_standard_input_has_no_checkpoints(tmp_path: Path) -> None:
    settings = ReplaySettings(historical=(STANDARD_INPUT,))
    deck = Inputs(settings, StatePaths(tmp_path), lambda: None)
    deck.keep_checkpoints(RUN)

    assert deck.historical_places.checkpoints is None
    deck.close()


def test_closing_ends_the_feed_and_keeps_what_was_rejected(live_decks: Decks) -> None:
    capture(live_decks, -1)
    deck = live_decks.load()
    head = deck.select(LIVE)
    assert head is not None
    assert not head.fill()
    deck.close()

    assert isinstance(deck._feed, FakeFeed)
    assert deck._feed.is_closed
    assert ["bad1"] == live_decks.rejected()
    live_decks._open.clear()


def test_a_feed_has_no_progress(live_decks: Decks) -> None:
    assert live_decks.load().progress() is None


def test_a_file_that_cannot_go_on_says_so_after_everything_before_it(
    tmp_path: Path, recording: Path
) -> None:
    with recording.open("a") as file:
        file.write("99,2025-10-02 23:59:57.000,A,1,2,1,1,1.5\n")
    decks = Decks(tmp_path, historical=(recording,))
    deck = decks.load()
    head = deck.select(HISTORICAL)
    assert head is not None
    played: list[int] = []
    with pytest.raises(InputError, match="--reorder"):
        while decks.fill(head):
            cut, _ = head.peek(1)
            head.advance(1)
            played.append(index_of(cut))

    assert len(played) == len(set(played)) > 30
    assert 99 not in played
    decks.close()


FIRST_NS = 1_759_449_597_111_500_000
"""The arrival of row 1, before row 0; row 39 is the last."""


def rest_of(decks: Decks, deck: Inputs) -> list[int]:
    return [index for index, _ in decks.play(deck, HISTORICAL)]


def test_after_a_seek_what_arrives_then_or_later_comes_and_a_resume_knows_it(
    decks: Decks,
) -> None:
    order = rest_of(decks, decks.load())
    deck = decks.load()
    decks.play(deck, HISTORICAL, most=20)
    decks.seek(deck, 1_759_449_597_301_500_000)
    played = decks.play(deck, HISTORICAL)

    assert order[order.index(20) :] == [index for index, _ in played]
    assert [index for index, _ in played[3:]] == rest_of(decks, decks.load(played[2][1]))
    assert 8 == len(decks.rejected())


def test_a_seek_to_the_start_is_the_whole_again(decks: Decks) -> None:
    deck = decks.load()
    order = rest_of(decks, deck)
    decks.seek(deck, None)

    assert order == rest_of(decks, deck)
    assert 8 == len(decks.rejected())


def test_a_live_quote_after_a_seek_keeps_the_place_that_was_sought(
    tmp_path: Path, recording: Path
) -> None:
    decks = Decks(tmp_path, historical=(recording,), live=("ws://a",))
    capture(decks, 100)
    order = rest_of(decks, decks.load())
    deck = decks.load()
    decks.seek(deck, 1_759_449_597_301_500_000)
    ((_, cursor),) = decks.play(deck, LIVE, most=1)

    assert order[order.index(20) :] == rest_of(decks, decks.load(cursor))
    decks.close()


def test_a_new_pass_begins_with_its_first_quote_and_until_then_can_be_taken_back(
    decks: Decks,
) -> None:
    deck = decks.load()
    order = rest_of(decks, deck)
    deck.rewind()
    deck.cancel_rewind()
    assert [] == rest_of(decks, deck)
    deck.rewind()

    assert order == rest_of(decks, deck)
    deck.cancel_rewind()
    assert 1.0 == deck.progress()
    assert 8 == len(decks.rejected())


def test_after_a_seek_the_progress_is_that_of_the_place(decks: Decks) -> None:
    deck = decks.load()
    decks.seek(deck, FIRST_NS + 200_000_000)
    assert deck.progress() is None
    head = deck.playhead(HISTORICAL)
    assert head is not None
    assert decks.fill(head)
    progress = deck.progress()

    assert progress is not None
    assert 0.4 < progress < 0.6


def test_a_stray_is_set_aside_in_every_pass_and_logged_once(
    tmp_path: Path, recording: Path
) -> None:
    lines = recording.read_text().splitlines(keepends=True)
    lines.insert(9, "99,2099-10-02 23:59:57.000,A,1,2,1,1,1.5\n")
    recording.write_text("".join(lines))
    decks = Decks(tmp_path, historical=(recording,))
    deck = decks.load()
    first = rest_of(decks, deck)
    deck.rewind()

    assert first == rest_of(decks, deck)
    assert sorted(first) == list(range(40))
    assert 9 == len(decks.rejected())
    assert (FIRST_NS, FIRST_NS + 395_000_000) == deck.historical_places.span()
    decks.close()
