"""The commands that change the output, each with the record before which it applies.

`record` is the number of the record before which a command applies; None until the sink has
reported where the run is. These types are what the journal holds: see command_journal.
"""

from typing import Annotated, ClassVar, Final

import msgspec
from msgspec import Meta

from protocol.limits import INT64_MAX, INT64_MIN
from protocol.messages import Mode
from zreplay.quotes.timestamp_text import time_text

START: Final = "start"
ON: Final = "on"
OFF: Final = "off"

RecordNumber = Annotated[int, Meta(ge=0, le=INT64_MAX)]
Passes = Annotated[int, Meta(ge=1, le=INT64_MAX)]
Instant = Annotated[int, Meta(ge=INT64_MIN, le=INT64_MAX)]


class SetMode(msgspec.Struct, frozen=True, tag="mode", tag_field="verb"):
    """Replay from this source."""

    verb: ClassVar[str] = "mode"
    mode: Mode
    record: RecordNumber | None = None

    def __str__(self) -> str:
        return self.mode


class SeekTo(msgspec.Struct, frozen=True, tag="seek", tag_field="verb"):
    """Continue with the historical quotes that arrive then or later; None is the first quote."""

    verb: ClassVar[str] = "seek"
    arrival_ns: Instant | None
    record: RecordNumber | None = None

    def __str__(self) -> str:
        return time_text(self.arrival_ns) or START


class SetLoop(msgspec.Struct, frozen=True, tag="loop", tag_field="verb"):
    """Play the files so many times in all, at least to the end of the pass; None is forever."""

    verb: ClassVar[str] = "loop"
    passes: Passes | None
    record: RecordNumber | None = None

    def __str__(self) -> str:
        if self.passes is None:
            return ON
        return OFF if self.passes == 1 else f"{self.passes} passes"


Command = SetMode | SeekTo | SetLoop
