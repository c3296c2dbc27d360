"""A backfill from its plan to its logs, which are those of `zreplay run --speed max`.

Rule 1: tasks are run until their reports prove that each window saw all its rows; the proof only
ever asks for more.
Rule 2: what is done is known by its marker alone: the same command goes on where it was cut short,
and with more files runs only what they change.
Rule 3: the logs are joined once all is proven. Where a task failed, the others are done, and there
is no log.
"""

import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import msgspec

from protocol.errors import ResultLogError, SettingsError, ZreplayError
from protocol.program.folder_lock import FolderLock
from zreplay.backfilling import part_files
from zreplay.backfilling.joining import Places, join
from zreplay.backfilling.manifest import (
    REJECTED,
    VERSION,
    Manifest,
    check_logs,
    read_manifest,
    refuse_others,
    write_manifest,
)
from zreplay.backfilling.part_files import read_report, stem
from zreplay.backfilling.partition import Task, run_task
from zreplay.backfilling.plan import Starts, first_starts
from zreplay.backfilling.preparation import Prepared, check_unchanged, options_of, tasks_of
from zreplay.backfilling.proof import Report, counts_of, lines_before, still_needed
from zreplay.backfilling.running import Engine, Oldest, run_tasks
from zreplay.backfilling.settings import BackfillSettings
from zreplay.backfilling.standing import Standing
from zreplay.backfilling.store import Store, store_of

LOCK: Final = "backfill.lock"


class Outcome(msgspec.Struct):
    """How a backfill ended. `ran` tasks were run now, `again` of them as the proof asked for it."""

    windows: int
    files: int
    days_without_data: int
    ran: int = 0
    again: int = 0
    failed: int = 0
    is_complete: bool = False
    quotes: int = 0
    skipped: int = 0
    blank: int = 0
    rejected: int = 0
    rows_read_twice: int = 0
    seconds: float = 0.0
    log_bytes: dict[str, int] = msgspec.field(default_factory=dict)
    left_out: int = 0
    skipped_times: int = 0
    repeated_times: int = 0
    outside_session: int = 0
    repeated: int = 0


class Watch(msgspec.Struct, frozen=True):
    """Who is told of what happens, and who is asked whether to stop."""

    progress: Callable[[Standing], None] = lambda standing: None
    failed: Callable[[Task, ZreplayError], None] = lambda task, error: None
    is_stopping: Callable[[], bool] = lambda: False


class NewEngine(Protocol):
    """Returns what tasks are run on, once there is one to run."""

    def __call__(self) -> Engine: ...


def backfill(prepared: Prepared, new_engine: NewEngine, watch: Watch) -> Outcome:
    """Run what is not done, prove it, and write the logs.

    Raises:
        ResultLogError: the output cannot be used, is in use, or holds something else.
        InputError: a file was changed meanwhile.
    """
    return _Backfill(prepared, new_engine, watch).outcome_of()


def one_partition(prepared: Prepared, number: int) -> Report:
    """Run the task of one window, as far as the others are known; several may be run at a time.

    Raises:
        SettingsError: there is no such window.
    """
    settings = prepared.settings
    if not 0 <= number < prepared.plan.windows:
        raise SettingsError(
            f"--partition was {number}, expected 0 to {prepared.plan.windows - 1}", code="Z203"
        )
    store = store_of(settings.out, settings.scratch)
    refuse_others(store)
    _check_options(settings, store)
    starts = first_starts_of(prepared)
    while True:
        tasks = tasks_of(prepared, starts)
        found = [read_report(store, each.window, each.key) for each in tasks]
        reports = [report for report in found if report is not None]
        if len(reports) == len(tasks):
            needed = needed_starts(prepared, starts, reports)
            if needed != starts:
                starts = needed
                continue
        return run_task(tasks[number], settings.out, settings.scratch)


def first_starts_of(prepared: Prepared) -> Starts:
    """Return where tasks begin by what is known before any was run."""
    rules = prepared.settings.rules
    return first_starts(prepared.plan, rules.reorder_ns, rules.warmup_ns)


def needed_starts(prepared: Prepared, starts: Starts, reports: Sequence[Report]) -> Starts:
    """Return where tasks must begin: the same once the reports prove the output."""
    rules = prepared.settings.rules
    of = prepared.plan, starts, reports, rules.reorder_ns, rules.over_ns, rules.warmup_ns
    return still_needed(*of)


