"""The joints of a run: what the sink says, what is commanded and what is sent, in one place.

Messages, commands and sent batches in; what to say, to send and to ask of the inputs out. It
knows no socket, file or clock, and the loop and the simulation drive the same object. Rules:

1. Nothing is sent before the sink has said where the run goes on, nor after it was restarted.
2. A command is on disk with its place before a quote is sent at that place or behind it.
3. The cursor of a batch is the place behind it: that of its own mode after its last quote, those
   of the others where they stood. A segment or pass begins once its first batch was sent.
4. A seek gives the files a new place; nothing is sent before that is known.
5. Of a run that was complete before, an acknowledgement says only that it is finished.
"""

from collections.abc import Callable

from protocol.errors import ProtocolError
from protocol.messages import (
    HISTORICAL,
    LIVE,
    Ack,
    Batch,
    Columns,
    Message,
    Mode,
    Offer,
    Report,
    Welcome,
)
from zreplay.delivery.admission import Admission
from zreplay.delivery.command import Command, SeekTo
from zreplay.delivery.command_log import CommandLog
from zreplay.delivery.cursor import ReplayCursor
from zreplay.delivery.instructions import Change, Complete, Left, Outgoing, Reopen, Saving
from zreplay.delivery.resend import overdue
from zreplay.delivery.run_state import RunState
from zreplay.delivery.window import CreditWindow, InFlight
from zreplay.playback.replay_clock import FOREVER_NS
from zreplay.quotes.source import SegmentReason


