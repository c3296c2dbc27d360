"""What comes next in several plain files -> their rows, read and parsed as one text.

Who asks for it is another thread than who orders: all of it is one call that lets others run.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import NamedTuple

import numpy as np

from protocol.program.compiled_parts import ROWS, are_in_use
from zreplay.recordings.csv.csv_file import CsvFile
from zreplay.recordings.csv.joint_lines import JointLines
from zreplay.recordings.csv.plain_rows import PlainRows
from zreplay.recordings.csv.unparsed_lines import UnparsedLines
from zreplay.recordings.joint_rows import JointPart
from zreplay.recordings.pooled_file import PooledFile
from zreplay.recordings.recording import Parsed, Recording

if are_in_use(ROWS):
    from zreplay.recordings.csv.compiled_rows import gather


class _Stretch(NamedTuple):
    """What comes next in a file: where it is read from, from which byte on, how many bytes."""

    at: int
    csv: CsvFile
    file: PooledFile
    offset: int
    size: int


class JointText:
    """Reads files, one thread at a time, into memory that it uses again."""

    def __init__(self) -> None:
        self._text = bytearray()

    def read(self, asked: Sequence[tuple[Recording, int]]) -> list[Parsed | JointPart | None]:
        """Return the rows of about the next so many bytes of each file, by their numbers.

        None of one that has to be cut by itself, which was left as it was: it is no plain text, is
        at its end, is damaged, or its lines are longer or of another layout than the first's.
        """
        given: list[Parsed | JointPart | None] = [None] * len(asked)
        rows, stretches = _of_one_layout(asked) if are_in_use(ROWS) else (None, [])
        if rows is None or len(stretches) < 2:
            return given
        lines = self._gathered(stretches)
        cuts = [
            (stretch.at, stretch.csv.leave_lines(size, count))
            for stretch, (size, count) in zip(stretches, lines, strict=True)
            if size
        ]
        for (at, _), parsed in zip(cuts, self._parsed(rows, [cut for _, cut in cuts]), strict=True):
            given[at] = parsed
        return given

    def _gathered(self, stretches: Sequence[_Stretch]) -> list[list[int]]:
        """Read the whole lines of each into the text; return how many bytes and lines they are."""
        room_bytes = sum(stretch.size for stretch in stretches)
        if room_bytes > len(self._text):
            self._text = bytearray(room_bytes)
        lines = np.empty((len(stretches), 2), np.int64)
        with ExitStack() as opened:
            places = [
                (opened.enter_context(stretch.file), stretch.offset, stretch.size)
                for stretch in stretches
            ]
            gather(np.array(places, np.int64), self._text, lines)
        found: list[list[int]] = lines.tolist()
        return found

    def _parsed(
        self, rows: PlainRows, cuts: Sequence[UnparsedLines]
    ) -> Sequence[Parsed | JointPart]:
        """Parse the lines, which are in the text one behind the other."""
        ends = np.cumsum([cut.size for cut in cuts]).tolist()
        text = memoryview(self._text)[: ends[-1] if ends else 0]
        plain = rows.read(text, sum(cut.line_count for cut in cuts), 0) if cuts else None
        lines = None if plain is None else JointLines(plain, cuts)
        for at, (cut, end) in enumerate(zip(cuts, ends, strict=True)):
            if lines is None or lines.has_odd_lines(at):
                cut.data = bytes(text[end - cut.size : end])
        return [cut() for cut in cuts] if lines is None else lines.parts()


def _of_one_layout(
    asked: Sequence[tuple[Recording, int]],
) -> tuple[PlainRows | None, list[_Stretch]]:
    """Return what comes next in those that are read by the same rules as the first of them."""
    rows, stretches = None, []
    for at, (recording, most_bytes) in enumerate(asked):
        stretch = recording.stretch(most_bytes) if isinstance(recording, CsvFile) else None
        if stretch is None or not isinstance(recording, CsvFile):
            continue
        rows = rows or recording.joint_rows
        if rows is not None and recording.joint_rows is rows:
            stretches.append(_Stretch(at, recording, *stretch))
    return rows, stretches
