"""Which mode and segment each record belongs to. Commands in, boundaries out.

A command that changes the output gets a place in the record order, once and for all: it
applies before the record of that number. A batch never straddles such a place. After a
restart the commands at or beyond the sink's next record are applied at their places again,
and those before it are already in the sink's cursor.
"""

import msgspec

START = "start"
MODE = "mode"


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
        self.mode = start_mode
        self.segment = 0
        self.reason = START
        self.commands = list(commands)

    @property
    def target_mode(self) -> str:
        """The mode once every accepted command has been applied."""
        return self.commands[-1].value if self.commands else self.mode

    def restore(self, mode: str, segment: int, reason: str) -> None:
        """Stand where the sink's cursor stands."""
        self.mode, self.segment, self.reason = mode, segment, reason

    def place(self, next_record: int) -> bool:
        """Forget commands before `next_record`, give a place to those that have none.

        Tells whether a place was given; it must be on disk before a quote is sent.
        """
        placed: list[Command] = []
        is_given = False
        for command in self.commands:
            if command.record is None:
                is_given = True
                at_least = max([next_record, *(other.record or 0 for other in placed)])
                placed.append(Command(command.verb, command.value, at_least))
            elif command.record >= next_record:
                placed.append(command)
        self.commands = placed
        return is_given

    def accept(self, verb: str, value: str, next_record: int | None) -> None:
        """Take a command at the next record, or at a place to be given."""
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
        for command in self.commands:
            if command.record is not None and command.record == next_record:
                if command.value != self.mode:
                    self.begin_segment(MODE)
                self.mode = command.value
        return self.mode != before

    def segment_of(self, starts: str | None) -> tuple[int, str]:
        """Return the segment and its reason for a batch that may start a new one."""
        return (self.segment, self.reason) if starts is None else (self.segment + 1, starts)

    def begin_segment(self, reason: str) -> None:
        """Start a stretch of the run; it takes no record number and prints no line."""
        self.segment += 1
        self.reason = reason

    def committed(self, next_record: int) -> None:
        """Forget the commands that a committed cursor has in it."""
        if self.commands:
            self.commands = [
                command
                for command in self.commands
                if command.record is None or command.record >= next_record
            ]
