"""All in one: the replayer, the workers and the sink as child processes of one command."""

import contextlib
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from protocol.errors import EXIT_DONE, EXIT_INTERRUPTED, ResultLogError
from protocol.program.diagnostics import Log, format_in_use, json_line
from protocol.program.earlier import Earlier
from protocol.program.folder_lock import FolderLock, wake_holder
from protocol.program.service_manager import ServiceManager
from protocol.program.stop import StopSignal
from protocol.result_folder import RATES
from zreplay.controls.asking import Ask, asking
from zreplay.replayer.state import OWN_FILES, run_identity
from zreplay.supervision.begun_child import BegunChild
from zreplay.supervision.link_folder import part_address, remove_link_folder
from zreplay.supervision.link_lock import own_links
from zreplay.supervision.run_folder import (
    RUN_LOCK,
    RunFile,
    check_is_same,
    check_rule,
    clear,
    committed_in,
    earlier_run,
    has_begun,
    has_room,
    log_bytes,
    new_run_file,
    read_run_file,
    settle,
    unknown_input,
    was_empty,
    write_run_file,
)
from zreplay.supervision.run_options import run_options
from zreplay.supervision.run_settings import RunOutcome, RunSettings
from zreplay.supervision.summing_up import summed_up
from zreplay.supervision.supervisor import Child, Supervisor

if TYPE_CHECKING:
    from protocol.program.metrics_server import MetricsServer

LOCK_WAIT_NS: Final = 5_000_000_000
STOP_LIMIT_SECONDS: Final = 15.0
"""By then a replayer that was asked to end has long drained, unless it is stopped (SIGSTOP)."""
FIRST_RATE_SECONDS: Final = 1.0
CHILD_LOCKS: Final = ("sink.lock", "replayer.lock")

log = Log("zreplay")

View = Callable[[Ask, threading.Event], None]
Script = View
"""Both learn when the run is over: it does not end before they return."""


def run(
    settings: RunSettings,
    stop: StopSignal,
    view: View | None = None,
    script: Script | None = None,
    stderr_fd: int | None = None,
    begun: BegunChild | None = None,
) -> RunOutcome:
    """Replay to the end, or until a stop; return the outcome.

    `view` shows the run from a thread of its own, `script` commands it from another. The
    children's stderr goes to `stderr_fd`, or where our own goes; the replayer may be `begun`.

    Raises:
        ChildFailed: a child cannot continue.
        ZreplayError: the input, the folder or the settings cannot be used.
    """
    started = time.monotonic()
    service = ServiceManager.of(os.environ)
    run_id = run_identity(settings.replay, None).hex()
    # Before the lock: a finished run is not touched, and its folder may be read-only.
    if complete := _complete_already(settings, run_id):
        service.turn(time.monotonic_ns())  # one that exits unready has failed
        return complete
    another = "choose another folder: --out DIR"
    lock = FolderLock(settings.out, RUN_LOCK, "run", LOCK_WAIT_NS, another)
    try:
        earlier = earlier_run(settings.out, OWN_FILES)
        settle(settings.out, earlier)  # a fresh run may have been killed
        if complete := _complete_already(settings, run_id):
            return complete
        if settings.fresh or was_empty(settings.out, run_id):
            earlier.set_aside()
        try:
            with own_links() as links:
                run_file = _begin(settings, run_id, earlier, links)
                this = _Run(settings, run_file, earlier, stop, started, stderr_fd, begun)
                return this.execute(view, script, service)
        finally:
            settle(settings.out, earlier)
    finally:
        lock.release()


def _complete_already(settings: RunSettings, run_id: str) -> RunOutcome | None:
    """Return how this very run ended in its folder, None if it has not.

    Raises:
        ResultLogError: it has, and may have read another standard input.
    """
    earlier = read_run_file(settings.out)
    if settings.fresh or earlier is None or earlier.is_clearing or earlier.run != run_id:
        return None
    check_rule(settings.out, earlier, settings.rule)
    if earlier.final_summary is None or earlier.log_bytes != log_bytes(settings.out):
        return None
    if settings.reads_stdin:
        raise unknown_input(settings.out)
    return RunOutcome.at_end(earlier.final_summary, was_complete=True)


