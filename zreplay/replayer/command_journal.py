"""commands.json: the accepted commands of a run, as bytes.

    {"version": 3, "run": "72...", "commands": [{"verb": "mode", "mode": "live", "record": 120}]}

The first version held a command as (verb, value, record), its value a text whatever it meant; of
the second a loop was on or off. They are read, not written.
"""

from typing import Final, Literal

import msgspec

from protocol.errors import ResultLogError
from protocol.limits import INT64_MAX, INT64_MIN
from protocol.messages import MODES
from zreplay.delivery.command import ON, Command, RecordNumber, SeekTo, SetLoop, SetMode

VERSION: Final = 3
"""It rises with each change of what is in it, also inside of the commands."""
_MAX_INSTANT_CHARS: Final = len(str(INT64_MIN))


class _Versioned(msgspec.Struct):
    """Any commands.json; one without a version is of the first version."""

    version: int = 1


class _Journal(_Versioned, kw_only=True):
    run: str
    commands: list[Command]


class _FirstCommand(msgspec.Struct):
    verb: Literal["mode", "seek", "loop"]
    value: str
    record: RecordNumber | None

    def upgraded(self) -> Command:
        """Raises ValueError unless such a command can have been accepted."""
        match self.verb, self.value:
            case "mode", mode if mode in MODES:
                return SetMode(mode, self.record)
            case "seek", "start":
                return SeekTo(None, self.record)
            case "seek", instant:
                return SeekTo(_instant_ns(instant), self.record)
            case "loop", "on" | "off":
                return SetLoop(None if self.value == ON else 1, self.record)
        raise ValueError(f"{self.verb} {self.value:.40} is not a command that was accepted")


class _FirstJournal(_Versioned, kw_only=True):
    run: str
    commands: list[_FirstCommand]


class _SecondLoop(msgspec.Struct, tag="loop", tag_field="verb"):
    is_on: bool
    record: RecordNumber | None = None


class _SecondJournal(_Versioned, kw_only=True):
    run: str
    commands: list[SetMode | SeekTo | _SecondLoop]

    def upgraded(self) -> list[Command]:
        return [
            SetLoop(None if each.is_on else 1, each.record)
            if isinstance(each, _SecondLoop)
            else each
            for each in self.commands
        ]


def pack(run: bytes, commands: list[Command]) -> bytes:
    return msgspec.json.encode(_Journal(version=VERSION, run=run.hex(), commands=commands))


def unpack(data: bytes, run: bytes, where: str) -> list[Command]:
    """Return the accepted commands of this run; those of another run are void.

    Raises:
        ResultLogError: they cannot be read, or are of a later version; `where` names the file.
    """
    try:
        version = msgspec.json.decode(data, type=_Versioned).version
        if version == VERSION:
            journal = msgspec.json.decode(data, type=_Journal)
            return journal.commands if journal.run == run.hex() else []
        if version == 2:
            second = msgspec.json.decode(data, type=_SecondJournal)
            return second.upgraded() if second.run == run.hex() else []
        if version == 1:
            first = msgspec.json.decode(data, type=_FirstJournal)
            upgraded = [command.upgraded() for command in first.commands]
            return upgraded if first.run == run.hex() else []
    except (ValueError, RecursionError) as error:
        raise damaged(where, error) from error
    raise ResultLogError(
        f"{where} is of version {version}, this replayer reads version {VERSION}",
        fix="finish the run with the version that began it, or start over: --fresh",
        code="Z608",
    )


def damaged(where: str, error: Exception) -> ResultLogError:
    return ResultLogError(
        f"{where} is damaged: {error}",
        fix="remove it: the run goes on if every accepted command is committed, and says so if not",
        code="Z605",
    )


def _instant_ns(text: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(text) <= _MAX_INSTANT_CHARS):
        raise ValueError(f"seek {text:.40} is not a command that was accepted")
    instant_ns = int(text)
    if not INT64_MIN <= instant_ns <= INT64_MAX:
        raise ValueError(f"seek {text} is outside of 64 bits")
    return instant_ns
