"""Which mode and segment each record belongs to. Commands in, boundaries out.

A command that changes the output gets a place in the record order, once and for all: it
applies before the record of that number. A batch never straddles such a place. After a
restart the commands at or beyond the sink's next record are applied at their places again,
and those before it are already in the sink's cursor.
"""

from typing import Final

import msgspec

START = "start"
MODE = "mode"
KEPT_COMMANDS: Final = 64
"""So many committed commands are kept: a sink whose logs are damaged steps back behind them."""


class Command(msgspec.Struct, frozen=True):
    """A command that changes the output, at its place in the record order.

    `record` is None until the sink has said where the run stands.
    """

    verb: str
    value: str
    record: int | None


class Timeline:
    """The mode, the segment, and the commands that still change them."""

    def __init__(self, start_mode: str, commands: list[Command]) -> None:
        self._start_mode = start_mode
        self.mode = start_mode
        self.segment = 0
        self.reason = START
        self.commands = list(commands)
        self._committed: list[Command] = []
        self._applied = 0  # so many of them, from the first on

    @property
    def target_mode(self) -> str:
        """The mode once every accepted command has been applied."""
        return self.commands[-1].value if self.commands else self.mode

    @property
    def kept(self) -> list[Command]:
        """The commands that belong on disk: those to come, and the latest that are committed."""
        return [*self._committed[-KEPT_COMMANDS:], *self.commands]

    def begin(self) -> None:
        """Stand at the very start: the sink has no cursor yet."""
        self.restore(self._start_mode, 0, START)

    def restore(self, mode: str, segment: int, reason: str) -> None:
        """Stand where the sink's cursor stands."""
        self.mode, self.segment, self.reason = mode, segment, reason
        self._applied = 0

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
        self._applied = 0
        return is_given

    def accept(self, verb: str, value: str, next_record: int | None) -> None:
        """Take a command at the next record, or at a place to be given.

        It never overtakes one that was accepted before: after a restart their places may
        still lie ahead.
        """
        if next_record is not None:
            next_record = max([next_record, *(command.record or 0 for command in self.commands)])
        self.commands.append(Command(verb, value, next_record))

    def quotes_until_command(self, next_record: int) -> int | None:
        """Return how many quotes may be sent before the next command applies."""
        places = [
            command.record - next_record
            for command in self.commands
            if command.record is not None and command.record > next_record
        ]
        return min(places, default=None)

    def apply_due(self, next_record: int) -> bool:
        """Apply the commands whose place has come; tell whether the mode changed.

        An applied command stays listed until it is committed, for a restart before that.
        """
        before = self.mode
        for command in self.commands[self._applied :]:
            if command.record != next_record:
                break
            if command.value != self.mode:
                self.begin_segment(MODE)
            self.mode = command.value
            self._applied += 1
        return self.mode != before

    def segment_of(self, starts: str | None) -> tuple[int, str]:
        """Return the segment and its reason for a batch that may start a new one."""
        return (self.segment, self.reason) if starts is None else (self.segment + 1, starts)

    def begin_segment(self, reason: str) -> None:
        """Start a stretch of the run; it takes no record number and prints no line."""
        self.segment += 1
        self.reason = reason

    def committed(self, next_record: int) -> None:
        """Have done with the commands that a committed cursor has in it."""
        while self.commands and self._applied:
            record = self.commands[0].record
            if record is None or record >= next_record:
                return
            self._committed = [*self._committed, self.commands.pop(0)][-KEPT_COMMANDS:]
            self._applied -= 1
