"""The files of a backfill -> its plan, and the tasks that it comes to.

A task has a key that stands for all that decides its part: the files that it reads, from where,
and the rules. So what is done is found again, and is not taken for something else.
"""

import hashlib
import inspect
from pathlib import Path
from typing import Any, NamedTuple

from protocol.errors import InputError
from protocol.json_text import utf8_text
from zreplay.backfilling.file_ends import ends_of
from zreplay.backfilling.file_reading import FileTask
from zreplay.backfilling.manifest import VERSION
from zreplay.backfilling.partition import Task
from zreplay.backfilling.plan import Plan, Starts, cuts_of, first_starts, plan_of
from zreplay.backfilling.plan_estimate import estimated, most_memory_bytes
from zreplay.backfilling.settings import BackfillSettings
from zreplay.backfilling.survey import (
    STEPS_A_WINDOW,
    is_day_without_data,
    origin_of,
    places_in,
    shape_of,
)
from zreplay.recordings.index.file_identity import digest_of, stamp_of
from zreplay.recordings.object_path import STORES, scheme_of
from zreplay.recordings.recording_layout import format_identity


class Prepared(NamedTuple):
    """What is to be done: the files with data, what stands for each of them, and the plan."""

    settings: BackfillSettings
    paths: tuple[Path, ...]
    identities: tuple[str, ...]
    plan: Plan
    file_bytes: tuple[int, ...]
    days_without_data: int
    ends: tuple[str | None, ...] = ()
    """What the files are told by where the tasks run, if that is on other machines."""

    def bytes_of(self, task: Task) -> int:
        """Return how many bytes of the files are at home in the window of a task."""
        size_bytes = 0
        for file in task.files:
            ends = [piece.offset for piece in self.plan.pieces[file.number][1:]]
            ends.append(self.file_bytes[file.number])
            for piece in file.homes:
                size_bytes += ends[piece] - self.plan.pieces[file.number][piece].offset
        return size_bytes


def prepare(settings: BackfillSettings) -> Prepared:
    """Look at the files and plan.

    Raises:
        InputError: a file cannot be read, or none has data.
    """
    paths = tuple(path for path in settings.historical if not is_day_without_data(path))
    if not paths:
        raise InputError(
            "none of the files has data: each is an empty .gz",
            fix="give a file with a header and rows",
            code="Z402",
        )
    if settings.rules.selection.needs_origin:
        settings = settings.from_origin(origin_of(paths, settings.rules))
    rules = settings.rules
    step_bytes = settings.window_bytes // STEPS_A_WINDOW
    shapes = [shape_of(path, rules, step_bytes) for path in paths]
    cuts = cuts_of(shapes, settings.window_bytes)
    places = [
        places_in(path, shape, cuts, rules) for path, shape in zip(paths, shapes, strict=True)
    ]
    return Prepared(
        settings,
        paths,
        tuple(identity_of(path, settings) for path in paths),
        plan_of(shapes, cuts, places),
        tuple(shape.size_bytes for shape in shapes),
        len(settings.historical) - len(paths),
        tuple(map(_ends_elsewhere, paths)) if settings.is_elsewhere else (),
    )


def tasks_of(prepared: Prepared, starts: Starts) -> list[Task]:
    """Return the task of each window, which begins in its files where `starts` says."""
    rules, plan = prepared.settings.rules, prepared.plan
    homes: dict[tuple[int, int], list[int]] = {}
    for file, pieces in enumerate(plan.pieces):
        for number, piece in enumerate(pieces):
            homes.setdefault((piece.home, file), []).append(number)
    tasks = []
    for window, of_window in enumerate(starts):
        files = []
        for number in sorted(of_window):
            start = of_window[number]
            at_home = homes.get((window, number), [])
            behind = max(at_home, default=start.piece - 1) + 2
            offsets = [piece.offset for piece in plan.pieces[number][start.piece : behind]]
            path = prepared.paths[number]
            if prepared.settings.is_elsewhere:
                path = absolute(path)
            files.append(
                FileTask(
                    number,
                    path,
                    start.piece,
                    tuple(offsets),
                    frozenset(at_home),
                    start.newest_ns,
                    prepared.ends[number] if prepared.ends else None,
                )
            )
        task = Task(window, "", *plan.window(window), tuple(files), rules)
        tasks.append(task._replace(key=_key(task, prepared)))
    return tasks


