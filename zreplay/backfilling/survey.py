"""A look at each file, for the plan: where it begins and ends, and what stands at some places.

It reads some blocks of a file, whatever its size. What it finds decides how much is read twice,
and nothing else. No index is asked for the last arrival of a file that is read through: it is in a
user's cache, and the tasks of `--partition` must be the same on machines that have another one.
"""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

import numpy as np

from zreplay.backfilling.plan import Cut, Look, Shape
from zreplay.backfilling.settings import Rules
from zreplay.historical.file_heads import LOOKS_AT_A_HEAD, first_arrival_ns
from zreplay.historical.file_rows import FileRows
from zreplay.ordering.arrival_order import LATE_REJECT, ArrivalOrder
from zreplay.quotes.block import Block, offset_of
from zreplay.recordings.csv.csv_file import CsvFile
from zreplay.recordings.day_without_data import is_empty_gzip
from zreplay.recordings.lobster_bytes import is_of_lobster
from zreplay.recordings.recording import Parsed, Recording
from zreplay.recordings.recording_kind import is_gzip, open_recording
from zreplay.recordings.regular_file import open_bytes
from zreplay.recordings.source_block import FilePlace
from zreplay.recordings.strays import Strays

LOOK_BYTES: Final = 64 * 1024
STEPS_A_WINDOW: Final = 8
"""So many looks for each window of a file: no window is larger by more than this part."""


def is_day_without_data(path: Path) -> bool:
    """Tell whether a file is an empty .gz, which vendors give for a day without data.

    Raises:
        InputError: it cannot be read.
    """
    return is_gzip(path) and is_empty_gzip(path)


def shape_of(path: Path, rules: Rules, step_bytes: int) -> Shape:
    """Look at a file, and every `step_bytes` if it can be entered anywhere.

    Raises:
        InputError: it cannot be read, or is no recording.
    """
    with closing(open_recording(path, 0, rules.columns)) as recording:
        recording.open()
        last_ns = None
        # Of a file that is read through, the end is not to be seen; nor is a modelled arrival.
        if recording.is_random and rules.latency is None:
            _, last_ns = recording.ends(rules.max_jump_ns)
            recording.close()
            recording.open()
        head = _head(recording, rules)
        is_enterable = _is_enterable(path, recording, rules)
        looks = [head] if head else []
        if head and is_enterable:
            for offset in range(step_bytes, recording.size_bytes, step_bytes):
                look = _look_behind(path, recording, rules, offset)
                if look is None or look.offset <= looks[-1].offset:
                    continue
                if rules.over_ns is not None and look.timestamp_ns >= rules.over_ns:
                    break  # from here on, it is read on through what lies before
                looks.append(look)
        return Shape(tuple(looks), last_ns, recording.size_bytes, is_enterable)


def places_in(path: Path, shape: Shape, cuts: Sequence[Cut], rules: Rules) -> list[Look]:
    """Return where a file is entered so that it is read from each of these instants on.

    Raises:
        InputError: it cannot be read.
    """
    if not shape.is_enterable or len(shape.looks) == 0 or not cuts:
        return []
    places = []
    with closing(open_recording(path, 0, rules.columns)) as recording:
        for cut in cuts:
            found = _place_before(path, recording, shape, cut.timestamp_ns, rules)
            if found is not None:
                places.append(found)
    return places


def origin_of(paths: Sequence[Path], rules: Rules) -> int:
    """Return the first arrival of all files, 0 if nothing arrives.

    Raises:
        InputError: one cannot be read.
    """
    rows = FileRows(
        paths,
        columns=rules.columns,
        latency=rules.latency,
        max_jump_ns=rules.max_jump_ns,
    )
    order = ArrivalOrder(
        [str(path) for path in paths],
        horizon_ns=rules.reorder_ns,
        late=LATE_REJECT,
        max_rows=rules.max_buffer_rows,
    )
    with closing(rows):
        return first_arrival_ns(rows, order) or 0


def _is_enterable(path: Path, recording: Recording, rules: Rules) -> bool:
    """Tell whether a file is cut: a plain CSV whose rows stand for themselves.

    With a modelled latency, a row that would never arrive counts for the strays and not for the
    order: what is known at a cut does not say both.
    """
    return (
        isinstance(recording, CsvFile)
        and recording.is_random
        and not is_gzip(path)
        and not is_of_lobster(path)
        and rules.latency is None
    )


def _place_before(
    path: Path, recording: Recording, shape: Shape, timestamp_ns: int, rules: Rules
) -> Look | None:
    """Return a place shortly before the first row of an instant, None if it is the beginning."""
    low, high = 0, recording.size_bytes
    best: Look | None = None
    for look in shape.looks[1:]:
        if look.timestamp_ns <= timestamp_ns:
            low, best = look.offset, look
        else:
            high = look.offset
            break
    while high - low > 2 * LOOK_BYTES:
        middle = (low + high) // 2
        look_there = _look_behind(path, recording, rules, middle, timestamp_ns)
        if look_there is not None and look_there.timestamp_ns <= timestamp_ns:
            low, best = middle, look_there
        else:
            high = middle
    return best


def _head(recording: Recording, rules: Rules) -> Look | None:
    for _ in range(LOOKS_AT_A_HEAD):
        unparsed = recording.cut(LOOK_BYTES)
        if unparsed is None:
            return None
        block = _without_strays(unparsed(), rules)
        if len(block):
            return Look(0, int(block.timestamp_ns[0]), _latency_ns(block))
    return None


def _look_behind(
    path: Path, recording: Recording, rules: Rules, offset: int, most_ns: int | None = None
) -> Look | None:
    """Look at the rows behind a byte; return the newest, of those up to `most_ns` if there are.

    It is the newest for this reason: if no row before it is newer, a task that begins there knows
    all that it needs to know.
    """
    with open_bytes(path) as file:
        file.seek(offset)
        skipped = file.read(LOOK_BYTES)
    end = skipped.find(b"\n") + 1
    if not end:
        return None
    recording.seek(FilePlace(offset + end, None))
    unparsed = recording.cut(LOOK_BYTES)
    if unparsed is None:
        return None
    block = _without_strays(unparsed(), rules)
    if most_ns is not None:
        rows = np.flatnonzero(block.timestamp_ns <= most_ns)
        block = block.take(rows) if len(rows) else block
    if not len(block):
        return None
    row = int(np.argmax(block.timestamp_ns))
    newest_ns = int(block.timestamp_ns[row])
    return Look(int(offset_of(block.position)[row]), newest_ns, _latency_ns(block))


def _without_strays(parsed: Parsed, rules: Rules) -> Block:
    """Return the first rows as a run has them, as far as this look can tell."""
    source, rejections = parsed
    if rules.latency is not None:
        source, _ = rules.latency.apply(source, "")
    strays = Strays("", rules.max_jump_ns)
    decided = [*strays.add(Parsed(source, rejections)), *strays.end()]
    blocks = [each.source.block for each in decided if len(each.source.block)]
    return blocks[0] if blocks else source.block.take(slice(0, 0))


def _latency_ns(block: Block) -> int:
    return int((block.arrival_ns - block.timestamp_ns).max())
