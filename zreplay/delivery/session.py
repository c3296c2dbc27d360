"""The joints of a run: what the sink says, what is commanded and what is sent, in one object.

Messages, commands and sent batches in; what to say, to send and to ask of the inputs out. It
knows no socket, file or clock, and the loop and the simulation drive the same object. Rules:

1. Nothing is sent before the sink has said where the run goes on, nor after it was restarted.
2. A command is on disk with its record before a quote is sent at that record or behind it.
3. The cursor of a batch is that behind it: of its own mode after its last quote, those
   of the others where they stood. A segment or pass begins once its first batch was sent.
4. Nothing is sent before the inputs are open where the run goes on: when it is let in, after a
   seek, and before another pass.
5. Of a run that was complete before, an acknowledgement says only that it is finished.
"""

from collections.abc import Callable
from typing import Final

from protocol.errors import ProtocolError, ResultLogError
from protocol.messages import HISTORICAL, Ack, Message, Offer, Report, Welcome
from zreplay.delivery.admission import Admission
from zreplay.delivery.command import Command
from zreplay.delivery.command_log import CommandLog
from zreplay.delivery.cursor import ReplayCursor
from zreplay.delivery.ending import Ending
from zreplay.delivery.instructions import Change, Complete, Left, Outgoing, Reopen, Saving
from zreplay.delivery.record_stream import RecordStream
from zreplay.delivery.resend import overdue
from zreplay.delivery.run_state import RunState
from zreplay.delivery.session_status import SessionStatus
from zreplay.delivery.window import CreditWindow, InFlight
from zreplay.playback.batch_columns import BatchColumns
from zreplay.playback.replay_clock import FOREVER_NS
from zreplay.quotes.source import SegmentReason

