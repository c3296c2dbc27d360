"""The sink's decisions: whom to admit, what counts, when to commit, what to answer.

Messages and instants in, messages out; it writes only through its result log. The grammar
of the conversation is in protocol/messages.py.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from protocol.limits import MAX_TEXT_CHARS, MAX_WORKER_NAME_CHARS
from protocol.messages import (
    MAX_HELD_RANGES,
    NO_NONCE,
    WINDOW_QUOTES,
    Ack,
    FencedNotice,
    Hello,
    Message,
    Offer,
    Ping,
    Refused,
    Report,
    Result,
    Welcome,
)
from protocol.program_version import PROGRAM_VERSION
from zmid.disk import DiskFull
from zmid.resequence import Resequencer, Verdict
from zmid.result_fault import fault_of
from zmid.result_log import ResultLog
from zmid.run_rule import RunRule
from zmid.worker_counts import WorkerCounts

GROUP_BYTES: Final = 256 * 1024
SMALL_GROUP_BYTES: Final = 64 * 1024
GATHER_NS: Final = 2_000_000
"""The pause after a small group: the next commit then serves many small results."""
FIRST_RETRY_NS: Final = 100_000_000
MAX_RETRY_NS: Final = 2_000_000_000
MAX_LEAP: Final = 2**16
MAX_EPOCHS_LOST: Final = 1_000_000
"""How many epochs a replayer may be ahead of what this folder still knows, and no more."""


class SinkState(msgspec.Struct):
    """One incarnation of the sink over its result log."""

    log: ResultLog
    incarnation: int
    resequencer: Resequencer = msgspec.field(default_factory=Resequencer)
    needs_table: bool = False
    """True if only results with the rows of `mids.arrows` are taken."""
    duplicates: int = 0
    refused: int = 0
    dropped: int = 0
    problem: str = ""
    stalled: str = ""
    on_committed: Callable[[list[Result]], None] | None = None
    """Called with the results of each commit."""
    _holder_nonce: bytes = b""
    _pin: RunRule | None = None
    _group: list[Result] = msgspec.field(default_factory=list)
    _gather_until_ns: int = 0
    _is_flowing: bool = False
    _retry_ns: int = 0
    _retry_delay_ns: int = FIRST_RETRY_NS
    _workers: WorkerCounts = msgspec.field(default_factory=WorkerCounts)

    def __post_init__(self) -> None:
        self._pin = self._committed_pin()

    def _committed_pin(self) -> RunRule | None:
        last = self.log.last
        return RunRule.of(last) if last is not None and last.next else None

    @property
    def epoch(self) -> int:
        return self.log.last.epoch if self.log.last else 0

    @property
    def is_finished(self) -> bool:
        return self.log.last is not None and self.log.last.finished

    def on_sync(self, message: Message, now_ns: int) -> list[Message]:
        """Return the answers to a replayer; [] to a message that no replayer sends."""
        try:
            match message:
                case Hello():
                    return [self._on_hello(message)]
                case Ping():
                    return self._on_ping(message, now_ns)
        except DiskFull as full:
            self._stall(full, now_ns)
        return []

    def _on_hello(self, hello: Hello) -> Message:
        last = self.log.last
        if last is not None and last.run != hello.run:
            return Refused(
                hello.nonce,
                f"the sink's folder holds another run ({last.run.hex()[:8]}, "
                f"this one is {hello.run.hex()[:8]})",
                "run: another --out DIR, or --fresh; parts: end the sink, start it with --fresh",
            )
        if self.is_finished or hello.nonce == self._holder_nonce:
            return self._welcome(hello.nonce)
        if hello.held_epoch and hello.held_epoch < self.epoch:
            return FencedNotice(hello.held_epoch, self.epoch)
        if (hello.sink_incarnation, hello.sink_epoch) != (self.incarnation, self.epoch):
            return Offer(hello.nonce, self.incarnation, self.epoch)
        if hello.held_epoch > self.epoch + MAX_EPOCHS_LOST:
            return Refused(
                hello.nonce,
                f"the replayer claims epoch {hello.held_epoch}, "
                f"but the last one of this folder is {self.epoch}",
                "restart the replayer",
            )
        # A slot that could not be read may have granted an epoch, after a leap like this one.
        lost = self.log.repaired_slots
        leap = lost + self.incarnation % MAX_LEAP if lost else 0
        epoch = max(self.epoch, hello.held_epoch) + 1 + leap
        if last is None:
            self.log.adopt(hello.run)
        self.log.commit_epoch(epoch)
        assert self.log.last is not None
        self._group.clear()
        self.resequencer.begin_epoch(hello.run, epoch, self.log.last.next)
        self._pin = self._committed_pin()
        self._has_room()
        self._holder_nonce = hello.nonce
        return self._welcome(hello.nonce)

    def _welcome(self, nonce: bytes) -> Welcome:
        last = self.log.last
        assert last is not None
        limit = last.next + WINDOW_QUOTES
        return Welcome(
            nonce,
            last.epoch,
            last.next,
            limit,
            last.cursor,
            self.incarnation,
            last.finished,
            last.commanded,
            self.log.period_ns,
            PROGRAM_VERSION,
        )

    def _on_ping(self, ping: Ping, now_ns: int) -> list[Message]:
        last = self.log.last
        if last is None or last.run != ping.run or ping.epoch > last.epoch:
            return [Offer(NO_NONCE, self.incarnation, self.epoch)]
        if ping.epoch < last.epoch:
            return [FencedNotice(ping.epoch, last.epoch)]
        if ping.commanded > last.commanded:
            self.log.commit_commanded(ping.commanded)
            self._has_room()
        if ping.end == last.next and not last.finished:
            self.log.commit_finished()
            self._has_room()
        return [self.ack(), self._report(now_ns)]

    def ack(self) -> Ack:
        """Return how far the run has been committed."""
        last = self.log.last
        assert last is not None
        return Ack(
            run=last.run,
            epoch=last.epoch,
            next=last.next,
            limit=last.next + WINDOW_QUOTES,
            sink_incarnation=self.incarnation,
            held=self._held_ranges(),
            mids=last.mids,
            skipped=last.skipped,
            blank=last.blank,
            finished=last.finished,
            stalled=self.stalled,
        )

    def _held_ranges(self) -> tuple[tuple[int, int], ...]:
        """Return what needs no resend; that includes a group that waits for the disk.

        Otherwise a disk that stays full would look to the replayer like a batch that never comes
        back while later ones do.
        """
        waiting = self.resequencer.held_ranges()
        if not self._group:
            return waiting
        first = self._group[0].first
        return ((first, self.resequencer.next - first), *waiting)[:MAX_HELD_RANGES]

    def on_result(self, result: Result, now_ns: int) -> None:
        """Hold a worker's result until its turn, or count why not."""
        rule = RunRule.of(result)
        if fault := fault_of(result):
            self.refused += 1
            self.problem = f"worker {result.worker} sent {fault}: such results are refused"
            return
        if self._pin is not None and rule != self._pin:
            self.refused += 1
            worker = result.worker[:MAX_WORKER_NAME_CHARS]
            self.problem = f"worker {worker} {rule.beside(self._pin)}: its results are refused"
            return
        if self.needs_table and not rule.has_table:
            self.refused += 1
            worker = result.worker[:MAX_WORKER_NAME_CHARS]
            self.problem = f"worker {worker} has no --table, this sink has: its results are refused"
            return
        verdict = self.resequencer.accept(result)
        if verdict is not Verdict.HELD:
            self.duplicates += verdict is Verdict.DUPLICATE
            return
        self._pin = rule
        self._workers.add(result, now_ns)

    def has_commit_due(self, now_ns: int) -> bool:
        """Return whether lines are waiting that could be committed now."""
        if self.stalled and now_ns < self._retry_ns:
            return False
        return bool(self._group) or self.resequencer.has_next

    def gather_ns(self, now_ns: int) -> int:
        """Return how long a small group is to wait for more results, 0 if not at all."""
        is_little = self.resequencer.held_bytes < SMALL_GROUP_BYTES and not self.stalled
        if not is_little or not self.has_commit_due(now_ns):
            return 0
        return max(0, self._gather_until_ns - now_ns)

    def rest_ns(self, now_ns: int) -> int:
        """Return how long to look for no results: they will come, and none will be committed.

        So it is behind a commit of several small ones; else the first is to wake the sink.
        """
        is_flowing = self._is_flowing and not self.stalled
        return max(0, self._gather_until_ns - now_ns) if is_flowing else 0

    def commit(self, now_ns: int) -> bool:
        """Commit the next group; False if the disk is full."""
        if not self._group:
            is_small = self.resequencer.held_bytes < SMALL_GROUP_BYTES
            self._gather_until_ns = now_ns + GATHER_NS if is_small else 0
            self._group = self.resequencer.take(GROUP_BYTES)
            self._is_flowing = is_small and len(self._group) > 1
        try:
            self.log.append(self._group)
        except DiskFull as full:
            self._stall(full, now_ns)
            return False
        if self.on_committed is not None:
            self.on_committed(self._group)
        self._group = []
        self._has_room()
        return True

    @property
    def retry_ns(self) -> int | None:
        """When to retry a stalled commit."""
        return self._retry_ns if self.stalled and self._group else None

    def _has_room(self) -> None:
        self.stalled = ""
        self._retry_delay_ns = FIRST_RETRY_NS

    def _stall(self, full: DiskFull, now_ns: int) -> None:
        self.stalled = str(full)[:MAX_TEXT_CHARS]
        self._retry_ns = now_ns + self._retry_delay_ns
        self._retry_delay_ns = min(MAX_RETRY_NS, 2 * self._retry_delay_ns)

    def _report(self, now_ns: int) -> Report:
        return Report(
            self._workers.rows(now_ns),
            self.duplicates,
            self.refused,
            self.problem,
            self.dropped,
            self.resequencer.waiting,
            (),
        )
