"""Which mode, segment and pass each record belongs to. Commands in, boundaries out.

A command that changes the output gets a permanent record number: it applies before the record of
that number. A batch never straddles it. After a restart the commands at or beyond the sink's next
record are applied at their records again, and those before it are already in the sink's cursor.
Of several of one kind at one record only the last is kept: nothing
was sent between them.

A new pass over the files is not a command: it begins with its first quote, when the files are at
their end and `passes` says that another one follows. So a command accepted at that very record
still decides whether it follows.
"""

from collections import deque
from typing import Final

from msgspec.structs import replace

from protocol.errors import SettingsError
from protocol.messages import COMMITS_KEPT, Mode
from zreplay.delivery.command import OFF, ON, Command, SetLoop, SetMode
from zreplay.delivery.run_state import RunState
from zreplay.quotes.source import SegmentReason

MAX_COMMANDS: Final = 1000
"""How many may wait for their commit: the file that keeps them stays small."""


class CommandLog:
    """The accepted commands, and the state of the run after those whose record has come."""

    def __init__(self, start: RunState, commands: list[Command]) -> None:
        self._start = start
        self.state = start
        self.commands = list(commands)
        self.commanded = 0
        """Every command that is on disk, and has a place, applies before this record."""
        self._note_saved()
        self._committed: list[Command] = []
        self._acknowledged: deque[int] = deque(maxlen=COMMITS_KEPT)
        self._proposed: Command | None = None
        self._has_unsaved = False
        self._applied = 0  # how many, from the first on
        self._applied_at: int | None = None
        self._state_before = start
        """The state of the run before the commands of `_applied_at`."""

    @property
    def target_mode(self) -> Mode:
        """The mode once every accepted command has been applied."""
        modes = [each.mode for each in self.commands if isinstance(each, SetMode)]
        return modes[-1] if modes else self.state.mode

    @property
    def target_loop(self) -> str:
        """What `loop` is once every accepted command has been applied: on, off or `N passes`."""
        loops = [each for each in self.commands if isinstance(each, SetLoop)]
        if loops:
            return str(loops[-1])
        if self.state.passes is None:
            return ON
        return f"{self.state.passes} passes" if self.state.has_next_pass else OFF

    @property
    def kept(self) -> list[Command]:
        """The commands that belong on disk: those to come, and the latest that are committed.

        A sink whose logs are damaged steps back past commands that were committed, but never
        further than its oldest commit: a command before that is final.
        """
        return [*self._committed, *self.commands]

    def begin(self) -> None:
        """Start at the very beginning: the sink has no cursor yet."""
        self.restore(self._start)

    def restore(self, state: RunState) -> None:
        """Resume at the sink's cursor."""
        self.state = state
        self._applied = 0
        self._applied_at = None

    def assign_records(self, next_record: int) -> bool:
        """Make the commands from `next_record` on pending, give a record to those with none.

        Returns whether a record was given; it must be on disk before a quote is sent. What was
        proposed meanwhile has not happened: its record is void.
        """
        numbered: list[Command] = []
        committed: list[Command] = []
        is_given = False
        for command in self.kept:
            if command.record is None:
                is_given = True
                at_least = max([next_record, *(other.record or 0 for other in numbered)])
                numbered.append(replace(command, record=at_least))
            elif command.record >= next_record:
                numbered.append(command)
            else:
                committed.append(command)
        self.commands, self._committed = numbered, committed
        # What was proposed may be on disk by now, and no longer belongs there.
        self._has_unsaved = self._has_unsaved or is_given or self._proposed is not None
        self._proposed = None
        self._acknowledged.clear()
        self._applied = 0
        return is_given

    @property
    def is_saved(self) -> bool:
        """False while what `to_save` returns is not on disk."""
        return self._proposed is None and not self._has_unsaved

    def propose(self, command: Command, next_record: int | None) -> int | None:
        """Take a command that counts once it is `saved`; return its record, None if it has none.

        Raises:
            SettingsError: too many wait for their commit; nothing has changed.
        """
        numbered = self._numbered(command, next_record)
        if len(self.commands) >= MAX_COMMANDS and self._overridden_by(numbered) is None:
            raise SettingsError(
                f"{MAX_COMMANDS} commands are waiting for their commit",
                fix="resume, then try again",
                code="Z212",
            )
        self._proposed = numbered
        return numbered.record

    def to_save(self) -> list[Command] | None:
        """Return what is to be on disk before anything more is sent, None if all of it is."""
        if self._proposed is None:
            return self.kept if self._has_unsaved else None
        overridden = self._overridden_by(self._proposed)
        return [*(each for each in self.kept if each is not overridden), self._proposed]

    def saved(self) -> None:
        """Record that it is on disk: what was proposed is accepted."""
        proposed, self._proposed = self._proposed, None
        self._has_unsaved = False
        if proposed is not None:
            self._accept(proposed)
        self._note_saved()

    def _note_saved(self) -> None:
        places = [each.record + 1 for each in self.commands if each.record is not None]
        self.commanded = max([self.commanded, *places])

    def withdraw(self) -> None:
        """Forget what was proposed: it could not be saved, and has not happened."""
        self._proposed = None

    def _numbered(self, command: Command, next_record: int | None) -> Command:
        """It never overtakes one that was accepted before: their records may still be ahead."""
        if next_record is not None:
            next_record = max([next_record, *(each.record or 0 for each in self.commands)])
        return replace(command, record=next_record)

    def _accept(self, numbered: Command) -> None:
        """Add a command; it replaces one of its kind at the same record."""
        overridden = self._overridden_by(numbered)
        if overridden is not None:
            index = next(i for i, each in enumerate(self.commands) if each is overridden)
            del self.commands[index]
            if index < self._applied:
                self._applied -= 1
                self._stand_again()
        self.commands.append(numbered)

    def _overridden_by(self, numbered: Command) -> Command | None:
        key = type(numbered), numbered.record
        return next((each for each in self.commands if (type(each), each.record) == key), None)

    def _stand_again(self) -> None:
        """Apply again what is left at this record, as a restart does."""
        self.state = self._state_before
        for command in self.commands[: self._applied]:
            if command.record == self._applied_at:
                self.state = self.state.applied(command)

    def quotes_until_command(self, next_record: int) -> int | None:
        """Return how many quotes may be sent before the next command applies."""
        ahead = [
            command.record - next_record
            for command in self.commands
            if command.record is not None and command.record > next_record
        ]
        return min(ahead, default=None)

    def apply_due(self, next_record: int) -> list[Command]:
        """Apply the commands whose record has come and return them, in their order.

        An applied command stays listed until it is committed, for a restart before that.
        """
        applied: list[Command] = []
        for command in self.commands[self._applied :]:
            if command.record != next_record:
                break
            if self._applied_at != next_record:
                self._applied_at, self._state_before = next_record, self.state
            self.state = self.state.applied(command)
            applied.append(command)
        self._applied += len(applied)
        return applied

    def begin_segment(self, reason: SegmentReason) -> None:
        """Start a segment of the run."""
        self.state = self.state.started(reason)

    def committed(self, next_record: int) -> None:
        """Drop the commands that a committed cursor includes.

        An acknowledgement that goes beyond all before stands for at least one commit; an older
        one that arrives late stands for none.
        """
        acknowledged = self._acknowledged
        if not acknowledged or acknowledged[-1] < next_record:
            acknowledged.append(next_record)
            is_full = len(acknowledged) == COMMITS_KEPT
            while is_full and self._committed and _record_of(self._committed[0]) < acknowledged[0]:
                del self._committed[0]
        while self.commands and self._applied:
            record = self.commands[0].record
            if record is None or record >= next_record:
                return
            self._committed.append(self.commands.pop(0))
            self._applied -= 1


def _record_of(command: Command) -> int:
    assert command.record is not None, "what is committed has a record"
    return command.record
