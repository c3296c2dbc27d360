"""Which task is run next, and which is given up: events in, instructions out. Pure.

Rule 1: what a task raises fails that task alone; the rest goes on. What may pass, such as a full
disk, is tried TRIES times, later each time.
Rule 2: a process of a pool that dies takes all tasks that were in flight with it, and nobody knows
which of them it was. Each is a suspect; one that was a suspect twice is run alone, and one that
dies alone has failed.
Rule 3: a task that was lost, with a scheduler or with all its workers, is given again: that counts
for nothing.
Rule 4: where `slow` is given, a task that takes so many times the median, and nothing else waits,
is given once more; the first to end counts.
"""

from collections import Counter, deque
from collections.abc import Sequence
from statistics import median
from typing import Final

ALONE_AT: Final = 2
FAILED_AT: Final = 3
TRIES: Final = 3
IN_FLIGHT_A_SLOT: Final = 2
"""One waits while one is run."""
FIRST_WAIT_NS: Final = 10**9
WAIT_FACTOR: Final = 5
FEWEST_ENDED: Final = 3
"""Of fewer tasks the median says nothing."""


class Campaign:
    """Takes the numbers of tasks, gives each until it is done or has failed."""

    def __init__(self, tasks: Sequence[int], slow: float | None = None) -> None:
        self.failed: list[int] = []
        """The tasks with which a process died, alone."""
        self._waiting = deque(tasks)
        self._later: list[tuple[int, int]] = []
        self._since_ns: dict[int, int] = {}
        self._second: set[int] = set()
        self._deaths: Counter[int] = Counter()
        self._tries: Counter[int] = Counter()
        self._slow = slow
        self._took_ns: list[int] = []

    @property
    def is_over(self) -> bool:
        return not self._waiting and not self._later and not self._since_ns

    def next(self, now_ns: int, slots: int) -> int | None:
        """Return the task to submit now, None if there is none, or no room."""
        for due_ns, task in sorted(self._later):
            if due_ns <= now_ns:
                self._later.remove((due_ns, task))
                self._waiting.append(task)
        if not self._waiting:
            return self._straggler(now_ns, slots)
        if len(self._since_ns) >= IN_FLIGHT_A_SLOT * slots:
            return None
        if self._deaths[self._waiting[0]] >= ALONE_AT and self._since_ns:
            return None
        if any(self._deaths[task] >= ALONE_AT for task in self._since_ns):
            return None
        task = self._waiting.popleft()
        self._since_ns[task] = now_ns
        return task

    def ended(self, task: int, now_ns: int) -> bool:
        """Record that a task is done, or has raised; False if another copy did before."""
        since_ns = self._since_ns.pop(task, None)
        if since_ns is not None:
            self._took_ns.append(now_ns - since_ns)
        return since_ns is not None

    def retry(self, task: int, now_ns: int) -> bool:
        """Record that a task met what may pass; False if it did so too often, and has failed."""
        if self._since_ns.pop(task, None) is None:
            return True
        self._tries[task] += 1
        if self._tries[task] >= TRIES:
            return False
        wait_ns = FIRST_WAIT_NS * WAIT_FACTOR ** (self._tries[task] - 1)
        self._later.append((now_ns + wait_ns, task))
        return True

    def died(self) -> None:
        """Record that a process died: what was in flight is given again, suspects last."""
        for task in sorted(self._since_ns):
            self._deaths[task] += 1
            if self._deaths[task] >= FAILED_AT:
                self.failed.append(task)
            else:
                self._waiting.append(task)
        self._since_ns.clear()

    def lost(self, task: int) -> None:
        """Record that a task will not end: it is given again."""
        if self._since_ns.pop(task, None) is not None:
            self._second.discard(task)
            self._waiting.append(task)

    def stop(self) -> None:
        """Give no more tasks; those in flight end."""
        self._waiting.clear()
        self._later.clear()

    def oldest(self, now_ns: int) -> tuple[int, int] | None:
        """Return the task that is in flight for longest, and for how long."""
        if not self._since_ns:
            return None
        task = min(self._since_ns, key=self._since_ns.__getitem__)
        return task, now_ns - self._since_ns[task]

    def _straggler(self, now_ns: int, slots: int) -> int | None:
        if self._slow is None or len(self._took_ns) < FEWEST_ENDED or self._later:
            return None
        if len(self._since_ns) >= slots:  # nobody is free
            return None
        most_ns = self._slow * median(self._took_ns)
        for task, since_ns in self._since_ns.items():
            if task not in self._second and now_ns - since_ns > most_ns:
                self._second.add(task)
                return task
        return None
