"""A replayer without sockets, threads or clocks: the production session and playback.

Session (with admission, commands, window and cursor), playback (with its playheads), historical
source, checkpoints and rejected.log are the real ones. This file only hands over what goes in and
does what comes out; now and then the link refuses a batch, the disk takes the commands later,
checkpoints are damaged, or the inputs take their time to open.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import NamedTuple

from msgspec.structs import replace

from protocol import codec
from protocol.errors import Fenced
from protocol.messages import HISTORICAL, LIVE, NONCE_BYTES, Batch, Message, Mode
from tests.at_once import AtOnce
from tests.forms import in_form
from zreplay.delivery.command import Command, SeekTo, SetLoop, SetMode
from zreplay.delivery.instructions import Change, Complete, Reopen, Saving
from zreplay.delivery.openings import Opening, OpenRun, OpenSought, ReturnToEnd
from zreplay.delivery.resend import next_frame
from zreplay.delivery.run_state import RunState
from zreplay.delivery.session import Session
from zreplay.delivery.window import CreditWindow
from zreplay.historical.historical_source import HistoricalSource
from zreplay.playback.playback import Playback
from zreplay.playback.playhead import Playhead
from zreplay.quotes.block import Block
from zreplay.quotes.source import Piece
from zreplay.recordings.strays import OFF
from zreplay.replayer.checkpoint_ring import SLOT_COUNT, CheckpointRing
from zreplay.replayer.historical_places import HistoricalPlaces
from zreplay.replayer.rejected_log import RejectedLog
from zreplay.settings import ReplaySettings

CHECKPOINTS = "checkpoints"
WINDOW_QUOTES = 48
WINDOW_BYTES = 1_000_000
BLOCK_BYTES = 700
HORIZON_NS = 500_000_000
MAX_BATCH = 7
REFUSED_SHARE = 0.1
EARLY_SHARE = 0.2
"""So many of the commands for a replayer outside are given."""
FULL_DISK_SHARE = 0.3
FULL_DISK_NS = 500_000_000
SLOW_DISK_NS = 300_000_000
SLOW_OPENING_NS = 300_000_000


@dataclass
class Journal:
    """What a replayer's state folder outlives it with: accepted commands, captured quotes."""

    commands: list[Command] = field(default_factory=list)
    captured: list[Block] = field(default_factory=list)
    answered: list[Command] = field(default_factory=list)
    wants_rejected: bool = False
    """True from when rejected.log was lost until the rows are read again."""
    has_lost_rejected: bool = False

    def save(self, commands: list[Command]) -> None:
        """Keep these; what was answered without a place may have one now."""
        self.commands = commands
        places = {type(command): command.record for command in commands}
        self.answered = [
            each if each.record is not None else replace(each, record=places[type(each)])
            for each in self.answered
        ]

    def answer_kept(self) -> None:
        """Count what was written and not answered when its replayer died: it is accepted.

        Of one kind at one record only the last counts, which may be what was said before.
        """
        last = {(type(each), each.record): each for each in self.commands}
        told = {(type(each), each.record): each for each in self.answered}
        self.answered += [each for key, each in last.items() if told.get(key) != each]

    def forget_unplaced(self) -> None:
        """Have done with commands for a run that was complete: they have no place in it."""
        self.answered = [each for each in self.answered if each.record is not None]


class Write(NamedTuple):
    """Commands on their way to the disk, and the one that is answered when they are there."""

    ready_ns: int
    saving: Saving
    command: Command | None