SINK_SILENCE_NS: Final = 1_000_000_000


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
        self.stream = RecordStream(run, window, self.log)
        self.cursors = self.stream.cursors
        self.admission = Admission(run, new_nonce())
        self.is_acknowledged = is_acknowledged
        self.last_ack: Ack | None = None
        self.last_report: Report | None = None
        self.ending = Ending(exits_when_done=exits_when_done, is_acknowledged=is_acknowledged)
        self._new_nonce = new_nonce

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

    def is_sink_silent(self, now_ns: int) -> bool:
        """Tell whether the sink has not answered for longer than a few questions take."""
        return self.is_acknowledged and self.admission.silent_ns(now_ns) > SINK_SILENCE_NS

    def status(self, now_ns: int, *, files_ended: bool) -> SessionStatus:
        """Return where it stands now."""
        return SessionStatus(
            run=self.run,
            epoch=self.epoch,
            is_acknowledged=self.is_acknowledged,
            is_answered=self.is_in and not self.is_sink_silent(now_ns),
            is_draining=self.ending.is_draining,
            are_inputs_open=self.cursors.are_open,
            is_at_end=self.is_at_end(files_ended=files_ended),
            state=self.state,
            target_mode=self.log.target_mode,
            target_loop=self.log.target_loop,
            sent_quotes=self.stream.sent_quotes,
            sent_batches=self.stream.sent_batches,
            window=self.window.status(),
            ack=self.last_ack,
            report=self.last_report,
            sink_version=self.admission.sink_version,
        )

    # --- the end ---------------------------------------------------------------------------

    def is_at_end(self, *, files_ended: bool) -> bool:
        """Tell whether all quotes of the files were sent, and they do not begin again."""
        if not files_ended or not self.cursors.are_open:
            return False
        return self.state.mode == HISTORICAL and self.stream.is_last_pass

    def end(self, *, files_ended: bool) -> int | None:
        """Return the length of the run, None while it is not known to have one."""
        is_wanted = self.ending.exits_when_done and not self.ending.is_draining
        is_known = files_ended and is_wanted and self.log.is_saved
        return self.window.next if is_known and self.is_at_end(files_ended=True) else None

    def is_over(self, now_ns: int, *, files_ended: bool) -> bool:
        """Tell whether there is nothing more to do."""
        if self.ending.is_draining:
            return self.ending.is_drained(now_ns, is_idle=self.window.is_empty or not self.is_in)
        return self.ending.has_come(self.end(files_ended=files_ended))

    # --- the sink's conversation ---------------------------------------------------------

    def begin_without_sink(self) -> Reopen:
        return self._begin(None, 0, FOREVER_NS, 0)

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
        is_idle = self.window.is_empty and end is None
        return self.admission.to_send(now_ns, end, self.log.commanded, is_idle=is_idle)

    def on_message(
        self, message: Message, now_ns: int, *, files_ended: bool
    ) -> Reopen | Complete | Left | None:
        """Take a message of the sink; return what is to be done about it.

        Raises:
            Fenced: a newer replayer has taken over.
            ResultLogError: the sink serves another run, or accepted commands are lost.
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
        self.ending.welcomed(is_complete=welcome.finished)
        if welcome.finished:
            return Complete()
        if max(welcome.next, self.log.commanded) < welcome.commanded:
            raise ResultLogError(
                "commands that were accepted and not committed are lost: one applies before record "
                f"{welcome.commanded}, the sink has {welcome.next}, and they are not in the state",
                fix="put the state folder back (--state DIR), or start over: --fresh",
                code="Z609",
            )
        cursor = ReplayCursor.unpack(welcome.cursor) if welcome.cursor else None
        return self._begin(cursor, welcome.next, welcome.limit, welcome.period_ns)

    def _begin(
        self, cursor: ReplayCursor | None, next_record: int, limit: int, period_ns: int
    ) -> Reopen:
        resent_quotes, change = self.stream.begin(cursor, next_record, limit)
        return Reopen(self.epoch, next_record, resent_quotes, change, period_ns)

    def _acknowledged(self, ack: Ack, now_ns: int, *, files_ended: bool) -> None:
        self.last_ack = ack
        self.ending.acknowledged(is_finished=ack.finished)
        if self.ending.was_complete:
            return
        self.window.acknowledged(ack.next, ack.limit, ack.held, now_ns)
        if ack.finished and ack.next != self.window.next:
            raise ProtocolError(
                f"the sink finished the run at record {ack.next}, "
                f"but those before {self.window.next} were sent"
            )
        self.log.committed(ack.next)
        if ack.next == self.end(files_ended=files_ended) and not ack.finished:
            self.admission.hurry()

    # --- commands --------------------------------------------------------------------------

    def propose(self, command: Command) -> int | None:
        """Take a command that counts once it is `saved`; return its record, None if it has none.

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

        None if a new epoch began meanwhile: records are assigned anew, and are to be saved again.
        """
        if saving is not None and saving.epoch != self.epoch:
            return None
        mode, commanded = self.state.mode, self.log.commanded
        self.log.saved()
        if self.log.commanded != commanded and self.admission.is_in:
            self.admission.hurry()  # the sink is to know of it at once
        return self.stream.apply(mode) if self.is_in else Change()

    def withdraw(self) -> None:
        """Forget what was proposed: it could not be saved, and has not happened."""
        self.log.withdraw()

    # --- batches ---------------------------------------------------------------------------

    @property
    def may_send(self) -> bool:
        """True unless the sink, a command or an input must come first; the window is no matter."""
        is_saved = self.log.is_saved or not self.is_acknowledged
        is_ready = is_saved and self.cursors.are_open
        return self.is_in and is_ready and not self.ending.is_decided

    def room(self) -> int:
        """Return how many quotes the next batch may have."""
        return self.stream.room() if self.may_send else 0

    def prepare(
        self, columns: BatchColumns, after: bytes, starts: SegmentReason | None
    ) -> Outgoing:
        """Return the next batch: these quotes of the mode, whose source is at `after` then."""
        return self.stream.prepare(self.epoch, columns, after, starts)

    def sent(self, outgoing: Outgoing, frame: bytes, now_ns: int) -> Change:
        """Note that a batch has left."""
        self.stream.sent(outgoing, frame, now_ns)
        if not self.is_acknowledged:
            self.window.acknowledged(self.window.next, FOREVER_NS, (), now_ns)
        return self.stream.apply(outgoing.batch.mode)

    def overdue(self) -> InFlight | None:
        """Return a batch that is to be sent again, None if none is: zreplay/delivery/resend.py."""
        return overdue(self.window, self.admission.heard_ns) if self.is_in else None
