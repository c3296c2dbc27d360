"""Inputs over real files and a capture, opened, played and opened again as a replayer does."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from protocol.messages import HISTORICAL, LIVE, Mode
from tests.protocol.examples import RUN
from zreplay.delivery.cursor import ReplayCursor
from zreplay.delivery.run_state import RunState
from zreplay.live.capture import CaptureWriter, Problem
from zreplay.live.capture_records import Captured, RecordKind
from zreplay.live.feed_address import FeedAddress
from zreplay.live.feed_status import FeedStatus
from zreplay.playback.batch_columns import BatchColumns
from zreplay.playback.playhead import Playhead
from zreplay.replayer.checkpoint_ring import CheckpointRing
from zreplay.replayer.inputs import Inputs
from zreplay.replayer.state import StatePaths
from zreplay.settings import ReplaySettings

HEADER = "index,timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"
PATIENCE_SECONDS = 5.0
FAR = 10**19


class FakeFeed:
    """Knows whether it is wanted; connects to nothing."""

    def __init__(self, feeds: Sequence[FeedAddress], *_: object) -> None:
        self.urls = [feed.url for feed in feeds]
        self.is_connected = False
        self.is_closed = False
        self.refusal: Problem | None = None
        self.blocked_ns = 0

    def connect(self) -> None:
        self.is_connected = True

    def disconnect(self) -> None:
        self.is_connected = False

    def snapshot(self) -> list[FeedStatus]:
        state = "connected" if self.is_connected else "off"
        return [FeedStatus(url, state, 0, 0, None, "", None, None) for url in self.urls]

    def close(self) -> None:
        self.is_closed = True


@contextmanager
def small_world() -> Iterator[None]:
    """Let a file have many blocks, and a feed no network."""
    with (
        patch.multiple(
            "zreplay.historical.parse_ahead",
            BLOCK_BYTES=300,
            FIRST_BLOCK_BYTES=300,
            LEAST_BLOCK_BYTES=300,
        ),
        patch("zreplay.live.live_feed.LiveFeed", FakeFeed),
        patch("zreplay.replayer.historical_input.CheckpointRing", eager_ring),
    ):
        yield


def eager_ring(path: Path, run: bytes, file_count: int, *, least_rows: int) -> CheckpointRing:
    """Return a ring that takes all that is offered."""
    assert least_rows > 0
    return CheckpointRing(path, run, file_count, least_rows=0, least_interval_ns=0, clock=lambda: 0)


def index_of(cut: BatchColumns) -> int:
    """Return the index of the one quote of a cut."""
    return int.from_bytes(cut.columns.index, "little", signed=True)


class OpenedInputs:
    """Opens opened on one folder, one after the other, as a replayer that is killed does."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.paths = StatePaths(folder)
        self.wake = threading.Event()
        self._settings = ReplaySettings(reorder_ns=50_000_000, **settings)
        self._open: list[Inputs] = []
        self._places: dict[Inputs, dict[Mode, bytes]] = {}

    def load(self, cursor: bytes = b"") -> Inputs:
        inputs = Inputs(self._settings, self.paths, self.wake.set)
        inputs.historical.keep_checkpoints(self.paths.checkpoints, RUN)
        self._open.append(inputs)
        self.open(inputs, cursor)
        return inputs

    def open(self, inputs: Inputs, cursor: bytes) -> None:
        place = ReplayCursor.unpack(cursor) if cursor else ReplayCursor()
        self._places[inputs] = {HISTORICAL: place.historical, LIVE: place.live}
        inputs.open(self._places[inputs], is_begun=bool(cursor))

    def seek(self, inputs: Inputs, arrival_ns: int | None) -> None:
        places = self._places[inputs]
        places[HISTORICAL] = inputs.historical.seek(arrival_ns, places[HISTORICAL])

    def fill(self, head: Playhead) -> bool:
        """Wait for a row; False at the end, and where a live source has none now."""
        while True:
            self.wake.clear()
            if head.fill():
                return True
            if head.is_ended or not self._settings.historical:
                return False
            assert self.wake.wait(PATIENCE_SECONDS)

    def play(self, inputs: Inputs, mode: Mode, most: int = FAR) -> list[tuple[int, bytes]]:
        """Send up to so many quotes, one by one; return each with the cursor behind it."""
        inputs.select(mode)
        head = inputs.heads[mode]
        played: list[tuple[int, bytes]] = []
        while len(played) < most and self.fill(head):
            cut, after = head.peek(1)
            places = self._places[inputs]
            places[mode] = after
            cursor = ReplayCursor(RunState(mode), places[HISTORICAL], places[LIVE]).pack()
            played.append((index_of(cut), cursor))
            inputs.historical.reached(cut.last_position)
            head.advance(1)
        return played

    def rejected(self) -> list[str]:
        """Return the value of each line of rejected.log."""
        lines = self.paths.rejected.read_text().splitlines() if self.paths.rejected.exists() else []
        return [json.loads(line)["value"] for line in lines]

    def close(self) -> None:
        for inputs in self._open:
            inputs.close()
        self._open.clear()


def write_recording(folder: Path) -> Path:
    """Write a file of 40 quotes, out of order within the horizon, with 8 bad rows."""
    path = folder / "quotes.csv"
    rows = []
    for number in range(40):
        milliseconds = 100 + number * 10 + (15 if number % 3 == 0 else 0)
        stamp = f"2025-10-02 23:59:57.{milliseconds:03d}"
        rows.append(f"{number},{stamp},A,1,2,1,1,1.5\n")
        if number % 5 == 4:
            rows.append(f"{number},{stamp},A,1,2,bad{number},1,1.5\n")
    path.write_text(HEADER + "".join(rows))
    return path


def capture(opened: OpenedInputs, *indexes: int) -> None:
    """Let the feed have captured these quotes, one a message; a negative one is bad."""
    writer = CaptureWriter(opened.paths.capture, FAR)
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


def rest_of(opened: OpenedInputs, inputs: Inputs) -> list[int]:
    return [index for index, _ in opened.play(inputs, HISTORICAL)]
