"""The quotes of a window -> the files of its part: lines, a Parquet file, outputs of processors.

Where a batch is cut must not show in a file, as a window is cut anywhere.
"""

from collections.abc import Sequence
from typing import Final, Protocol

from protocol.errors import SettingsError
from protocol.messages import Batch
from zmid.mid import mid_lines
from zmid.mid_rule import MidRule
from zreplay.backfilling.part_files import TABLE, PartWriter
from zreplay.backfilling.settings import Rules

OUTPUTS: Final = "outputs/"
"""How the kind of a processor's file begins."""


class Output(Protocol):
    """Takes the batches of a window, in order."""

    def take(self, batch: Batch) -> None:
        """Write what comes of a batch."""

    def end(self) -> None:
        """Write what is left."""


class Lines:
    """The lines of both logs."""

    def __init__(self, rule: MidRule, writer: PartWriter) -> None:
        self._rule, self._writer = rule, writer

    def take(self, batch: Batch) -> None:
        lines = mid_lines(batch, self._rule)
        self._writer.write("mids", lines.mids)
        self._writer.write("errors", lines.errors)

    def end(self) -> None:
        """Nothing is left."""


class Processed:
    """What the processors of the user append to their files.

    Raises:
        ProcessorError: one raised, or returned other than it declared.
    """

    def __init__(self, rules: Rules, writer: PartWriter, *, is_first: bool) -> None:
        from zmid.processors.loading import load

        self._loaded = load(rules.processors)
        self._writer = writer
        if is_first:  # the file that the parts are joined to begins with its schema
            for kind, head in heads_of(rules).items():
                writer.write(kind, head)

    def take(self, batch: Batch) -> None:
        from zmid.processors.computing import compute

        for loaded in self._loaded:
            made = compute(loaded, batch)
            for output, data in zip(loaded.processor.outputs, made, strict=True):
                self._writer.write(OUTPUTS + output.name, data)

    def end(self) -> None:
        """Nothing is left."""


def kinds_of(rules: Rules) -> tuple[str, ...]:
    """Return the kinds of files of a part."""
    own = (TABLE,) if rules.is_table else ("mids", "errors")
    return (*own, *heads_of(rules), "rejected")


def heads_of(rules: Rules) -> dict[str, bytes]:
    """Return the kinds of files that processors append to, and with what each of them begins."""
    if not rules.processors:
        return {}
    from zmid.processors.loading import load

    files = [output.file for one in load(rules.processors) for output in one.processor.outputs]
    return {OUTPUTS + file.name: file.schema for file in files}


def outputs_of(rules: Rules, writer: PartWriter, *, is_first: bool) -> Sequence[Output]:
    """Return what writes the part of a window, the first or another, but for rejected rows.

    Raises:
        SettingsError: a processor is not the one that was planned with.
    """
    own = _own(rules, writer)
    if not rules.processors:
        return (own,)
    if rules.processors_in_words != in_words(rules.processors):
        raise SettingsError(
            f"a processor is another one here: {', '.join(in_words(rules.processors))}, expected "
            f"{', '.join(rules.processors_in_words)}",
            fix="give each machine the same file, at the same place",
            code="Z215",
        )
    return own, Processed(rules, writer, is_first=is_first)


def _own(rules: Rules, writer: PartWriter) -> Output:
    rule = MidRule(rules.threshold_ms, rules.stamp)
    if not rules.is_table:
        return Lines(rule, writer)
    from zreplay.backfilling.parquet_output import Mids

    return Mids(rule, writer)


def in_words(processors: Sequence[str]) -> tuple[str, ...]:
    """Return what each processor is: not where it is, but its name, parameters and source."""
    if not processors:
        return ()
    from protocol.program.processor_source import processor_source

    return tuple(processor_source(each).in_words() for each in processors)
