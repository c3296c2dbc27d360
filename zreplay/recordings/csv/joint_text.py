"""What comes next in several plain files -> their rows, read and parsed as one text.

To read and to parse them is one call that lets others run: another thread than who asks may.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from protocol.compiled_parts import ROWS, are_in_use
from zreplay.recordings.csv.csv_file import CsvFile
from zreplay.recordings.csv.joint_lines import PART_CELLS, JointLines
from zreplay.recordings.csv.plain_rows import PlainRows, PlainText
from zreplay.recordings.csv.unparsed_lines import UnparsedLines
from zreplay.recordings.joint_rows import JointPart
from zreplay.recordings.pooled_file import LentFiles, PooledFile
from zreplay.recordings.recording import Parsed, Recording


class _Stretch(msgspec.Struct, frozen=True):
    """What comes next in a file: where it is read from, from which byte on, how many bytes."""

    at: int
    csv: CsvFile
    file: PooledFile
    offset: int
    size: int


class JointText:
    """Reads files, some groups of them at a time, into memory that it uses again."""

    def __init__(self) -> None:
        self._texts: list[bytearray] = []

    def read(self, asked: Sequence[tuple[Recording, int]]) -> list[Parsed | JointPart | None]:
        """Return the rows of about the next so many bytes of each file, by their numbers.

        None of one that has to be cut by itself, which was left as it was: it is no plain text, is
        at its end, is damaged, or its lines are longer or of another layout than the first's.
        """
        reading = self.begin(asked)
        reading.run()
        return reading.given()

    def begin(self, asked: Sequence[tuple[Recording, int]]) -> "JointTextReading":
        """Begin what `read` does; nothing else is done with these files until it is given.

        Raises:
            InputError: a file cannot be opened again, or is another one now.
        """
        rows, stretches = _of_one_layout(asked) if are_in_use(ROWS) else (None, [])
        if rows is None or len(stretches) < 2:
            return JointTextReading(len(asked), None, [], [])
        return JointTextReading(len(asked), rows, stretches, self._texts)


class JointTextReading:
    """The reading of the stretches of a group: `run` is to be called once, on any thread.

    Its text is one of `texts`, if there is one, and among them again once it is given.
    """

    def __init__(
        self,
        count: int,
        rows: PlainRows | None,
        stretches: Sequence[_Stretch],
        texts: list[bytearray],
    ) -> None:
        self._count = count
        self._rows = rows
        self._stretches = stretches
        self._texts = texts
        self._parts = np.zeros((0, PART_CELLS), np.int64)
        self._plain: PlainText | None = None
        # Here, as it takes turns with whoever asks: nearly all of `run` lets others run.
        self._lent = LentFiles([each.file for each in stretches])
        places = [
            (descriptor, each.offset, each.size, each.csv.base)
            for each, descriptor in zip(stretches, self._lent.descriptors, strict=True)
        ]
        self._places = np.array(places, np.int64)
        room_bytes = sum(stretch.size for stretch in stretches)
        self._text = texts.pop() if texts else bytearray()
        if room_bytes > len(self._text):
            self._text = bytearray(room_bytes)

    def run(self) -> None:
        """Read the whole lines of each one behind the other, and parse them."""
        if self._rows is None:
            return
        parts = np.empty((len(self._stretches), PART_CELLS), np.int64)
        self._plain = self._rows.gather(self._places, self._text, parts)
        self._parts = parts

    def given(self) -> list[Parsed | JointPart | None]:
        """Return what `JointText.read` does, once it has run, or has failed: each file goes on."""
        self._lent.close()
        given: list[Parsed | JointPart | None] = [None] * self._count
        cuts = [
            (stretch.at, stretch.csv.leave_lines(size, count))
            for stretch, (size, count) in zip(
                self._stretches, self._parts[:, :2].tolist(), strict=False
            )
            if size
        ]
        for (at, _), parsed in zip(cuts, self._parsed([cut for _, cut in cuts]), strict=True):
            given[at] = parsed
        self._texts.append(self._text)
        return given

    def _parsed(self, cuts: Sequence[UnparsedLines]) -> Sequence[Parsed | JointPart]:
        """Return what is of each of the texts, which are one behind the other."""
        ends = np.cumsum([cut.size for cut in cuts]).tolist()
        parts = self._parts[self._parts[:, 0] > 0]
        lines = None if self._plain is None else JointLines(self._plain, parts, cuts)
        for at, (cut, end) in enumerate(zip(cuts, ends, strict=True)):
            if lines is None or lines.has_odd_lines(at):
                cut.data = bytes(self._text[end - cut.size : end])
        return [cut() for cut in cuts] if lines is None else lines.parts()


def _of_one_layout(
    asked: Sequence[tuple[Recording, int]],
) -> tuple[PlainRows | None, list[_Stretch]]:
    """Return what comes next in those that are read by the same rules as the first of them."""
    rows, stretches = None, []
    for at, (recording, most_bytes) in enumerate(asked):
        if not isinstance(recording, CsvFile):
            continue
        stretch, its_rows = recording.stretch(most_bytes), recording.joint_rows
        if stretch is None or its_rows is None:
            continue
        rows = rows or its_rows
        if its_rows is rows:
            file, offset, size = stretch
            stretches.append(_Stretch(at, recording, file, offset, size))
    return rows, stretches
