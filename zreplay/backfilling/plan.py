"""Files -> windows of arrival, pieces of the files, and which task reads what. Pure.

Rule 1: the order is by arrival first, so the outputs of half-open windows of arrival, one after
the other, are the output of one reading.
Rule 2: each piece of a file is at home in one window: that window's task reads it whole, and says
of its rows what zreplay/backfilling/proof.py needs. Any cut and any home is right; a bad one costs
time, as windows are then read again from an earlier piece.
Rule 3: windows end behind the instants at which files are cut, by what is usually late there: so
most tasks find all their rows without a second reading.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from protocol.limits import INT64_MAX

NEAR_NS: Final = 3_600 * 10**9
"""Files that cannot be entered and begin within an hour of one another share a window."""

BEHIND_HEADS_NS: Final = 60 * 10**9
"""A window ends so long behind the first rows of the next files: what is late over midnight."""

BEHIND_CUTS_NS: Final = 10**9
"""And so long behind a cut inside of files, where reading on costs no more than a longer window."""


class Look(NamedTuple):
    """A row from which a file can be read on, its timestamp, and the largest latency near it."""

    offset: int
    timestamp_ns: int
    latency_ns: int


class Shape(msgspec.Struct, frozen=True):
    """What a look at a file says; without a quote in its head `looks` is empty.

    The first look is at its head; the others are in file order, and only of a file that can be
    entered anywhere. `last_ns` is its last arrival, None where that is not known without reading
    it through.
    """

    looks: tuple[Look, ...]
    last_ns: int | None
    size_bytes: int
    is_enterable: bool


class Cut(NamedTuple):
    """An instant of the files' timestamps, and the arrival at which the window behind it begins."""

    timestamp_ns: int
    arrival_ns: int


class Piece(NamedTuple):
    """Where a stretch of a file begins, up to the next one, and the window it is at home in."""

    offset: int
    home: int
    head_ns: int | None


class Plan(msgspec.Struct, frozen=True):
    """Windows 0 to n: window i holds the arrivals from `bounds[i - 1]` until before `bounds[i]`.

    `pieces` are those of each file, in file order; the first begins with its file.
    """

    bounds: tuple[int, ...]
    pieces: tuple[tuple[Piece, ...], ...]
    last_ns: tuple[int | None, ...]

    @property
    def windows(self) -> int:
        return len(self.bounds) + 1

    def window(self, number: int) -> tuple[int | None, int | None]:
        """Return the first arrival of a window and the first behind it; None is open."""
        start_ns = self.bounds[number - 1] if number else None
        return start_ns, self.bounds[number] if number < len(self.bounds) else None


class Start(NamedTuple):
    """The piece from which a task reads a file on, and the newest timestamp taken as before it.

    None: nothing is known, or it is the beginning.
    """

    piece: int
    newest_ns: int | None


Starts = tuple[Mapping[int, Start], ...]
"""For each window, where its task begins in the files that it reads, by their numbers."""


def cuts_of(shapes: Sequence[Shape], window_bytes: int) -> tuple[Cut, ...]:
    """Return the cuts: at the heads of files that cannot be entered, or every `window_bytes`."""
    if all(shape.is_enterable for shape in shapes):
        wanted = _every(shapes, window_bytes)
        behind_ns = BEHIND_CUTS_NS
    else:
        wanted = _heads([shape for shape in shapes if not shape.is_enterable])
        behind_ns = BEHIND_HEADS_NS
    cuts: list[Cut] = []
    for look in wanted:
        behind = look.timestamp_ns + behind_ns + 2 * max(0, look.latency_ns)
        arrival_ns = min(behind, INT64_MAX)
        if not cuts or (look.timestamp_ns > cuts[-1].timestamp_ns and arrival_ns > cuts[-1][1]):
            cuts.append(Cut(look.timestamp_ns, arrival_ns))
    return tuple(cuts)


def _heads(shapes: Sequence[Shape]) -> list[Look]:
    """Return the first head of each group of files, but that of the first group."""
    heads = sorted((shape.looks[0] for shape in shapes if shape.looks), key=_timestamp)
    firsts: list[Look] = []
    for head in heads:
        if not firsts or head.timestamp_ns - firsts[-1].timestamp_ns > NEAR_NS:
            firsts.append(head)
    return firsts[1:]


def _every(shapes: Sequence[Shape], window_bytes: int) -> list[Look]:
    steps = []
    for shape in shapes:
        for before, look in zip(shape.looks, shape.looks[1:], strict=False):
            steps.append((look, look.offset - before.offset))
    wanted, so_far_bytes = [], 0
    for look, step_bytes in sorted(steps, key=lambda step: step[0].timestamp_ns):
        so_far_bytes += step_bytes
        if so_far_bytes >= window_bytes:
            wanted.append(look)
            so_far_bytes = 0
    return wanted


def _timestamp(look: Look) -> int:
    return look.timestamp_ns


def plan_of(shapes: Sequence[Shape], cuts: Sequence[Cut], places: Sequence[Sequence[Look]]) -> Plan:
    """Return the plan of files that are entered at these places, behind their beginnings."""
    instants = [cut.timestamp_ns for cut in cuts]
    pieces = []
    for shape, inside in zip(shapes, places, strict=True):
        head_ns = shape.looks[0].timestamp_ns if shape.looks else None
        of_file = [Piece(0, _home(instants, head_ns), head_ns)]
        for look in inside:
            if look.offset > of_file[-1].offset:
                ns = look.timestamp_ns
                of_file.append(Piece(look.offset, _home(instants, ns), ns))
        pieces.append(tuple(of_file))
    bounds = tuple(cut.arrival_ns for cut in cuts)
    return Plan(bounds, tuple(pieces), tuple(shape.last_ns for shape in shapes))


def _home(instants: Sequence[int], head_ns: int | None) -> int:
    return 0 if head_ns is None else bisect_right(instants, head_ns)


def first_starts(plan: Plan, horizon_ns: int, warmup_ns: int = 0) -> Starts:
    """Return where tasks begin by what is known before any was run."""
    starts: list[dict[int, Start]] = [{} for _ in range(plan.windows)]

    def include(window: int, file: int, piece: int) -> None:
        known = starts[window].get(file)
        if known is None or piece < known.piece:
            starts[window][file] = Start(piece, None)

    for file, pieces in enumerate(plan.pieces):
        for number, piece in enumerate(pieces):
            include(piece.home, file, number)
            # Windows that began before: its first rows may arrive there.
            for earlier in range(piece.home - 1, -1, -1):
                to_ns = plan.bounds[earlier]
                if piece.head_ns is None or piece.head_ns >= to_ns + horizon_ns:
                    break
                include(earlier, file, number)
            # And later ones, as long as it lasts.
            following = pieces[number + 1].head_ns if number + 1 < len(pieces) else None
            last_ns = plan.last_ns[file] if number + 1 == len(pieces) else following
            for later in range(piece.home + 1, plan.windows):
                if last_ns is None or plan.bounds[later - 1] > last_ns + warmup_ns:
                    break
                include(later, file, number)
    return tuple(starts)