class _Backfill:
    """One call: what is done, and how it stands."""

    def __init__(self, prepared: Prepared, new_engine: NewEngine, watch: Watch) -> None:
        self._prepared = prepared
        self._settings = prepared.settings
        self._store = store_of(self._settings.out, self._settings.scratch)
        self._new_engine = new_engine
        self._engine: Engine | None = None
        self._watch = watch
        self._is_first = True
        windows, sizes = prepared.plan.windows, prepared.file_bytes
        self._outcome = Outcome(windows, len(prepared.paths), prepared.days_without_data)
        self._standing = Standing(windows, sum(sizes))

    def outcome_of(self) -> Outcome:
        begun_ns = time.monotonic_ns()
        refuse_others(self._store)
        lock = self._lock()
        try:
            _check_options(self._settings, self._store)
            self._until_proven()
        finally:
            if self._engine is not None:
                self._engine.close()
            if lock is not None:
                lock.release()
        self._outcome.seconds = (time.monotonic_ns() - begun_ns) / 1e9
        return self._outcome

    def _lock(self) -> FolderLock | None:
        if self._store.folder is None:
            return None
        fix = "choose another folder: --out DIR"
        return FolderLock(self._store.folder, LOCK, "backfill", 0, fix)

    def _until_proven(self) -> None:
        prepared, store = self._prepared, self._store
        starts = first_starts_of(prepared)
        mended: set[int] = set()
        while True:
            tasks = tasks_of(prepared, starts)
            reports = self._run(tasks)
            self._is_first = False
            if reports is None:
                return
            names = [stem(task.window, task.key) for task in tasks]
            if damaged := part_files.check_parts(store, reports):
                if mended & set(damaged):
                    place = f"{store.path}/{part_files.PARTS}"
                    raise ResultLogError(f"{place} loses what is written to it", code="Z605")
                mended |= set(damaged)
                for window in damaged:
                    part_files.forget(store, names[window])
                continue
            needed = needed_starts(prepared, starts, reports)
            if needed == starts:
                break
            starts = needed
        check_unchanged(prepared)
        self._finish(starts, reports, names)

    def _run(self, tasks: Sequence[Task]) -> list[Report] | None:
        """Run the tasks without a marker; None if one failed, or it was stopped."""
        store, standing = self._store, self._standing
        reports: dict[int, Report] = {}
        markers = store.sizes(part_files.DONE)
        standing.done = standing.done_bytes = 0
        for task in tasks:
            name = stem(task.window, task.key)
            if part_files.marker_of(name) not in markers:
                continue
            known = read_report(store, task.window, task.key)
            if known is not None:
                reports[task.window] = known
                standing.done += 1
                standing.done_bytes += self._prepared.bytes_of(task)
        left = [task for task in tasks if task.window not in reports]

        def done(task: Task, report: Report) -> None:
            reports[task.window] = report
            self._done(task, report)

        if left:
            if self._engine is None:
                self._engine = self._new_engine()
            run_tasks(
                sorted(left, key=self._prepared.bytes_of, reverse=True),
                self._engine,
                on_done=done,
                on_failed=self._failed,
                on_poll=self._polled,
                is_stopping=self._watch.is_stopping,
            )
        if len(reports) < len(tasks):
            return None
        return [reports[task.window] for task in tasks]

    def _done(self, task: Task, report: Report) -> None:
        standing, size_bytes = self._standing, self._prepared.bytes_of(task)
        self._outcome.ran += 1
        self._outcome.again += not self._is_first
        standing.done += 1
        standing.again += not self._is_first
        standing.done_bytes += size_bytes
        standing.ran_bytes += size_bytes
        standing.quotes += report.counts.quotes
        self._watch.progress(standing)

    def _failed(self, task: Task, error: ZreplayError) -> None:
        self._outcome.failed += 1
        self._standing.failed += 1
        self._watch.failed(task, error)

    def _polled(self, oldest: Oldest | None) -> None:
        assert self._engine is not None
        self._standing.hosts = self._engine.hosts
        self._standing.oldest = None if oldest is None else (oldest[0].window, oldest[1] / 1e9)
        self._watch.progress(self._standing)

    def _finish(self, starts: Starts, reports: Sequence[Report], names: list[str]) -> None:
        """Write the logs, unless they are there, and say what is in them."""
        store, prepared, outcome = self._store, self._prepared, self._outcome
        manifest = read_manifest(store)
        assert manifest is not None
        is_there = manifest.parts == names and manifest.is_finished
        if not is_there or check_logs(store, manifest):
            before = lines_before(prepared.plan, reports)

            def line_of(window: int, file: int, line: int | None) -> int | None:
                lines = before[file, starts[window][file].piece]
                return None if line is None or lines is None else lines + line

            write_manifest(store, Manifest(VERSION, manifest.options))
            places = Places([str(path) for path in prepared.paths], line_of)
            logs = join(store, reports, places)
            is_finished = True
            manifest = Manifest(VERSION, manifest.options, is_finished, names, logs)
            write_manifest(store, manifest)
        part_files.remove_others(store, names, reports)
        outcome.is_complete = True
        counts = counts_of(reports)
        outcome.quotes, outcome.skipped = counts.quotes, counts.skipped
        outcome.blank = counts.blank
        for name, count in {**counts.notes._asdict(), **counts.left_out._asdict()}.items():
            setattr(outcome, name, count)
        outcome.rows_read_twice = sum(report.rows_read_twice for report in reports)
        outcome.rejected = sum(log.lines for log in manifest.logs if log.name == REJECTED)
        outcome.log_bytes = {log.name: log.size_bytes for log in manifest.logs}


def _check_options(settings: BackfillSettings, store: Store) -> None:
    """Record what decides the lines; refuse an output that was begun with something else.

    Raises:
        ResultLogError: it was.
    """
    options = options_of(settings)
    manifest = read_manifest(store)
    if manifest is None:
        write_manifest(store, Manifest(VERSION, options))
    elif manifest.options != options:
        raise ResultLogError(
            f"the backfill in {settings.out} was begun with other options",
            fix="give the same options, or choose another folder: --out DIR",
            code="Z603",
        )
