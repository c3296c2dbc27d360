"""Files -> the rows of each as a run has them: without strays, with the modelled latency.

A file is open from when its rows are first asked for until its end. One whose head was looked at
can be closed until its turn has come.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

from protocol.errors import InputError, ZreplayError
from zreplay.historical import parse_ahead
from zreplay.historical.carry_forward import CarryForward, needs_memory
from zreplay.historical.file_indexes import FileIndexes
from zreplay.historical.files_in_turn import FilesInTurn
from zreplay.historical.hopeless_start import NO_LIMIT, HopelessStart
from zreplay.historical.latency_model import LatencyModel
from zreplay.historical.parse_ahead import WAITING_BYTES, ParseAhead
from zreplay.ordering.order_cursor import OrderCursor, Resume
from zreplay.recordings.csv.csv_header import NO_COLUMNS
from zreplay.recordings.csv.joint_text import JointText
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.index.entries import BEGINNING
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.recordings.joint_rows import JointRows
from zreplay.recordings.recording import Parsed
from zreplay.recordings.source_block import NO_NOTES, SourceBlock
from zreplay.recordings.strays import OFF, Strays

Given = Parsed | InputError | None
"""The next rows of a file, or why it cannot be read on; None at its end."""

Nearest = Callable[[int], Sequence[int]]
"""Takes how many files to return, in the order in which they will be asked for."""

Noted = Callable[[int, SourceBlock], None]
"""Takes each stretch of a file with notes as it was cut: strays move what stands beside them."""


def _none(_: int) -> Sequence[int]:
    return ()


def _unnoted(_: int, __: SourceBlock) -> None:
    pass


class FileRows:
    """Gives the rows of files, by their number, from their places of `begin` on.

    With few files, or standard input among them, all are open from the start. `carries` says that
    they are read from their beginning: what a format leaves out where it has not changed is known.
    If they `are_bare`, amounts and index may be left out.

    Raises:
        InputError: a file is not there; of few, one cannot be read or is no recording.
        SettingsError: a column was to be called otherwise that is not used in one.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        *,
        columns: FormatOptions = NO_COLUMNS,
        begin: OrderCursor | None = None,
        latency: LatencyModel | None = None,
        max_jump_ns: int = OFF,
        most_rejected: int = NO_LIMIT,
        indexes: FileIndexes | None = None,
        waiting_bytes: int = WAITING_BYTES,
        carries: bool = False,
        are_bare: bool = False,
        noted: Noted = _unnoted,
        has_threads: bool = True,
    ) -> None:
        is_of_many = len(paths) > parse_ahead.FEW_FILES  # nothing of them is parsed ahead
        self.are_opened_in_turn = is_of_many and STANDARD_INPUT not in paths
        self._names = [str(path) for path in paths]
        self._latency = latency
        self._carries = carries
        self._noted = noted
        self._max_jump_ns = max_jump_ns
        self._most_rejected = most_rejected
        self._indexes = indexes
        self._resumes = list(begin.files) if begin else []
        self._files = FilesInTurn(paths, columns, self._resumes, are_bare=are_bare)
        if not self.are_opened_in_turn:
            self._open_all()
        ahead = waiting_bytes, JointText().begin, has_threads, self._files.sizes_bytes
        self._blocks = ParseAhead(self._files, *ahead)
        self._strays: dict[int, Strays] = {}
        self._carried: dict[int, CarryForward] = {}
        self._starts: dict[int, HopelessStart] = {}
        self._decided, self._looked_at = (dict[int, deque[Given]]() for _ in range(2))

    def __len__(self) -> int:
        return len(self._names)

    @property
    def layouts(self) -> list[Layout | None]:
        """What stands where in each file, None of a capture and of what nobody has read yet."""
        return self._files.layouts

    def next(self, number: int, nearest: Nearest = _none) -> Given:
        """Return the next rows of a file; behind None, or an error, it is not asked again.

        Those of the `nearest` are parsed with them, or meanwhile: see `look_ahead`.
        """
        self.look_ahead(number, nearest)
        ahead = self._looked_at.get(number)
        return ahead.popleft() if ahead else self._read(number)

    def next_together(self, number: int, nearest: Nearest) -> JointRows | None:
        """Return the next rows of a file with those of others that were read as one with them.

        None where they are to be asked for one by one; they wait until they are taken.
        """
        self.look_ahead(number, nearest)
        joint = None if self._latency is not None else self._blocks.joint.rows(number)
        layout = None if joint is None else self._files.layout(number)
        return None if layout is None or layout.is_empty_unchanged else joint

    def passes_all(self, joint: JointRows) -> bool:
        """Return whether no stray is among joint rows, and nothing of their files held back."""
        return all(
            self._strays_of(part.number).passes_all(part)
            and self._start_of(part.number).passes_rows()
            for part in joint.parts
        )

    def begin_next(self, turns: Sequence[int], nearest: Nearest) -> None:
        """Begin to read what is asked for next, if that is rows of several files.

        `turns` are the files whose turn has passed, as their rows had been taken before.
        """
        for number in turns:
            self._blocks.pass_turn(number)
        if not self.are_opened_in_turn:
            return
        if self._blocks.joint.last_begun is None:
            for number in nearest(1):
                self.look_ahead(number, nearest)
        self._blocks.begin_another(lambda most: self._to_be_read(nearest(most)))

    def take_together(self, joint: JointRows) -> None:
        """Take joint rows, all of which pass."""
        self._blocks.take_together(joint.parts[0].number)
        for part in joint.parts:
            self._strays[part.number].pass_all(part)
            self._starts[part.number].pass_rows()
        if self._indexes is not None:
            self._indexes.note_together(joint)

    def go_ahead(self, number: int, nearest: Callable[[int], Sequence[int]]) -> None:
        """Parse meanwhile what follows in a file, and in those behind it: see `ParseAhead`."""
        if self.are_opened_in_turn:  # what is piped in comes when it comes
            self._blocks.go_ahead(number, nearest)

    def look_ahead(self, number: int, nearest: Nearest) -> None:
        """Have the next rows of a file, asked for now, parsed with others': see `ParseAhead`."""
        if self.are_opened_in_turn and not self._has_waiting(number):
            self._blocks.look_ahead(number, lambda most: self._to_be_read(nearest(most)))

    def look(self, number: int, at: int = 0) -> Given:
        """Return what `next` will, or what it will so many times later; none are left out."""
        ahead = self._looked_at.setdefault(number, deque())
        while len(ahead) <= at:
            ahead.append(self._read(number))
        return ahead[at]

    def look_on(self, number: int) -> Given:
        """Return what follows all that was looked at; it is not left out either."""
        return self.look(number, len(self._looked_at.get(number, ())))

    def begin_again(self, number: int) -> None:
        """Read a file from its beginning, as the index that gave its place is wrong."""
        assert self._indexes is not None
        self._indexes.begin_again(number)
        self._resumes[number] = Resume(BEGINNING, None)
        self.end(number)
        self._files.begin_again(number)

    def close_for_now(self, number: int) -> None:
        """Close a file of which only what was looked at was read."""
        self._files.close_for_now(number)

    def end(self, number: int) -> None:
        """Close a file that is not asked again."""
        self._blocks.end(number)
        self._files.end(number)
        for kept in (self._strays, self._carried, self._starts, self._decided, self._looked_at):
            kept.pop(number, None)

    def offset(self, number: int) -> int:
        """Return where in a file the reading goes on."""
        return self._files.place(number).offset

    def share(
        self,
        reached: Mapping[int, int],
        begun: Mapping[int, int] | None = None,
        over: Collection[int] = (),
    ) -> float:
        """Return about how much of the files lies before these offsets: see `share_of`."""
        return self._files.share(reached, begun, over)

    def close(self) -> None:
        """Let the files go, once what is being parsed is done."""
        self._blocks.close()
        self._files.close()
        self._noted = _unnoted  # who notes has this
        if self._indexes is not None:
            self._indexes.settle()

    def _to_be_read(self, numbers: Sequence[int]) -> Iterator[int]:
        """Return those of some files of which no rows wait."""
        if not self._looked_at and not self._decided:  # nearly always, and it is asked for each
            return iter(numbers)
        return (number for number in numbers if not self._has_waiting(number))

    def _has_waiting(self, number: int) -> bool:
        return bool(self._looked_at.get(number) or self._decided.get(number))

    def _read(self, number: int) -> Given:
        start = self._start_of(number)
        if start.failure is not None:
            return start.failure
        parsed = self._next_decided(number)
        if isinstance(parsed, Parsed):
            parsed = self._carried_forward(number, parsed)
        if isinstance(parsed, Parsed):
            if self._latency is not None:
                source, rejections = self._latency.apply(parsed.source, self._names[number])
                parsed = Parsed(source, [*parsed.rejections, *rejections])
            parsed = start.add(parsed)
            if start.failure is not None:
                parsed = start.rejected()
        elif (held := start.end()) is not None:
            self._decided[number].appendleft(parsed)
            parsed = held
        if isinstance(parsed, InputError):
            return parsed
        if self._indexes is not None:
            self._indexes.note(number, parsed)
        return parsed

    def _carried_forward(self, number: int, parsed: Parsed) -> Parsed | InputError:
        """Return rows with what is unchanged in them, where that is how their file is written."""
        layout = self._files.layout(number)
        if layout is None or not layout.is_empty_unchanged:
            return parsed
        if not self._carries:
            return needs_memory(self._names[number], layout.format)
        carried = self._carried.setdefault(number, CarryForward())
        block = carried.filled(parsed.source.block)
        return parsed._replace(source=parsed.source._replace(block=block))

    def _start_of(self, number: int) -> HopelessStart:
        start = self._starts.get(number)
        if start is None:
            is_begun = bool(self._resumes) and self._resumes[number].place != BEGINNING
            most_rejected = NO_LIMIT if is_begun else self._most_rejected
            start = self._starts[number] = HopelessStart(self._names[number], most_rejected)
        return start

    def _next_decided(self, number: int) -> Given:
        """Return the next rows of a file without its strays, or why there are none."""
        decided = self._decided.setdefault(number, deque())
        if not decided:
            strays = self._strays_of(number)
            try:
                parsed: Given = self._blocks.next(number)
            except InputError as error:
                parsed = error
            if isinstance(parsed, Parsed):
                if parsed.source.notes != NO_NOTES:
                    self._noted(number, parsed.source)
                decided.extend(strays.add(parsed))
            else:
                decided.extend([*strays.end(), parsed])
        return decided.popleft()

    def _strays_of(self, number: int) -> Strays:
        strays = self._strays.get(number)
        if strays is None:
            accepted_ns = self._resumes[number].place.accepted_ns if self._resumes else None
            strays = Strays(self._names[number], self._max_jump_ns, accepted_ns)
            self._strays[number] = strays
        return strays

    def _open_all(self) -> None:
        try:
            for number in range(len(self._files)):
                _ = self._files[number]
        except ZreplayError:
            self._files.close()
            raise
