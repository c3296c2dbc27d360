"""What a replayer plays, in memory: recordings, inputs, a link that fills up, a clock."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from msgspec.structs import force_setattr

from protocol import codec
from protocol.messages import HISTORICAL, LIVE, NONCE_BYTES, Batch, Mode, Welcome
from protocol.narrow_column import widened
from protocol.program_version import PROGRAM_VERSION
from tests.at_once import AtOnce
from tests.zreplay.example_quotes import make_block
from zreplay.delivery.command import Command
from zreplay.delivery.cursor import ReplayCursor
from zreplay.delivery.instructions import Change, Reopen
from zreplay.delivery.run_state import RunState
from zreplay.delivery.session import Session
from zreplay.delivery.window import CreditWindow
from zreplay.historical.files_reached import FilesReached
from zreplay.playback.playhead import Playhead
from zreplay.quotes.source import Piece
from zreplay.replayer.errands import Errands
from zreplay.replayer.from_settings import playback_of
from zreplay.replayer.historical_input import HistoricalInput
from zreplay.replayer.input_opener import InputOpener
from zreplay.replayer.inputs import Inputs
from zreplay.replayer.link import Link
from zreplay.replayer.rejected_log import RejectedLog
from zreplay.replayer.replayer import Replayer
from zreplay.replayer.sender import Sender
from zreplay.settings import ReplaySettings

NONCE = bytes(range(NONCE_BYTES))


class FakeTime:
    """Stands in for the module `time`; passes only when a test says so."""

    def __init__(self, now_ns: int = 1_000_000_000) -> None:
        self.now_ns = now_ns
        self.slept_seconds: list[float] = []

    def monotonic_ns(self) -> int:
        return self.now_ns

    def monotonic(self) -> float:
        return self.now_ns / 1e9

    def sleep(self, seconds: float) -> None:
        self.slept_seconds.append(seconds)
        self.now_ns += round(seconds * 1e9)


@dataclass(frozen=True)
class Stretch:
    """What a recording gives at once: arrivals, and why a segment starts there, if one does."""

    arrivals_ns: tuple[int, ...]
    starts_segment: str | None = None


class Recording:
    """Quotes that are there to be read; a live one may grow and never ends."""

    def __init__(self, *stretches: Stretch, is_live: bool = False) -> None:
        self.stretches = list(stretches)
        self.is_live = is_live

    @classmethod
    def of(cls, *pieces: Iterable[int], is_live: bool = False) -> "Recording":
        return cls(*(Stretch(tuple(piece)) for piece in pieces), is_live=is_live)

    def source(self, row: int) -> "RecordingSource":
        return RecordingSource(self, row)


class RecordingSource:
    """A `Source` over a recording. The cursor is the number of rows before the place."""

    def __init__(self, recording: Recording, row: int) -> None:
        self._recording = recording
        self._next = 0
        self._skip = row
        self._row = 0
        self.is_closed = False

    @property
    def is_ended(self) -> bool:
        is_read = self._next == len(self._recording.stretches)
        return is_read and not self._recording.is_live

    def poll(self) -> Piece | None:
        while self._next < len(self._recording.stretches):
            stretch = self._recording.stretches[self._next]
            self._next += 1
            start, self._row = self._row, self._row + len(stretch.arrivals_ns)
            if self._row > self._skip:
                return self._piece(stretch, start, max(0, self._skip - start))
        return None

    def close(self) -> None:
        self.is_closed = True

    @staticmethod
    def _piece(stretch: Stretch, start: int, skipped: int) -> Piece:
        whole = make_block(stretch.arrivals_ns)
        numbered = np.arange(start, start + len(whole), dtype=np.int64)
        block = whole.take(slice(skipped, None))
        force_setattr(block, "index", numbered[skipped:])
        first = start + skipped
        return Piece(
            block,
            lambda rows: str(first + rows).encode(),
            None if skipped else stretch.starts_segment,
        )


class FakeInput(HistoricalInput):
    """An input over a recording."""

    def __init__(self, recording: Recording) -> None:
        self.files_reached = FilesReached(has_start=False)
        self.row_counts = None
        self._recording = recording
        self._files: Any = None
        self._ended: Any = None

    def seek(self, arrival_ns: int | None, before: bytes) -> bytes:
        rows = [arrival for each in self._recording.stretches for arrival in each.arrivals_ns]
        later = [row for row, arrival in enumerate(rows) if arrival >= (arrival_ns or -(2**63))]
        place = str(min(later, default=len(rows))).encode()
        self.close()
        self._open(place, is_sought=True)
        return place

    def open(self, cursor: bytes, *, is_begun: bool) -> None:
        self.close()
        self._open(cursor, is_sought=False)

    def reached(self, position: int) -> None:
        pass

    def sent(self, end: int, after: bytes, arrival_ns: int) -> None:
        pass

    def _open(self, cursor: bytes, *, is_sought: bool) -> None:
        head = Playhead(self._recording.source(int(cursor or b"0")))
        self._files, self._ended = FakeFiles(head), None


class FakeFiles(NamedTuple):
    head: Playhead
    window: None = None

    def close(self) -> None:
        pass


class FakeInputs(Inputs):
    """Inputs over recordings."""

    def __init__(
        self, folder: Path, *, historical: Recording | None = None, live: Recording | None = None
    ) -> None:
        self.rejected = RejectedLog(folder / "rejected.log")
        self.selected: list[Mode] = []
        self.historical = FakeInput(historical or Recording())
        self.live: Any = FakeInput(live or Recording(is_live=True))

    def open(self, places: Mapping[Mode, bytes], *, is_begun: bool) -> None:
        self.historical.open(places[HISTORICAL], is_begun=is_begun)
        self.live.open(places[LIVE], is_begun=is_begun)

    def select(self, mode: Mode) -> None:
        self.selected.append(mode)


def make_session(replay: ReplaySettings, run: bytes, commands: Iterable[Command] = ()) -> Session:
    return Session(
        run,
        RunState(replay.start_mode, passes=replay.loop),
        list(commands),
        CreditWindow(replay.window_quotes, replay.window_bytes),
        lambda: NONCE,
        is_acknowledged=replay.acks == "sink",
        exits_when_done=replay.exit_when_done,
    )


def welcome(
    session: Session,
    cursor: ReplayCursor | None = None,
    next_record: int = 0,
    limit: int = 1 << 40,
    now_ns: int = 0,
    commanded: int = 0,
) -> Reopen:
    """Let a session in as the sink does; without one it begins at once."""
    if not session.is_acknowledged:
        return session.begin_without_sink()
    session.admission.leave(NONCE)
    message = Welcome(
        nonce=NONCE,
        epoch=session.epoch + 1,
        next=next_record,
        limit=limit,
        cursor=cursor.pack() if cursor is not None else b"",
        sink_incarnation=1,
        finished=False,
        commanded=commanded,
        period_ns=0,
        version=PROGRAM_VERSION,
    )
    event = session.on_message(message, now_ns, files_ended=False)
    assert isinstance(event, Reopen)
    return event


def open_all(session: Session, sought: bytes = b"") -> None:
    """Have all open that a session wants opened; `sought` is where its seek leads."""
    while (wanted := session.cursors.to_open()) is not None:
        session.cursors.opened(wanted, sought)


def save(session: Session) -> Change:
    """Have what a session wants saved on disk at once."""
    change = session.saved(session.to_save())
    assert change is not None
    return change


class Player:
    """What a replayer plays with, without its loop: inputs are open as soon as they are wanted."""

    def __init__(
        self, replay: ReplaySettings, session: Session, inputs: Inputs, link: Link
    ) -> None:
        self.session, self.inputs = session, inputs
        self.playback = playback_of(replay)
        self.failures: list[Exception] = []
        self.sender = Sender(session, self.playback, inputs, link)
        errands = Errands(lambda: None, AtOnce())
        self.opener = InputOpener(session, self.playback, inputs, errands, self.failures.append)

    @property
    def is_at_end(self) -> bool:
        return self.session.is_at_end(files_ended=self.playback.files_ended)

    def play(self, now_ns: int) -> bool:
        """Do what the loop does once; tell whether a batch left."""
        self.opener.open_wanted()
        change = self.sender.send_due(now_ns)
        if change is not None:
            self.opener.do(change)
        elif self.playback.is_played_out and self.session.stream.wants_next_pass:
            self.opener.rewind()
        self.opener.open_wanted()
        return change is not None


def load(player: Player | Replayer, *place: Any, now_ns: int = 0) -> bool:
    """Open a player where the sink says, all on disk; tell whether commands got their place."""
    player.opener.reopen(welcome(player.session, *place, now_ns=now_ns))
    player.opener.open_wanted()
    saving = player.session.to_save()
    if saving is None:
        return False
    save(player.session)
    return True


def say(player: Player, command: Command) -> None:
    """Have a player accept a command whose place is on disk at once."""
    player.session.propose(command)
    player.opener.do(save(player.session))
    player.opener.open_wanted()


class FakeLink(Link):
    """Keeps what is sent; `takes` says for each batch whether there is room for it."""

    def __init__(self, takes: Callable[[], bool] = lambda: True) -> None:
        self.frames: list[bytes] = []
        self.is_full = False
        self._takes = takes

    def has_room(self) -> bool:
        return not self.is_full

    def send_batch(self, frame: bytes) -> bool:
        if self.is_full or not self._takes():
            return False
        self.frames.append(frame)
        return True

    def resend_batch(self, frame: bytes) -> bool:
        return self.send_batch(frame)

    @property
    def batches(self) -> list[Batch]:
        messages = [codec.decode(frame) for frame in self.frames]
        return [message for message in messages if isinstance(message, Batch)]


def rows_of(batch: Batch) -> list[int]:
    """Return the row of its recording of each quote."""
    return [int(row) for row in np.frombuffer(widened(batch.columns.index, batch.count), "<i8")]


def placed_rows(batches: Iterable[Batch]) -> list[tuple[int, str, int, str, int]]:
    """Return (record, mode, segment, reason, row) for each quote, in the order of sending."""
    return [
        (batch.first + number, batch.mode, batch.segment, batch.reason, row)
        for batch in batches
        for number, row in enumerate(rows_of(batch))
    ]


def answer_of(**fields: Any) -> dict[str, Any]:
    """Return what every answer of a replayer says, with changes."""
    place = {
        "ok": True,
        "state": "RUNNING",
        "waits_for": "",
        "mode": HISTORICAL,
        "loop": "off",
        "pass": 0,
        "passes": 1,
        "epoch": 1,
        "record": 1200,
        "segment": 0,
        "arrival_ns": None,
        "time": None,
        "progress": None,
        "progress_of": "",
    }
    return {**place, **fields}
