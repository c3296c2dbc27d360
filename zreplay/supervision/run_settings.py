"""What a run is asked to be, and how it ended."""

from pathlib import Path
from typing import Any, Self

import msgspec

from protocol.errors import EXIT_DONE, EXIT_ROWS_REJECTED
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.settings import MOST_WORKERS, ReplaySettings, check_count


class RunSettings(msgspec.Struct, frozen=True):
    """Everything `zreplay run` needs; other options go to the children unchanged.

    At `metrics` all parts serve theirs, `insecure` lets others reach it. With a `preload`,
    children are forked from this process with these modules imported.
    `next_time` tells a user who ended it early what happens if it is run again.
    """

    replay: ReplaySettings
    out: Path
    workers: int = 2
    fresh: bool = False
    replay_arguments: list[str] = msgspec.field(default_factory=list)
    worker_arguments: list[str] = msgspec.field(default_factory=list)
    processor_arguments: list[str] = msgspec.field(default_factory=list)
    processors: list[str] = msgspec.field(default_factory=list)
    sink_arguments: list[str] = msgspec.field(default_factory=list)
    feed_arguments: list[str] | None = None
    log_arguments: list[str] = msgspec.field(default_factory=list)
    preload: tuple[str, ...] = ()
    next_time: str = "the same command resumes from here"
    metrics: str = ""
    insecure: bool = False

    def __post_init__(self) -> None:
        check_count("workers", self.workers, 1, MOST_WORKERS)

    @property
    def rule(self) -> str:
        """The workers' options that determine the lines; of a processor what it is, not where."""
        return " ".join((*self.worker_arguments, *self.processors))

    @property
    def compresses(self) -> bool:
        """True where the sink compresses what was closed, at the end too."""
        return "--compress" in self.sink_arguments

    @property
    def is_live_alone(self) -> bool:
        """True for a run of feeds, which has no end of its own."""
        return bool(self.replay.live) and not self.replay.historical

    @property
    def reads_stdin(self) -> bool:
        return STANDARD_INPUT in self.replay.historical


class RunOutcome(msgspec.Struct, frozen=True):
    exit_code: int
    summary: dict[str, Any]
    was_complete: bool = False

    @classmethod
    def at_end(cls, summary: dict[str, Any], *, was_complete: bool) -> Self:
        """Return how a run that is complete exits, also if it is called once more.

        Who was killed between its end and its exit has not told it.
        """
        code = EXIT_ROWS_REJECTED if summary.get("rejected") else EXIT_DONE
        return cls(code, summary, was_complete)