class Work(NamedTuple):
    """What is being opened, and where a seek leads."""

    ready_ns: int
    opening: Opening
    sought: bytes


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
        surroundings: Random,
    ) -> None:
        self._paths = paths
        self._journal = journal
        self._choices = choices
        self._surroundings = surroundings
        """Decides what a link refuses and a disk takes later, with dice of its own."""
        # Whoever died before it opened anything leaves that to the next.
        journal.wants_rejected |= damage_state(folder, surroundings)
        self._rejected = RejectedLog(folder / "rejected.log")
        self._places = HistoricalPlaces(
            ReplaySettings(historical=tuple(paths), reorder_ns=HORIZON_NS, max_jump_ns=OFF)
        )
        self._places.refused = self._rejected.written
        self._checkpoints = CheckpointRing(
            folder / CHECKPOINTS,
            run,
            len(paths),
            least_rows=surroundings.choice((0, 0, 10, 60)),
            least_interval_ns=0,
            clock=lambda: 0,
        )
        self._places.checkpoints = self._checkpoints
        journal.answer_kept()
        self.session = Session(
            run,
            RunState(HISTORICAL, passes=passes),
            journal.commands,
            CreditWindow(WINDOW_QUOTES, WINDOW_BYTES),
            lambda: choices.randbytes(NONCE_BYTES),
        )
        self._playback = Playback(None, is_stretched=True, max_gap_ns=None, most_quotes=MAX_BATCH)
        self._heads: dict[Mode, Playhead] = {}
        self._opened = len(self._journal.answered)
        self._refused: Batch | None = None
        self._write: Write | None = None
        self._work: Work | None = None
        self._openings = Random(f"{run!r} {surroundings.getstate()[1][0]}")
        """Decides how long the inputs take to open, with dice of its own too."""
        self.is_over = False
        self.is_frozen_until = self._now_ns = self._full_until_ns = 0

    @property
    def is_writing(self) -> bool:
        """True while a command is on its way to the disk."""
        return self._write is not None

    @property
    def _is_disk_full(self) -> bool:
        return self._now_ns < self._full_until_ns

    @property
    def _files_ended(self) -> bool:
        return self._playback.files_ended

    def receive(self, message: Message, now_ns: int) -> None:
        try:
            event = self.session.on_message(message, now_ns, files_ended=self._files_ended)
        except Fenced:
            self.is_over = True
            return
        match event:
            case Reopen(change=change, period_ns=period_ns):
                self._playback.period_ns = period_ns
                self._playback.stand_at_next()
                self._do(change)
                self._select()
                if self._surroundings.random() < FULL_DISK_SHARE:
                    self._full_until_ns = now_ns + self._surroundings.randrange(FULL_DISK_NS)
            case Complete():
                # What is not read any more is not rejected again.
                self._journal.has_lost_rejected |= self._journal.wants_rejected
                self._journal.forget_unplaced()

    def command(self, command: Command) -> None:
        """Take a command as the control socket does: on disk, then answered."""
        session = self.session
        if session.ending.is_settled(session.end(files_ended=self._files_ended)):
            return
        if not session.is_in and self._surroundings.random() >= EARLY_SHARE:
            return
        if isinstance(command, SetMode) and command.mode == session.log.target_mode:
            return
        if isinstance(command, SetLoop) and str(command) == session.log.target_loop:
            return
        if isinstance(command, SeekTo) and session.log.target_mode != HISTORICAL:
            return
        if self._write is not None:
            return
        place = session.propose(command)
        if self._is_disk_full:
            session.withdraw()
            return
        saving = session.to_save()
        assert saving is not None
        ready_ns = self._now_ns + self._surroundings.choice((0, 0, SLOW_DISK_NS))
        self._write = Write(ready_ns, saving, replace(command, record=place))

    def _save(self) -> None:
        """Let the disk take what it is given; while that lasts the sink may be restarted."""
        write, saving = self._write, self.session.to_save()
        if write is None and saving is not None:
            write = Write(self._now_ns, saving, None)
        if write is None or self._now_ns < write.ready_ns:
            return
        self._write = None
        self._journal.save(write.saving.commands)
        change = self.session.saved(write.saving)
        if change is not None:
            if write.command is not None:
                self._journal.answered.append(write.command)
            self._do(change)

    def _do(self, change: Change) -> None:
        if change.seek is not None:
            self._playback.seek(change.seek.arrival_ns)
        if change.applied:
            self._refused = None
            self._select()

    def _select(self) -> None:
        heads = self._heads if self.session.cursors.are_open else {}
        self._playback.play_from(heads, self.session.state.mode)

    def _open_wanted(self) -> None:
        """Open what is wanted, which may take long; meanwhile another thing may be wanted."""
        places = self.session.cursors
        if self._work is None and (wanted := places.to_open()) is not None:
            ready_ns = self._now_ns + self._openings.choice((0, 0, SLOW_OPENING_NS))
            self._work = Work(ready_ns, wanted, self._opened_at(wanted))
        if self._work is not None and self._now_ns >= self._work.ready_ns:
            (_, opening, sought), self._work = self._work, None
            places.opened(opening, sought)
            self._select()

    def _opened_at(self, wanted: Opening) -> bytes:
        place = b""
        match wanted:
            case OpenRun(places, is_begun):
                names = [str(path) for path in self._paths]
                self._journal.wants_rejected = False
                self._rejected.recover(names, is_begun=is_begun)
                self._places.reopen(is_begun=is_begun)
                place = places[HISTORICAL]
                self._heads[LIVE] = Playhead(Captured(self._journal, places[LIVE]))
            case OpenSought(arrival_ns, before):
                place = self._places.take(arrival_ns, before)
                self._checkpoints.hurry()
            case ReturnToEnd():
                place = self.session.cursors.historical
        self._open(place)
        return place

    def _open(self, cursor: bytes) -> None:
        self._close_source()
        self._opened += 1
        is_compiled = bool(self._opened % 2)
        source = open_source(
            self._places, self._paths, self._rejected, cursor, is_compiled=is_compiled
        )
        reader = ReadWhenAsked(source, self._rejected, self._checkpoints)
        self._heads[HISTORICAL] = Playhead(reader)
        self._refused = None

    def tick(self, now_ns: int, *, has_room: bool) -> tuple[list[Message], list[bytes]]:
        """Return what to tell the sink, and the frames for a worker that has room."""
        self._now_ns = now_ns
        if not self._is_disk_full:
            self._save()
        self._open_wanted()
        session, frames = self.session, []
        due = session.to_send(now_ns, files_ended=self._files_ended)
        if has_room:
            if batch := session.overdue():
                frames.append(next_frame(batch))
                session.window.resent(batch, frames[-1], now_ns)
            elif frame := self._next_batch(now_ns):
                frames.append(frame)
        assert session.window.in_flight_quotes <= WINDOW_QUOTES
        return [] if due is None else [due], frames

    def close(self) -> None:
        """Die: what was written stays, what was known is gone."""
        self._rejected.close()
        self._close_source()

    def _next_batch(self, now_ns: int) -> bytes | None:
        session, playback = self.session, self._playback
        due = playback.due(now_ns, self._room, lambda: True) if session.may_send else None
        if due is None:
            if playback.is_played_out and session.stream.wants_next_pass:
                session.cursors.rewind()
                self._select()
            return None
        assert session.to_save() is None, "a place counts once it is on disk"
        outgoing = session.prepare(due.batch, due.after, due.starts)
        self._check_begins_once(outgoing.batch)
        if self._surroundings.random() < REFUSED_SHARE:
            self._refused = outgoing.batch
            playback.refused(now_ns)
            return None
        frame = codec.encode(outgoing.batch)
        change = session.sent(outgoing, frame, now_ns)
        playback.sent(due, now_ns, session.window.in_flight_batches)
        self._do(change)
        return frame

    def _room(self) -> int:
        room = self.session.room()
        return room and min(room, self._choices.randint(1, MAX_BATCH))

    def _check_begins_once(self, batch: Batch) -> None:
        """What the link refused is the same segment when it is tried again."""
        refused, self._refused = self._refused, None
        if refused is not None and refused.first == batch.first:
            assert (refused.segment, refused.reason) == (batch.segment, batch.reason)

    def _close_source(self) -> None:
        if (head := self._heads.get(HISTORICAL)) is not None:
            head.close()


