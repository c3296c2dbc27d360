"""Which mode, segment and pass each record belongs to. Commands in, boundaries out.

A command that changes the output gets a place in the record order, once and for all: it
applies before the record of that number. A batch never straddles such a place. After a
restart the commands at or beyond the sink's next record are applied at their places again,
and those before it are already in the sink's cursor. Of several of one verb at one place only
the last is kept: nothing was sent between them.

A new pass over the files is no command: it begins with its first quote, where the files are at
their end and `passes` says that another one follows. So what is accepted at that very record
still decides whether it follows.
"""

from collections import deque
from typing import Final, NamedTuple

import msgspec

from protocol.messages import COMMITS_KEPT, HISTORICAL

START: Final = "start"
MODE: Final = "mode"
SEEK: Final = "seek"
LOOP: Final = "loop"
ON: Final = "on"
OFF: Final = "off"
MAX_COMMANDS: Final = 1000
"""So many may wait for their commit: the file that keeps them stays small."""


class Command(msgspec.Struct, frozen=True):
    """A command that changes the output, at its place in the record order.

    `value` is a mode; `on` or `off` for a loop; for a seek an arrival in ns, or `start`.
    `record` is None until the sink has said where the run stands.
    """

    verb: str
    value: str
    record: int | None


class Stand(NamedTuple):
    """Where the run stands: the part of a cursor that no source knows.

    `pass_number` counts the passes over the files from 0, `passes` says how many there are to
    be; None is without end.
    """

    mode: str = HISTORICAL
    segment: int = 0
    reason: str = START
    pass_number: int = 0
    passes: int | None = 1