class Session:
    """One replayer's side of a run."""

    def __init__(
        self,
        run: bytes,
        start: RunState,
        commands: list[Command],
        window: CreditWindow,
        new_nonce: Callable[[], bytes],
        *,
        is_acknowledged: bool = True,
        exits_when_done: bool = True,
    ) -> None:
        self.run = run
        self.window = window
        self.log = CommandLog(start, commands)
        self.admission = Admission(run, new_nonce())
        self.is_acknowledged = is_acknowledged
        self.places: dict[Mode, bytes] = {HISTORICAL: b"", LIVE: b""}
        self.last_ack: Ack | None = None
        self.last_report: Report | None = None
        self.sent_quotes = self.sent_batches = 0
        self.was_complete = self.is_finished = self.is_draining = False
        self.is_rewound = False
        """True while the next historical quote is the first of another pass."""
        self._new_nonce = new_nonce
        self._exits_when_done = exits_when_done
        self._is_seeking = False

    @property
    def epoch(self) -> int:
        return self.admission.epoch

    @property
    def state(self) -> RunState:
        return self.log.state

    @property
    def is_in(self) -> bool:
        """True while it may send, as far as the sink is concerned."""
        return self.admission.is_in or not self.is_acknowledged

    def is_at_end(self, *, files_ended: bool) -> bool:
        """Tell whether all quotes of the files were sent, and they do not begin again."""
        is_last = self.is_rewound or not self.state.has_next_pass
        return files_ended and is_last and self.state.mode == HISTORICAL

    def end(self, *, files_ended: bool) -> int | None:
        """Return the length of the run, None while it is not known to have one."""
        is_pending = self._is_seeking or not self.log.is_saved
        is_over = self._exits_when_done and not self.is_draining and not is_pending
        return self.window.next if is_over and self.is_at_end(files_ended=files_ended) else None

    def is_settled(self, *, files_ended: bool) -> bool:
        """Tell whether no command can change the run any more."""
        is_complete = self.was_complete or self.is_finished
        return is_complete or self.end(files_ended=files_ended) is not None

    # --- the sink's conversation ---------------------------------------------------------

    def begin_without_sink(self) -> Reopen:
        return self._begin(None, 0, FOREVER_NS)

    def due_ns(self, *, files_ended: bool) -> int:
        """Return when `to_send` has something to say again."""
        if not self.is_acknowledged:
            return FOREVER_NS
        is_idle = self.window.is_empty and self.end(files_ended=files_ended) is None
        return self.admission.due_ns(is_idle=is_idle)

    def to_send(self, now_ns: int, *, files_ended: bool) -> Message | None:
        """Return what is to be said to the sink now, if anything."""
        if not self.is_acknowledged:
            return None
        end = self.end(files_ended=files_ended)
        return self.admission.to_send(now_ns, end, is_idle=self.window.is_empty and end is None)

    def on_message(
        self, message: Message, now_ns: int, *, files_ended: bool
    ) -> Reopen | Complete | Left | None:
        """Take a message of the sink; return what is to be done about it.

        Raises:
            Fenced: a newer replayer has taken over.
            ResultLogError: the sink serves another run.
            ProtocolError: the sink says what cannot be.
        """
        match self.admission.on_message(message, now_ns):
            case Welcome() as welcome:
                return self._welcomed(welcome)
            case Ack() as ack if self.admission.is_of_other_incarnation(ack):
                return self._leave("the sink was restarted")
            case Ack() as ack:
                self._acknowledged(ack, now_ns, files_ended=files_ended)
            case Report() as report:
                self.last_report = report
            case Offer():
                return self._leave("the sink does not know this run")
        return None

    def _leave(self, why: str) -> Left:
        self.admission.leave(self._new_nonce())
        return Left(why)

    def _welcomed(self, welcome: Welcome) -> Reopen | Complete:
        # A sink whose logs were damaged may have less than the one that was finished.
        self.was_complete, self.is_finished = welcome.finished, False
        if welcome.finished:
            return Complete()
        cursor = ReplayCursor.unpack(welcome.cursor) if welcome.cursor else None
        return self._begin(cursor, welcome.next, welcome.limit)

    def _begin(self, cursor: ReplayCursor | None, next_record: int, limit: int) -> Reopen:
        place = cursor or ReplayCursor()
        self.places = {HISTORICAL: place.historical, LIVE: place.live}
        self.is_rewound = self._is_seeking = False
        if cursor is None:
            self.log.begin()
        else:
            self.log.restore(cursor.state)
        self.log.place(next_record)
        resent_quotes = max(0, self.window.next - next_record)
        self.window.welcome(next_record, limit)
        opened = dict(self.places)
        change = self._apply(self.state.mode)
        return Reopen(self.epoch, next_record, opened, cursor is not None, resent_quotes, change)

    def _acknowledged(self, ack: Ack, now_ns: int, *, files_ended: bool) -> None:
        self.last_ack = ack
        self.is_finished = self.is_finished or ack.finished  # an older answer may come later
        if self.was_complete:
            return
        self.window.acknowledged(ack.next, ack.limit, ack.held, now_ns)
        if ack.finished and ack.next != self.window.next:
            raise ProtocolError(
                f"the sink finished the run at record {ack.next}, "
                f"and those before {self.window.next} were sent"
            )
        self.log.committed(ack.next)
        if ack.next == self.end(files_ended=files_ended) and not ack.finished:
            self.admission.hurry()

    # --- commands --------------------------------------------------------------------------

    def propose(self, command: Command) -> int | None:
        """Take a command that counts once it is `saved`; return its place, None if it has none yet.

        Raises:
            SettingsError: too many wait for their commit; nothing has changed.
        """
        return self.log.propose(command, self.window.next if self.is_in else None)

    def to_save(self) -> Saving | None:
        """Return what is to be on disk before anything more is sent, None if all of it is."""
        commands = self.log.to_save() if self.is_acknowledged else None
        return Saving(self.epoch, commands) if commands is not None else None

    def saved(self, saving: Saving | None) -> Change | None:
        """Note that it is on disk: a command that was proposed is accepted.

        None if a new epoch began meanwhile: places are given anew, and are to be saved again.
        """
        if saving is not None and saving.epoch != self.epoch:
            return None
        mode = self.state.mode
        self.log.saved()
        return self._apply(mode) if self.is_in else Change()

    def withdraw(self) -> None:
        """Forget what was proposed: it could not be saved, and has not happened."""
        self.log.withdraw()

    def sought(self, place: bytes) -> None:
        """Note the place of the files that a seek has found."""
        self.places[HISTORICAL] = place
        self._is_seeking = False

    def _apply(self, mode_before: str) -> Change:
        applied = self.log.apply_due(self.window.next)
        seeks = [command for command in applied if isinstance(command, SeekTo)]
        is_cancelled = self.is_rewound and not seeks and not self.state.has_next_pass
        if seeks:
            self._is_seeking = True
        if seeks or is_cancelled:
            self.is_rewound = False
        is_mode_changed = self.state.mode != mode_before
        return Change(tuple(applied), seeks[-1] if seeks else None, is_mode_changed, is_cancelled)

    # --- batches ---------------------------------------------------------------------------

    @property
    def may_send(self) -> bool:
        """True unless the sink, a command or a seek must come first; the window is no matter."""
        is_held = self.is_draining or self._is_seeking or self.was_complete or self.is_finished
        is_saved = self.log.is_saved or not self.is_acknowledged
        return self.is_in and is_saved and not is_held

    def room(self) -> int:
        """Return how many quotes the next batch may have: none goes past a command's place."""
        if not self.may_send:
            return 0
        room = self.window.room_quotes()
        until_command = self.log.quotes_until_command(self.window.next)
        return room if until_command is None else min(room, until_command)

    @property
    def wants_next_pass(self) -> bool:
        """True if the files begin again where they end."""
        state = self.state
        return state.mode == HISTORICAL and state.has_next_pass and not self.is_rewound

    def rewound(self) -> None:
        """Note that the files were opened for another pass; it begins with its first quote."""
        self.is_rewound = True

    def prepare(
        self, columns: Columns, count: int, after: bytes, starts: SegmentReason | None
    ) -> Outgoing:
        """Return the next batch: these quotes of the mode, whose source is at `after` then."""
        mode = self.state.mode
        if self.is_rewound and mode == HISTORICAL:
            starts = SegmentReason.LOOP
        state = self.state.started(starts)
        places = {**self.places, mode: after}
        batch = Batch(
            run=self.run,
            epoch=self.epoch,
            first=self.window.next,
            count=count,
            segment=state.segment,
            reason=state.reason,
            mode=mode,
            attempt=1,
            cursor=ReplayCursor(state, places[HISTORICAL], places[LIVE]).pack(),
            columns=columns,
        )
        return Outgoing(batch, after, starts)

    def sent(self, outgoing: Outgoing, frame: bytes, now_ns: int) -> Change:
        """Note that a batch has left."""
        batch, after, starts = outgoing
        if starts is not None:
            self.log.begin_segment(starts)
        self.places[batch.mode] = after
        self.is_rewound = self.is_rewound and batch.mode != HISTORICAL
        self.sent_quotes += batch.count
        self.sent_batches += 1
        self.window.sent(batch.count, frame, now_ns)
        if not self.is_acknowledged:
            self.window.acknowledged(self.window.next, FOREVER_NS, (), now_ns)
        return self._apply(batch.mode)

    def overdue(self) -> InFlight | None:
        """Return a batch that is to be sent again, None if none is: zreplay/delivery/resend.py."""
        return overdue(self.window, self.admission.heard_ns) if self.is_in else None