def absolute(path: Path) -> Path:
    """Return a path as it is called from anywhere; an address is one."""
    return path if scheme_of(path) in STORES else path.absolute()


def _ends_elsewhere(path: Path) -> str | None:
    """Return what a file is told by; an object is the same one for all, and is asked for less."""
    return None if scheme_of(path) in STORES else ends_of(path)


def check_unchanged(prepared: Prepared) -> None:
    """Refuse files that are no longer those that were planned: parts of both would be mixed.

    Raises:
        InputError: one has changed, or is gone.
    """
    for path, identity in zip(prepared.paths, prepared.identities, strict=True):
        if identity_of(path, prepared.settings) != identity:
            raise InputError(
                f"{path}: it was changed while it was read",
                fix="the same command again, once it is finished",
                code="Z401",
            )


def plan_counts(prepared: Prepared) -> dict[str, int]:
    """Return what would be done, by name."""
    rules = prepared.settings.rules
    starts = first_starts(prepared.plan, rules.reorder_ns, rules.warmup_ns)
    most_files = max(len(each) for each in starts)
    cost = estimated(prepared.plan, starts, prepared.file_bytes, rules.reorder_ns)
    return {
        "files": len(prepared.paths),
        "days_without_data": prepared.days_without_data,
        "bytes": sum(prepared.file_bytes),
        "windows": prepared.plan.windows,
        "pieces": sum(map(len, prepared.plan.pieces)),
        "most_files_of_a_window": most_files,
        "largest_window_bytes": cost.largest_window_bytes,
        "bytes_read_twice": cost.read_twice_bytes,
        "most_memory_bytes": most_memory_bytes(prepared.settings.workers, most_files),
    }


def options_of(settings: BackfillSettings) -> str:
    """Return what stands for all that decides the lines beside the files."""
    rules = settings.rules
    said = (
        *(rules.columns.identity, rules.selection, rules.latency, rules.max_jump_ns),
        *(rules.reorder_ns, rules.late, repr(rules.threshold_ms), rules.stamp),
        *(rules.is_parquet, rules.processors_in_words, rules.warmup_ns),
        "" if rules.function is None else source_of(rules.function),
    )
    return _digest("options", *map(str, said))


def source_of(function: Any) -> str:
    """Return what stands for a function of the user: its name, and its text where that is known."""
    try:
        text = inspect.getsource(function)
    except (OSError, TypeError):
        text = ""
    name = getattr(function, "__qualname__", type(function).__qualname__)
    return _digest(str(getattr(function, "__module__", "")), name, text)


def identity_of(path: Path, settings: BackfillSettings) -> str:
    """Return what stands for a file and what decides its quotes."""
    stamp = stamp_of(path)
    digest = None if stamp is None else digest_of(path, stamp)
    if digest is None:
        raise InputError(
            f"{path}: it cannot be read, or changes while it is",
            fix="give a finished file",
            code="Z401",
        )
    layout = format_identity(path, settings.rules.columns, (stamp,))
    return _digest(str(path), digest.hex(), layout.hex())


def _key(task: Task, prepared: Prepared) -> str:
    """Return what all that decides the part of a task comes to."""
    files = [
        (*file[:1], prepared.identities[file.number], *file[2:4], sorted(file.homes), file[5])
        for file in task.files
    ]
    said = (VERSION, task.start_ns, task.end_ns, files, options_of(prepared.settings))
    return _digest(repr(said))[:16]


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(map(utf8_text, texts)).encode()).hexdigest()
