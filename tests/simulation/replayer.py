"""The replayer's production objects without sockets, threads or clocks.

Admission, timeline, window, cursor, historical source, rejected.log and command journal are
the real ones; this file only moves messages between them, as zreplay/replayer.py and
zreplay/player.py do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from protocol import codec
from protocol.errors import Fenced
from protocol.messages import HISTORICAL, LIVE, Ack, Batch, Message, Offer, Welcome
from zreplay.admission import Admission
from zreplay.batch import columns_of
from zreplay.block import Block
from zreplay.cursor import ReplayCursor
from zreplay.rejected_log import RejectedLog
from zreplay.sources.historical import HistoricalSource
from zreplay.timeline import Command, Timeline
from zreplay.window import CreditWindow

WINDOW_QUOTES = 48
WINDOW_BYTES = 1_000_000
BLOCK_BYTES = 700
HORIZON_NS = 500_000_000
MAX_BATCH = 7


@dataclass
class Journal:
    """What a replayer's state folder outlives it with: accepted commands, captured quotes."""

    commands: list[Command] = field(default_factory=list)
    captured: list[Block] = field(default_factory=list)
    answered: list[tuple[int, str]] = field(default_factory=list)


class SimulatedReplayer:
    """One incarnation of a replayer; `tick` and `receive` are its whole life."""

    def __init__(
        self, paths: Sequence[Path], folder: Path, journal: Journal, run: bytes, choices: Random
    ) -> None:
        self._paths = paths
        self._journal = journal
        self._choices = choices
        self._rejected = RejectedLog(folder / "rejected.log")
        self._admission = Admission(run, choices.randbytes(16))
        self._timeline = Timeline(HISTORICAL, journal.commands)
        self.window = CreditWindow(WINDOW_QUOTES, WINDOW_BYTES)
        self._source: HistoricalSource | None = None
        self._block: Block | None = None
        self._row = 0
        self._is_read = False
        self._cursors = {HISTORICAL: b"", LIVE: b""}
        self.is_over = False
        self.is_finished = False
        self.is_frozen_until = 0

    # --- messages ----------------------------------------------------------------------

    def receive(self, message: Message, now_ns: int) -> None:
        try:
            event = self._admission.on_message(message, now_ns)
        except Fenced:
            self.is_over = True
            return
        match event:
            case Welcome():
                self._welcomed(event)
            case Ack():
                if self._admission.is_of_other_incarnation(event):
                    self._admission.leave(self._choices.randbytes(16))
                    return
                self.is_finished = self.is_finished or event.finished
                self.window.acknowledged(event.next, event.limit, event.held, now_ns)
                self._timeline.committed(event.next)
            case Offer():
                self._admission.leave(self._choices.randbytes(16))

    def _welcomed(self, welcome: Welcome) -> None:
        if welcome.finished:
            self.is_finished = True
            return
        cursor = ReplayCursor.unpack(welcome.cursor) if welcome.cursor else None
        place = cursor or ReplayCursor(HISTORICAL, 0, "start")
        self._close_source()
        self._source = open_source(self._paths, self._rejected, place.historical)
        self._rejected.cut_back(self._source.starts)
        self._block, self._row, self._is_read = None, 0, False
        self._cursors = {HISTORICAL: place.historical, LIVE: place.live}
        if cursor is None:
            self._timeline.begin()
        else:
            self._timeline.restore(cursor.mode, cursor.segment, cursor.reason)
        if self._timeline.place(welcome.next):
            self._journal.commands = self._timeline.kept
        self.window.welcome(welcome.next, welcome.limit)
        self._timeline.apply_due(self.window.next)

    # --- life --------------------------------------------------------------------------

    def command(self, mode: str) -> None:
        """Take a command as the control socket does: journal, then answer."""
        is_closed = self.is_finished or self._end() is not None
        if is_closed or mode == self._timeline.target_mode or not self._admission.is_in:
            return
        self._timeline.accept("mode", mode, self.window.next)
        self._journal.commands = self._timeline.kept
        place = self._timeline.commands[-1].record
        assert place is not None
        self._journal.answered.append((place, mode))
        self._timeline.apply_due(self.window.next)

    def tick(self, now_ns: int, *, has_room: bool) -> tuple[list[Message], list[bytes]]:
        """Return what to tell the sink, and the frames for a worker that has room."""
        due = self._admission.to_send(now_ns, self._end())
        told = [] if due is None else [due]
        frames = []
        if has_room and self._admission.is_in and not self.is_finished:
            if batch := self.window.overdue(self._admission.heard_ns):
                message = codec.decode(batch.frame)
                assert isinstance(message, Batch)
                frame = codec.encode(replace(message, attempt=batch.attempts + 1))
                self.window.resent(batch, frame, now_ns)
                frames.append(frame)
            elif frame := self._next_batch(now_ns):
                frames.append(frame)
        assert self.window.in_flight_quotes <= WINDOW_QUOTES
        return told, frames

    def close(self) -> None:
        """Die: what was written stays, what was known is gone."""
        self._rejected.close()
        self._close_source()

    @property
    def target_mode(self) -> str:
        return self._timeline.target_mode

    def _end(self) -> int | None:
        is_last = self._timeline.mode == HISTORICAL and self._is_at_end()
        return self.window.next if is_last and self._admission.is_in else None

    def _is_at_end(self) -> bool:
        return self._is_read and self._block is None

    def _next_batch(self, now_ns: int) -> bytes | None:
        room = self.window.room_quotes()
        if not room:
            return None
        mode = self._timeline.mode
        block, after = self._peek_live(room) if mode == LIVE else self._peek_historical(room)
        if block is None:
            return None
        cursors = {**self._cursors, mode: after}
        cursor = ReplayCursor(
            mode,
            self._timeline.segment,
            self._timeline.reason,
            cursors[HISTORICAL],
            cursors[LIVE],
        )
        batch = Batch(
            run=self._admission.run,
            epoch=self._admission.epoch,
            first=self.window.next,
            count=len(block),
            segment=self._timeline.segment,
            reason=self._timeline.reason,
            mode=mode,
            attempt=1,
            cursor=cursor.pack(),
            columns=columns_of(block),
        )
        frame = codec.encode(batch)
        self.window.sent(len(block), frame, now_ns)
        self._cursors = cursors
        if mode == HISTORICAL:
            self._advance(len(block))
        self._timeline.apply_due(self.window.next)
        return frame

    def _count(self, available: int, room: int) -> int:
        until = self._timeline.quotes_until_command(self.window.next) or available
        return min(available, room, until, self._choices.randint(1, MAX_BATCH))

    def _peek_historical(self, room: int) -> tuple[Block | None, bytes]:
        assert self._source is not None
        while self._block is None and not self._is_read:
            block = self._source.read()
            self._rejected.flush()
            self._is_read = block is None
            self._block, self._row = block or None, 0
        if self._block is None:
            return None, b""
        end = self._row + self._count(len(self._block) - self._row, room)
        taken = self._block.take(slice(self._row, end))
        key = int(taken.arrival_ns[-1]), int(taken.position[-1])
        return taken, self._source.cursor_at(*key)

    def _advance(self, count: int) -> None:
        assert self._block is not None
        self._row += count
        if self._row == len(self._block):
            self._block = None

    def _peek_live(self, room: int) -> tuple[Block | None, bytes]:
        used = int.from_bytes(self._cursors[LIVE], "little")
        if used >= len(self._journal.captured):
            return None, b""
        return self._journal.captured[used], (used + 1).to_bytes(8, "little")

    def _close_source(self) -> None:
        if self._source is not None:
            self._source.close()


def open_source(paths: Sequence[Path], rejected: RejectedLog, cursor: bytes) -> HistoricalSource:
    """Return the production source, with blocks so small that a file has many."""
    source = HistoricalSource(
        paths,
        horizon_ns=HORIZON_NS,
        late="stop",
        max_rows=10_000,
        reject=rejected.append,
        cursor=cursor,
    )
    source._blocks._block_bytes = BLOCK_BYTES
    source._blocks._next_bytes = [BLOCK_BYTES] * len(paths)
    return source
