"""`zreplay serve`: a replayer from its settings to its summary and exit code."""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from protocol.errors import EXIT_DONE, EXIT_INTERRUPTED, EXIT_ROWS_REJECTED
from protocol.json_text import json_bytes
from protocol.program.answer import SCHEMA, give_answer
from protocol.program.diagnostics import Log
from protocol.program.public_address import warn_if_public
from protocol.program.service_manager import ServiceManager
from protocol.program.serving import serving
from protocol.program.stop import StopSignal
from zreplay.controls.operator import Operator
from zreplay.controls.progress_readout import left_out_of
from zreplay.controls.rates import Rates
from zreplay.controls.readout import stats_of, status_at
from zreplay.controls.replayer_metrics import replayer_metrics
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.recording_layout import MANY_FILES, check_files
from zreplay.replayer.replayer import Replayer
from zreplay.replayer.state import ReplayerState
from zreplay.settings import ReplaySettings

LAST_WORDS: Final = ("complete", "quotes", "mids", "latency_skipped", "rejected")
"""The part of the summary that is logged; `--json` prints all of it."""

log = Log("zreplay")


def serve(settings: ReplaySettings, *, as_json: bool) -> int:
    """Replay until done or stopped; return the exit code.

    Raises:
        ZreplayError: it cannot start, or cannot continue.
    """
    layouts = check_files(settings.historical, settings.columns)
    stop = StopSignal.install()
    if settings.insecure and not settings.key:
        warn_if_public(settings.bind, settings.control, *filter(None, [settings.broadcast]))
    state = ReplayerState(settings.state, fresh=settings.fresh, lock_wait_ns=settings.lock_wait_ns)
    try:
        if state.earlier.is_kept and not settings.fresh:
            log.warning("an earlier state is kept until the run begins", folder=state.earlier.path)
        replayer = Replayer(settings, state, stop)
        service = ServiceManager.of(os.environ)
        operator = Operator(replayer, service)
        # As a part of `run`, with a sink: that says the end to who listens.
        is_alone = settings.parent_fd is None
        may_be_listened_to = settings.acks == "none" or settings.broadcast or is_alone
        try:
            with serving(
                settings.metrics,
                lambda: replayer_metrics(
                    operator.ask_status(),
                    replayer.playback.lateness,
                    replayer.session.window.age,
                ),
                lambda: _missing(replayer),
                lambda: _page(operator),
                insecure=settings.insecure,
            ):
                replayer.run(operator)
                service.turn(time.monotonic_ns(), is_ending=True)
                is_stopped_by_ctl = replayer.session.ending.is_draining and not stop.requested
                if may_be_listened_to and (is_stopped_by_ctl or _has_ended_by_itself(replayer)):
                    operator.say_farewell()
            summary = summary_of(replayer, operator.rates) | {
                "formats": formats_of(layouts, len(settings.historical))
            }
            if _has_ended_by_itself(replayer) and not summary["was_complete"]:
                state.begin()  # even without a quote
        finally:
            replayer.close()
    finally:
        state.close()
    if as_json:
        give_answer(json_bytes({"schema": SCHEMA, **summary}).decode())
    log.info("replayer ended", **{name: summary[name] for name in LAST_WORDS})
    if not _has_ended_by_itself(replayer):
        return EXIT_INTERRUPTED if stop.signal_number == signal.SIGINT else EXIT_DONE
    has_rejected = summary["rejected"] and not summary["was_complete"]
    return EXIT_ROWS_REJECTED if has_rejected else EXIT_DONE


def summary_of(replayer: Replayer, rates: Rates) -> dict[str, Any]:
    """Return the canonical counts of a replayer that has ended."""
    session = status_at(replayer, time.monotonic_ns())
    window, has_ended = session.window, _has_ended_by_itself(replayer)
    # Where the sink is told the end, only it says that the run is complete.
    is_all_committed = session.is_at_end and not window.in_flight_quotes
    is_played_out = not replayer.settings.exit_when_done and is_all_committed
    return {
        "complete": has_ended or is_played_out,
        "was_complete": replayer.session.ending.was_complete,
        "quotes": session.ack.next if session.ack else window.committed,
        "mids": session.mids,
        "latency_skipped": session.latency_skipped,
        "blank": session.ack.blank if session.ack else 0,
        "rejected": replayer.inputs.rejected.count,
        **left_out_of(replayer),
        **stats_of(replayer, rates),
        "pass": session.state.pass_number,
        "passes": session.state.passes,
        "age_ns": window.age.summary_ns() if session.is_acknowledged else None,
        "session_quotes": session.sent_quotes,
        "in_flight": window.in_flight_quotes,
        **replayer.inputs.historical.notes._asdict(),
    }


def formats_of(layouts: Iterable[Layout | None], file_count: int) -> dict[str, int]:
    """Return what the files were taken for, in words, and how many of each there are.

    `layouts` are those of the first MANY_FILES.
    """
    counts = Counter(layout.described() for layout in layouts if layout is not None)
    if file_count > MANY_FILES:
        counts[f"not told of the files behind the first {MANY_FILES}"] = file_count - MANY_FILES
    return counts


def _page(operator: Operator) -> bytes:
    # Only whoever looks at it pays for it.
    from zreplay.controls.replayer_page import replayer_page

    return replayer_page(operator.ask_status())


def _missing(replayer: Replayer) -> str:
    """Return what a replayer is missing to do its work, empty if nothing."""
    if not status_at(replayer, time.monotonic_ns()).is_answered:
        return "no sink that answers"
    return replayer.inputs.live.stuck


def _has_ended_by_itself(replayer: Replayer) -> bool:
    session, files_ended = replayer.session, replayer.playback.files_ended
    return session.ending.has_come(session.end(files_ended=files_ended))
