"""`zreplay.partitions`: the windows of a backfill, to be read wherever one likes.

plan = zreplay.partitions("days/*.csv.gz")
while todo := plan.left():
    for partition, (result, report) in zip(todo, map(count, todo)):
        results[partition.number] = result
        plan.add(report)
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pyarrow as pa
from msgspec.structs import replace

from protocol.errors import InputError, SettingsError
from zreplay.backfilling.backfill import first_starts_of, needed_starts
from zreplay.backfilling.function_output import WindowOfArrivals, batches_of
from zreplay.backfilling.partition import CountedBlocks, Task, reader_of, report_of
from zreplay.backfilling.preparation import Prepared, check_unchanged, prepare, tasks_of
from zreplay.backfilling.proof import Report
from zreplay.commands.backfill_command import settings_of
from zreplay.consumer.backfill import params_of, with_function
from zreplay.quotes.rejection import Rejection
from zreplay.reading import Duration, Files

OnRejected = Callable[[Rejection], None]


class Partition:
    """The quotes that arrive in a window: plain data, which can be sent anywhere."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self.window = WindowOfArrivals(task.window, task.start_ns, task.end_ns)
        self._report: Report | None = None

    @property
    def number(self) -> int:
        """Of the window: their order is that of the arrivals."""
        return self._task.window

    @property
    def report(self) -> Report:
        """What `Partitions.add` wants to know, once all was read.

        Raises:
            SettingsError: it was not.
        """
        if self._report is None:
            raise SettingsError(
                f"partition {self.number} was not read to its end",
                fix="iterate over all that read() yields",
                code="Z203",
            )
        return self._report

    def read(self, on_rejected: OnRejected | None = None) -> Iterator[pa.RecordBatch]:
        """Yield the quotes of the window in order, batch by batch, as `zreplay.read` does.

        Raises:
            InputError: a file cannot be read, or a row is not a quote and `on_rejected` is not
                given, which is called at the end; lines are counted from where reading began.
        """
        with closing(reader_of(self._task)) as reader:
            blocks = CountedBlocks(reader, self._task)
            yield from batches_of(blocks, self.window)
            for row in reader.rejected:
                if on_rejected is None:
                    found = row.rejection
                    raise InputError(
                        f"{found.file}: at byte {found.offset}: {found.value!r}: {found.reason}",
                        fix="collect such rows: partition.read(on_rejected=rejected.append)",
                        code="Z410",
                    )
                on_rejected(row.rejection)
            self._report = report_of(self._task, reader, blocks, 0)


class Partitions:
    """The partitions of files, and what is known of them: whether each saw all of its rows."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self._starts = first_starts_of(prepared)
        self._tasks = tasks_of(prepared, self._starts)
        self._reports: dict[str, Report] = {}

    def __len__(self) -> int:
        return len(self._tasks)

    def __getitem__(self, number: int) -> Partition:
        return Partition(self._tasks[number])

    def add(self, report: Report) -> None:
        """Take what a partition saw."""
        self._reports[report.key] = report

    def left(self) -> list[Partition]:
        """Return the partitions that are to be read now; once there are none, all is proven.

        One may be returned again, with more of a file: then what was made of it before is wrong.

        Raises:
            InputError: a file has changed since.
        """
        while True:
            left = [task for task in self._tasks if task.key not in self._reports]
            if left:
                return [Partition(task) for task in left]
            reports = [self._reports[task.key] for task in self._tasks]
            needed = needed_starts(self._prepared, self._starts, reports)
            if needed == self._starts:
                check_unchanged(self._prepared)
                return []
            self._starts = needed
            self._tasks = tasks_of(self._prepared, needed)


def partitions(*files: Files, warmup: Duration | None = None, **options: Any) -> Partitions:
    """Cut files into windows of arrival that can be read side by side, on any machine.

    Options are those of `zreplay backfill` that say what is read, with underscores; `start` and
    `end` are its --from and --to.

    Raises:
        ZreplayError: a file cannot be read, or an option is not valid.
    """
    settings = settings_of(params_of(files, options))
    rules = with_function(settings, None, warmup)
    return Partitions(prepare(replace(settings, rules=rules, is_elsewhere=True)))
