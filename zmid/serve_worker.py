"""`zmid worker`, from its settings to its exit code."""

import os
import sys
import time

from protocol.compiled_parts import LINES, are_in_use, lack_of
from protocol.errors import EXIT_DONE
from protocol.program.diagnostics import Log
from protocol.program.key_options import connecting_guard
from protocol.program.service_manager import ServiceManager
from protocol.program.serving import serving
from protocol.program.stop import StopSignal
from protocol.program.threshold import OFF, is_off
from protocol.refusals import context_of
from zmid.metrics import worker_metrics
from zmid.settings import WorkerSettings
from zmid.worker import IDLE_WAIT_MS, Worker

log = Log("worker")


def run_worker(settings: WorkerSettings, stop: StopSignal) -> int:
    """Compute until asked to stop or the parent is gone; return the exit code.

    Raises:
        SettingsError, LinkError: an address or the key will not do.
        OtherVersion: the replayer speaks another version of the protocol.
    """
    context = context_of(connecting_guard(settings.key))
    try:
        if settings.processor:
            sys.stdout = sys.stderr  # what a processor prints is no output of ours
        worker = Worker(context, settings, stop)
        threshold_ms = settings.latency_threshold_ms
        log.info(
            "worker ready",
            worker=worker.name,
            threshold_ms=OFF if is_off(threshold_ms) else threshold_ms,
            compiled=are_in_use(LINES),
        )
        # In a run, with several workers, the replayer warns of it.
        if settings.parent_fd is None and (lack := lack_of(LINES)):
            log.warning("compiled parts are missing", **lack)
        with serving(
            settings.metrics,
            lambda: worker_metrics(worker),
            lambda: "worker ending" if worker.is_over else "",
            f"zmid {worker.name}",
            insecure=settings.insecure,
        ):
            service = ServiceManager.of(os.environ)
            while not worker.is_over:
                service.turn(time.monotonic_ns())
                worker.step(IDLE_WAIT_MS)
            service.turn(time.monotonic_ns(), is_ending=True)
        worker.close()
        log.info("worker ended", worker=worker.name, dropped_messages=worker.dropped_messages)
    finally:
        context.destroy()  # a failed start leaves a socket open, and `term` waits for it
    return EXIT_DONE
