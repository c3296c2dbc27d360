"""The replayer's production objects without sockets, threads or clocks.

Admission, timeline, window, cursor, historical source, rejected.log and command journal are
the real ones; this file only moves messages between them, as zreplay/replayer/replayer.py and
zreplay/replayer/player.py do.
"""

from collections.abc import Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from msgspec.structs import replace

from protocol import codec
from protocol.errors import Fenced
from protocol.messages import HISTORICAL, LIVE, Ack, Batch, Message, Offer, Welcome
from tests.forms import in_form
from zreplay.delivery.admission import Admission
from zreplay.delivery.command_log import LOOP, SEEK, START, Command, Timeline
from zreplay.delivery.cursor import ReplayCursor
from zreplay.delivery.window import CreditWindow
from zreplay.historical.historical_source import HistoricalSource
from zreplay.historical.seek import cursor_from
from zreplay.playback.batch_columns import columns_of
from zreplay.quotes.block import Block
from zreplay.quotes.source import Piece
from zreplay.replayer.rejected_log import RejectedLog

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
    answered: list[Command] = field(default_factory=list)


class SimulatedReplayer:
    """One incarnation of a replayer; `tick` and `receive` are its whole life."""

    def __init__(
        self,
        paths: Sequence[Path],
        folder: Path,
        journal: Journal,
        run: bytes,
        choices: Random,
        passes: int,
    ) -> None:
        self._paths = paths
        self._journal = journal
        self._choices = choices
        self._rejected = RejectedLog(folder / "rejected.log")
        self._admission = Admission(run, choices.randbytes(16))
        self._timeline = Timeline(HISTORICAL, journal.commands, passes)
        self.window = CreditWindow(WINDOW_QUOTES, WINDOW_BYTES)
        self._source: HistoricalSource | None = None
        self._opened = len(self._journal.answered)
        self._piece: Piece | None = None
        self._row = 0
        self._is_read = False
        self._is_rewound = False
        self._cursors = {HISTORICAL: b"", LIVE: b""}
        self.is_over = False
        self.is_finished = self._was_complete = False
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
                if self._was_complete:
                    return
                self.window.acknowledged(event.next, event.limit, event.held, now_ns)
                self._timeline.committed(event.next)
            case Offer():
                self._admission.leave(self._choices.randbytes(16))

    def _welcomed(self, welcome: Welcome) -> None:
        self._was_complete = welcome.finished
        if welcome.finished:
            self.is_finished = True
            return
        self.is_finished = False  # its logs were damaged: the same command was given again
        cursor = ReplayCursor.unpack(welcome.cursor) if welcome.cursor else None
        place = cursor or ReplayCursor()
        self._rejected.recover([str(path) for path in self._paths], is_begun=cursor is not None)
        self._open(place.historical)
        self._cursors = {HISTORICAL: place.historical, LIVE: place.live}
        if cursor is None:
            self._timeline.begin()
        else:
            self._timeline.restore(cursor.stand)
        if self._timeline.place(welcome.next):
            self._journal.commands = self._timeline.kept
        self.window.welcome(welcome.next, welcome.limit)
        self._apply_commands()

    # --- life --------------------------------------------------------------------------

    def command(self, verb: str, value: str) -> None:
        """Take a command as the control socket does: journal, then answer."""
        timeline = self._timeline
        if self.is_finished or self._end() is not None or not self._admission.is_in:
            return
        if value in (timeline.target_mode, timeline.target_loop):
            return
        if verb == SEEK and timeline.target_mode != HISTORICAL:
            return
        timeline.accept(verb, value, self.window.next)
        self._journal.commands = timeline.kept
        self._journal.answered.append(timeline.commands[-1])
        self._apply_commands()

    def _apply_commands(self) -> None:
        applied = self._timeline.apply_due(self.window.next)
        seeks = [command.value for command in applied if command.verb == SEEK]
        if seeks:
            cursor = b""
            if seeks[-1] != START:
                cursor = cursor_from(self._paths, int(seeks[-1]), HORIZON_NS).cursor
            self._open(cursor)
            self._cursors = {**self._cursors, HISTORICAL: cursor}
        elif self._is_rewound and not self._timeline.has_next_pass:
            self._open(self._cursors[HISTORICAL])  # the end of the last pass

    def _open(self, cursor: bytes) -> None:
        self._close_source()
        self._opened += 1
        self._source = open_source(
            self._paths, self._rejected, cursor, is_compiled=bool(self._opened % 2)
        )
        self._piece, self._row, self._is_read, self._is_rewound = None, 0, False, False

    def tick(self, now_ns: int, *, has_room: bool) -> tuple[list[Message], list[bytes]]:
        """Return what to tell the sink, and the frames for a worker that has room."""
        due = self._admission.to_send(now_ns, self._end())
        told = [] if due is None else [due]
        frames = []
        if has_room and self._admission.is_in and not self.is_finished:
            if batch := self.window.overdue(self._admission.heard_ns):
                assert not self.window.is_poison(batch), "all that is lost here is lost by chance"
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

    @property
    def target_loop(self) -> str:
        return self._timeline.target_loop

    def _end(self) -> int | None:
        is_last = self._timeline.mode == HISTORICAL and self._is_at_end()
        return self.window.next if is_last and self._admission.is_in else None

    def _is_at_end(self) -> bool:
        is_over = self._is_read and self._piece is None
        return is_over and (self._is_rewound or not self._timeline.has_next_pass)

    def _next_batch(self, now_ns: int) -> bytes | None:
        room = self.window.room_quotes()
        if not room:
            return None
        mode = self._timeline.mode
        block, after = self._peek_live(room) if mode == LIVE else self._peek_historical(room)
        if block is None:
            return None
        cursors = {**self._cursors, mode: after}
        starts = LOOP if self._is_rewound and mode == HISTORICAL else None
        stand = self._timeline.stand_of(starts)
        cursor = ReplayCursor(stand, cursors[HISTORICAL], cursors[LIVE])
        batch = Batch(
            run=self._admission.run,
            epoch=self._admission.epoch,
            first=self.window.next,
            count=len(block),
            segment=stand.segment,
            reason=stand.reason,
            mode=mode,
            attempt=1,
            cursor=cursor.pack(),
            columns=columns_of(block),
        )
        frame = codec.encode(batch)
        self.window.sent(len(block), frame, now_ns)
        self._cursors = cursors
        if starts is not None:
            self._timeline.begin_segment(starts)
        if mode == HISTORICAL:
            self._advance(len(block))
            self._is_rewound = False
        self._apply_commands()
        return frame

    def _count(self, available: int, room: int) -> int:
        until = self._timeline.quotes_until_command(self.window.next) or available
        return min(available, room, until, self._choices.randint(1, MAX_BATCH))

    def _peek_historical(self, room: int) -> tuple[Block | None, bytes]:
        assert self._source is not None
        while self._piece is None and not self._is_read:
            piece = self._source.read()
            self._rejected.flush()
            self._is_read = piece is None
            self._piece, self._row = piece if piece and len(piece.block) else None, 0
        if self._piece is None:
            if self._timeline.has_next_pass and not self._is_rewound:
                self._open(b"")
                self._is_rewound = True
            return None, b""
        block = self._piece.block
        end = self._row + self._count(len(block) - self._row, room)
        return block.take(slice(self._row, end)), self._piece.cursor_after(end)

    def _advance(self, count: int) -> None:
        assert self._piece is not None
        self._row += count
        if self._row == len(self._piece.block):
            self._piece = None

    def _peek_live(self, room: int) -> tuple[Block | None, bytes]:
        used = int.from_bytes(self._cursors[LIVE], "little")
        if used >= len(self._journal.captured):
            return None, b""
        return self._journal.captured[used], (used + 1).to_bytes(8, "little")

    def _close_source(self) -> None:
        if self._source is not None:
            self._source.close()


class AtOnce(Executor):
    """Does the work of a pool while it is handed over: a seed has no threads."""

    def submit(self, work: Any, /, *arguments: Any, **options: Any) -> "Future[Any]":
        done: Future[Any] = Future()
        try:
            done.set_result(work(*arguments, **options))
        except Exception as error:
            done.set_exception(error)
        return done


def open_source(
    paths: Sequence[Path], rejected: RejectedLog, cursor: bytes, *, is_compiled: bool
) -> HistoricalSource:
    """Return the production source, with blocks so small that a file has many.

    It reads without the compiled parts too: what goes on is not always what began.
    """
    with in_form("compiled" if is_compiled else "plain"):
        source = HistoricalSource(
            paths,
            horizon_ns=HORIZON_NS,
            late="stop",
            max_rows=10_000,
            reject=rejected.append,
            cursor=cursor,
        )
    source._blocks._parsers = AtOnce()  # type: ignore[assignment]
    source._blocks._block_bytes = BLOCK_BYTES
    source._blocks._next_bytes = [BLOCK_BYTES] * len(paths)
    return source