class ReadWhenAsked:
    """A historical source without a thread that reads ahead."""

    def __init__(
        self, source: HistoricalSource, rejected: RejectedLog, checkpoints: CheckpointRing
    ) -> None:
        self.is_ended = False
        self._source = source
        self._rejected = rejected
        self._checkpoints = checkpoints

    def poll(self) -> Piece | None:
        if self.is_ended:
            return None
        piece = self._source.read()
        self._rejected.flush()
        rows = self._source.take_rows_read()
        self._checkpoints.offer(self._source.checkpoint, rows, self._rejected.written)
        self.is_ended = piece is None
        return piece

    def close(self) -> None:
        self._source.close()


class Captured:
    """What the journal has of the feed; a place is how many blocks lie before it."""

    is_ended = False

    def __init__(self, journal: Journal, place: bytes) -> None:
        self._journal = journal
        self._used = int.from_bytes(place, "little")

    def poll(self) -> Piece | None:
        if self._used >= len(self._journal.captured):
            return None
        block = self._journal.captured[self._used]
        assert len(block) == 1, "a place lies between blocks"
        self._used += 1
        after = self._used.to_bytes(8, "little")
        return Piece(block, lambda _: after)

    def close(self) -> None:
        pass


def damage_state(folder: Path, dice: Random) -> bool:
    """Now and then lose what can be had otherwise: checkpoints, rejected rows, or both.

    Tells if it was the rejected rows.
    """
    path = folder / CHECKPOINTS
    data = bytearray(path.read_bytes() if path.exists() else b"")
    kind = dice.choice(("", "", "", "bits", "bits", "cut", "older", "lost", "all lost", "rejected"))
    if kind in ("all lost", "rejected"):
        (folder / "rejected.log").unlink(missing_ok=True)
    if kind in ("lost", "all lost"):
        path.unlink(missing_ok=True)
    elif data and kind:
        slot_bytes = len(data) // SLOT_COUNT or 1
        if kind == "bits":
            for _ in range(dice.randrange(1, 40)):
                data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        elif kind == "cut":
            del data[dice.randrange(len(data)) :]
        elif kind == "older":
            for at in dice.sample(range(SLOT_COUNT), dice.randrange(SLOT_COUNT)):
                data[at * slot_bytes : (at + 1) * slot_bytes] = bytes(slot_bytes)
        path.write_bytes(data)
    return kind in ("all lost", "rejected")


def open_source(
    places: HistoricalPlaces,
    paths: Sequence[Path],
    rejected: RejectedLog,
    cursor: bytes,
    *,
    is_compiled: bool,
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
            begin=places.begin(cursor),
            indexes=places.indexes,
        )
    source._rows._blocks._parsers = AtOnce()  # type: ignore[assignment]
    source._rows._blocks._block_bytes = BLOCK_BYTES
    source._rows._blocks._next_bytes = [BLOCK_BYTES] * len(paths)
    return source
