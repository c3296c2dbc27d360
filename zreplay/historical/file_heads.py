"""Where files begin, by their first rows: what is known of those whose turn has not come."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from protocol.errors import InputError
from protocol.limits import INT64_MAX
from protocol.program.diagnostics import Log
from zreplay.historical.file_rows import FileRows, Nearest
from zreplay.ordering.arrival_order import ArrivalOrder
from zreplay.ordering.order_cursor import Resume
from zreplay.recordings.recording import Parsed
from zreplay.recordings.recording_layout import MANY_FILES

LOOKS_AT_A_HEAD: Final = 16
"""So many blocks at most: in the first there may be too few rows to tell a stray from others."""

log = Log("zreplay")


def expect_heads(rows: FileRows, order: ArrivalOrder, resumes: Sequence[Resume]) -> None:
    """Let an order know where each file begins, so that it stays closed until then.

    A file in whose head no row counts is read at once, and so is one that goes on in its midst.
    One that begins before any head ends is read on soon, and keeps its descriptor, if it can.
    """
    if len(rows) > MANY_FILES:
        log.info("looking at where the files begin", files=len(rows))
    begins = [not resumes or resumes[number].newest_ns is None for number in range(len(rows))]
    numbers = [number for number, is_to_begin in enumerate(begins) if is_to_begin]
    known: set[int] = set()
    kept_ns: dict[int, int] = {}
    """Where those begin that are not closed."""
    next_ns = INT64_MAX
    places = {number: at for at, number in enumerate(numbers, 1)}
    for number, at in places.items():
        if number in known:
            continue
        joint = rows.next_together(number, _behind(numbers, at))
        if joint is None or not rows.passes_all(joint):
            _expect(rows, order, number)
            rows.close_for_now(number)
            continue
        rows.begin_next((), _behind(numbers, places[joint.parts[-1].number]))
        for part in joint.parts:
            order.expect(part.number, part.first_timestamp_ns, part.first_arrival_ns)
            known.add(part.number)
            next_ns = min(next_ns, part.bounds.greatest_timestamp_ns)
            if part.first_timestamp_ns > next_ns:
                rows.close_for_now(part.number)
            else:
                kept_ns[part.number] = part.first_timestamp_ns
    for number, first_ns in kept_ns.items():
        if first_ns > next_ns:
            rows.close_for_now(number)


def _behind(numbers: Sequence[int], at: int) -> Nearest:
    return lambda most: numbers[at : at + most]


def first_arrival_ns(rows: FileRows, order: ArrivalOrder) -> int | None:
    """Return the first arrival of files, by a new order; no row that is read for it is taken."""
    if rows.are_opened_in_turn:
        for each in range(len(rows)):
            _expect(rows, order, each)
    seen: Counter[int] = Counter()
    while (block := order.take()) is None:
        try:
            number = order.next_file()
        except InputError:
            return None  # it is raised again behind what was rejected before it
        if number is None:
            return None
        parsed = rows.look(number, seen[number])
        seen[number] += 1
        if isinstance(parsed, InputError):
            order.break_off(number, parsed)
        elif parsed is None:
            order.end(number)
        else:
            order.add(number, parsed.source)
    return int(block.arrival_ns[0])


def _expect(rows: FileRows, order: ArrivalOrder, number: int) -> None:
    for at in range(LOOKS_AT_A_HEAD):
        first = rows.look(number, at)
        if not isinstance(first, Parsed):
            return
        block = first.source.block
        if len(block):
            order.expect(number, int(block.timestamp_ns[0]), int(block.arrival_ns[0]))
            return