class Timeline:
    """Where the run stands, and the commands that still change it."""

    def __init__(self, start_mode: str, commands: list[Command], passes: int | None = 1) -> None:
        self._start = Stand(mode=start_mode, passes=passes)
        self.stand = self._start
        self.commands = list(commands)
        self._committed: list[Command] = []
        self._acknowledged: deque[int] = deque(maxlen=COMMITS_KEPT)
        self._applied = 0  # so many of them, from the first on
        self._applied_at: int | None = None
        self._stand_before = self._start
        """Where the run stood before the commands of `_applied_at`."""

    @property
    def mode(self) -> str:
        return self.stand.mode

    @property
    def segment(self) -> int:
        return self.stand.segment

    @property
    def has_next_pass(self) -> bool:
        """True if the files begin again after their end."""
        return self.stand.passes is None or self.stand.pass_number + 1 < self.stand.passes

    @property
    def target_mode(self) -> str:
        """The mode once every accepted command has been applied."""
        return self._last(MODE) or self.mode

    @property
    def target_loop(self) -> str:
        """What `loop` is once every accepted command has been applied: on, off or `N passes`."""
        if last := self._last(LOOP):
            return last
        if self.stand.passes is None:
            return ON
        return f"{self.stand.passes} passes" if self.has_next_pass else OFF

    def _last(self, verb: str) -> str:
        return next((each.value for each in reversed(self.commands) if each.verb == verb), "")

    @property
    def kept(self) -> list[Command]:
        """The commands that belong on disk: those to come, and the latest that are committed.

        A sink whose logs are damaged steps back behind commands that were committed, but never
        further than its oldest commit: a command before that is done with for good.
        """
        return [*self._committed, *self.commands]

    def begin(self) -> None:
        """Stand at the very start: the sink has no cursor yet."""
        self.restore(self._start)

    def restore(self, stand: Stand) -> None:
        """Stand where the sink's cursor stands."""
        self.stand = stand
        self._applied = 0
        self._applied_at = None

    def place(self, next_record: int) -> bool:
        """Have the commands from `next_record` on to come, give a place to those with none.

        Tells whether a place was given; it must be on disk before a quote is sent.
        """
        placed: list[Command] = []
        committed: list[Command] = []
        is_given = False
        for command in self.kept:
            if command.record is None:
                is_given = True
                at_least = max([next_record, *(other.record or 0 for other in placed)])
                placed.append(Command(command.verb, command.value, at_least))
            elif command.record >= next_record:
                placed.append(command)
            else:
                committed.append(command)
        self.commands, self._committed = placed, committed
        self._acknowledged.clear()
        self._applied = 0
        return is_given

    def kept_with(self, verb: str, value: str, next_record: int | None) -> list[Command]:
        """Return what belongs on disk before a command is accepted at the next record."""
        command = self._placed(verb, value, next_record)
        overridden = self._overridden_by(command)
        return [*(each for each in self.kept if each is not overridden), command]

    def accept(self, verb: str, value: str, next_record: int | None) -> None:
        """Take a command at the next record, or at a place to be given.

        It takes the place of one of its verb at the same record.
        """
        command = self._placed(verb, value, next_record)
        overridden = self._overridden_by(command)
        if overridden is not None:
            index = self.commands.index(overridden)
            del self.commands[index]
            if index < self._applied:
                self._applied -= 1
                self._stand_again()
        self.commands.append(command)

    def _placed(self, verb: str, value: str, next_record: int | None) -> Command:
        """It never overtakes one that was accepted before: their places may still lie ahead."""
        if next_record is not None:
            next_record = max([next_record, *(command.record or 0 for command in self.commands)])
        return Command(verb, value, next_record)

    def _overridden_by(self, command: Command) -> Command | None:
        place = command.verb, command.record
        return next((each for each in self.commands if (each.verb, each.record) == place), None)

    def _stand_again(self) -> None:
        """Apply what is left at this record anew, as a restart does."""
        self.stand = self._stand_before
        for command in self.commands[: self._applied]:
            if command.record == self._applied_at:
                self._apply(command)

    def quotes_until_command(self, next_record: int) -> int | None:
        """Return how many quotes may be sent before the next command applies."""
        places = [
            command.record - next_record
            for command in self.commands
            if command.record is not None and command.record > next_record
        ]
        return min(places, default=None)

    def apply_due(self, next_record: int) -> list[Command]:
        """Apply the commands whose place has come and return them, in their order.

        An applied command stays listed until it is committed, for a restart before that.
        """
        applied: list[Command] = []
        for command in self.commands[self._applied :]:
            if command.record != next_record:
                break
            if self._applied_at != next_record:
                self._applied_at, self._stand_before = next_record, self.stand
            self._apply(command)
            applied.append(command)
        self._applied += len(applied)
        return applied

    def _apply(self, command: Command) -> None:
        match command.verb:
            case "mode" if command.value != self.mode:
                self.begin_segment(MODE)
                self.stand = self.stand._replace(mode=command.value)
            case "seek":
                self.begin_segment(SEEK)
            case "loop":
                last = self.stand.pass_number + 1
                self.stand = self.stand._replace(passes=None if command.value == ON else last)

    def stand_of(self, starts: str | None) -> Stand:
        """Return where a batch stands that may start a new segment."""
        if starts is None:
            return self.stand
        passed = self.stand.pass_number + (starts == LOOP)
        return self.stand._replace(
            segment=self.stand.segment + 1, reason=starts, pass_number=passed
        )

    def begin_segment(self, reason: str) -> None:
        """Start a stretch of the run; it takes no record number and prints no line."""
        self.stand = self.stand_of(reason)

    def committed(self, next_record: int) -> None:
        """Have done with the commands that a committed cursor has in it.

        An acknowledgement that says more than all before stands for one commit at least; an
        older one that comes late stands for none.
        """
        acknowledged = self._acknowledged
        if not acknowledged or acknowledged[-1] < next_record:
            acknowledged.append(next_record)
            is_full = len(acknowledged) == COMMITS_KEPT
            while is_full and self._committed and _place(self._committed[0]) < acknowledged[0]:
                del self._committed[0]
        while self.commands and self._applied:
            record = self.commands[0].record
            if record is None or record >= next_record:
                return
            self._committed.append(self.commands.pop(0))
            self._applied -= 1


def _place(command: Command) -> int:
    assert command.record is not None, "what is committed has its place"
    return command.record