def _begin(settings: RunSettings, run_id: str, set_aside: Earlier, links: Path) -> RunFile:
    """Write run.json."""
    if set_aside.is_kept and not has_room(settings.out):
        set_aside.remove()
    earlier = read_run_file(settings.out) or read_run_file(set_aside.path)
    if earlier is not None:
        if not settings.fresh:
            check_is_same(settings.out, earlier, run_id, run_options(settings.replay))
        remove_link_folder(earlier.control)
    # This run's lock is held: who holds these is a child of one that died, and may be stopped.
    for name in CHILD_LOCKS:
        wake_holder(settings.out, name)
    run_file = new_run_file(run_id, settings.rule, links, run_options(settings.replay))
    if earlier is not None and earlier.is_clearing:
        clear(settings.out, OWN_FILES)
    with contextlib.suppress(ResultLogError):
        write_run_file(settings.out, run_file)
    return run_file


class _Run:
    def __init__(
        self,
        settings: RunSettings,
        run_file: RunFile,
        earlier: Earlier,
        stop: StopSignal,
        started: float,
        stderr_fd: int | None,
        begun: BegunChild | None,
    ) -> None:
        self._settings = settings
        self._begun = begun
        self._file = run_file
        self._earlier = earlier
        self._stop = stop
        self._started = started
        self._is_from_start = not any(log_bytes(settings.out))
        self._resumed_at = committed_in(settings.out)
        self._is_over = threading.Event()
        self._metrics: MetricsServer | None = None
        self._supervisor = Supervisor(self._written_bytes, settings.log_arguments, stderr_fd)
        self._replayer = self._add_children()
        stop.before_exit.append(self._at_once)

    def execute(
        self, view: View | None, script: Script | None, service: ServiceManager
    ) -> RunOutcome:
        threads = []
        try:
            if self._settings.preload:
                self._supervisor.fork_with(self._settings.preload)
            self._supervisor.tend(time.monotonic_ns())
            self._metrics = self._serve_metrics()  # its thread only once the parts are forked
            threads.append(threading.Thread(target=self._record_rates))
            for act in (view, script):
                if act is not None:
                    threads.append(threading.Thread(target=self._beside, args=(act,)))
            for thread in threads:
                thread.start()
            self._tend_until_ended(service)
            if self._settings.compresses:
                self._supervisor.let_end(self._sink, self._stop)
        finally:
            self._is_over.set()
            if self._metrics is not None:
                self._metrics.close()
            self._supervisor.end()
            for thread in threads:
                thread.join()
        return self._outcome()

    def _add_children(self) -> Child:
        settings, file, wait = self._settings, self._file, ("--lock-wait", "5s")
        if settings.feed_arguments is not None:
            self._supervisor.add("feed", "zreplay", ["feed", *settings.feed_arguments])
        ends = ["--bind", file.results, "--sync", file.sync, "--exit-when-done"]
        ends += ["--out", str(settings.out), *self._metrics_option("sink")]
        arguments = ["sink", *ends, *wait, *settings.sink_arguments]
        self._sink = self._supervisor.add("sink", "zmid", arguments)
        ends = ["--bind", file.batches, "--sync", file.sync, "--control", file.control]
        ends += self._metrics_option("replayer")
        rest = ["--state", str(settings.out), "--exit-when-done", "--json", *wait]
        arguments = ["serve", *ends, *rest, *settings.replay_arguments]
        # Before the workers, which try again later where nothing listens yet.
        replayer = self._supervisor.add(
            "replayer",
            "zreplay",
            arguments,
            ends_itself=True,
            reads_stdin=settings.reads_stdin,
            secrets=settings.replay.live_environment,
            begun=self._begun,
        )
        for number in range(1, settings.workers + 1):
            ends = ["--source", file.batches, "--sink", file.results, "--name", f"worker-{number}"]
            ends += self._metrics_option(f"worker {number}")
            arguments = ["worker", *ends, *settings.worker_arguments, *settings.processor_arguments]
            self._supervisor.add(f"worker {number}", "zmid", arguments)
        return replayer

    def _metrics_option(self, part: str) -> list[str]:
        """Return the option by which a part serves its metrics to the run, if they are wanted."""
        where = part_address(self._file.control, part)
        return ["--metrics", where] if self._settings.metrics else []

    def _serve_metrics(self) -> "MetricsServer | None":
        if not self._settings.metrics:
            return None
        from zreplay.supervision.part_metrics import serve_parts

        parts = [child.name for child in self._supervisor.children]
        addresses = {name: part_address(self._file.control, name) for name in parts}
        settings, restarts = self._settings, lambda: self._supervisor.restarts
        return serve_parts(settings.metrics, addresses, restarts, insecure=settings.insecure)

    def _tend_until_ended(self, service: ServiceManager) -> None:
        give_up: float | None = None
        while not self._supervisor.has_ended(self._replayer):
            self._supervisor.wait(self._stop.fd if give_up is None else None, time.monotonic_ns())
            self._supervisor.tend(time.monotonic_ns())
            service.turn(time.monotonic_ns(), is_ending=self._stop.requested > 0)
            if self._earlier.is_kept and has_begun(self._settings.out):
                self._earlier.remove()
            if self._stop.requested and give_up is None:
                log.info("draining what is in flight; a second Ctrl-C ends at once")
                self._supervisor.terminate(self._replayer)
                give_up = time.monotonic() + STOP_LIMIT_SECONDS
            if give_up is not None and time.monotonic() > give_up:
                break
        service.turn(time.monotonic_ns(), is_ending=True)

    def _at_once(self) -> None:
        self._supervisor.kill()
        remove_link_folder(self._file.control)
        text = f"ended at once; {self._settings.next_time}"
        is_json = format_in_use() == "json"
        line = json_line("warning", "zreplay", text, {}) if is_json else f"\n{text}"
        os.write(2, f"{line}\n".encode())

    def _written_bytes(self) -> int:
        return sum(log_bytes(self._settings.out))

    def _outcome(self) -> RunOutcome:
        seconds, restarts = time.monotonic() - self._started, self._supervisor.restarts
        summary = summed_up(self._replayer.output, self._resumed_at, seconds, restarts)
        was_complete = bool(summary.pop("was_complete", False))
        summary["out"] = str(self._settings.out)
        if not summary["complete"]:
            self._file.stopped_at = summary.get("quotes")
            is_ended = self._settings.is_live_alone and summary.get("in_flight") == 0
            if is_ended:
                summary["ended"] = True
                self._file.sum_up(summary, self._settings.out)
            self._write_file()
            return RunOutcome(EXIT_DONE if is_ended else EXIT_INTERRUPTED, summary)
        self._earlier.remove()  # even without a line
        self._file.sum_up(summary, self._settings.out)
        self._write_file()  # the ring also records that it is complete
        was_earlier = was_complete and not self._is_from_start and not self._supervisor.restarts
        if was_earlier and self._settings.reads_stdin:
            raise unknown_input(self._settings.out)
        return RunOutcome.at_end(summary, was_complete=was_complete)

    def _write_file(self) -> None:
        with contextlib.suppress(ResultLogError):
            write_run_file(self._settings.out, self._file)

    def _record_rates(self) -> None:
        if self._is_over.wait(FIRST_RATE_SECONDS):
            return  # before it paid for a socket or an import
        from zreplay.supervision.rate_record import record_rates

        self._beside(lambda ask, is_over: record_rates(ask, is_over, self._settings.out / RATES))

    def _beside(self, act: View | Script) -> None:
        with asking(self._file.control, self._is_over.is_set) as ask:
            act(ask, self._is_over)
