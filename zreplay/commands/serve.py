"""`zreplay serve`: a replayer from its settings to its summary and exit code."""

import signal
import time
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

import click

from protocol.errors import EXIT_DONE, EXIT_INTERRUPTED, EXIT_ROWS_REJECTED
from protocol.json_text import json_bytes
from protocol.program.diagnostics import Log
from protocol.program.public_address import warn_if_public
from protocol.program.serving import serving
from protocol.program.stop import StopSignal
from zreplay.controls.operator import Operator
from zreplay.controls.rates import Rates
from zreplay.controls.readout import stats_of
from zreplay.controls.replayer_metrics import replayer_metrics
from zreplay.historical.historical_source import check_files
from zreplay.recordings.formats.layout import Layout
from zreplay.replayer.replayer import Replayer
from zreplay.replayer.state import ReplayerState
from zreplay.settings import ReplaySettings

LAST_WORDS: Final = ("complete", "quotes", "mids", "latency_skipped", "rejected")
"""What of the summary is said; all of it is what `--json` prints."""

log = Log("zreplay")


def serve(settings: ReplaySettings, *, as_json: bool) -> int:
    """Replay until done or stopped; return the exit code.

    Raises:
        ZreplayError: it cannot begin, or cannot go on.
    """
    layouts = check_files(settings.historical, settings.columns)
    stop = StopSignal.install()
    if settings.insecure:
        warn_if_public(settings.bind, settings.control)
    state = ReplayerState(settings.state, fresh=settings.fresh, lock_wait_ns=settings.lock_wait_ns)
    try:
        if state.earlier.is_kept and not settings.fresh:
            log.warning("an earlier state is kept until the run begins", folder=state.earlier.path)
        replayer = Replayer(settings, state, stop)
        operator = Operator(replayer)
        try:
            with serving(
                settings.metrics,
                lambda: replayer_metrics(
                    operator.status(time.monotonic_ns()),
                    replayer.player.schedule.lateness,
                    replayer.session.window.age,
                ),
                lambda: _missing(replayer),
                insecure=settings.insecure,
            ):
                replayer.run(operator)
            summary = summary_of(replayer, operator.rates) | {"formats": formats_of(layouts)}
            if _has_ended_by_itself(replayer) and not replayer.session.was_complete:
                state.begin()  # be it without a quote
        finally:
            replayer.close()
    finally:
        state.close()
    if as_json:
        click.echo(json_bytes(summary).decode())
    log.info("replayer ended", **{name: summary[name] for name in LAST_WORDS})
    if not _has_ended_by_itself(replayer):
        return EXIT_INTERRUPTED if stop.signal_number == signal.SIGINT else EXIT_DONE
    has_rejected = summary["rejected"] and not replayer.session.was_complete
    return EXIT_ROWS_REJECTED if has_rejected else EXIT_DONE


def summary_of(replayer: Replayer, rates: Rates) -> dict[str, Any]:
    """Return the canonical counts of a replayer that has ended."""
    player, session = replayer.player, replayer.session
    window, ack = session.window, session.last_ack
    # Where the sink is told the end, only it says that the run is complete.
    is_played_out = not replayer.settings.exit_when_done and player.is_at_end and window.is_empty
    return {
        "complete": _has_ended_by_itself(replayer) or is_played_out,
        "was_complete": session.was_complete,
        "quotes": ack.next if ack else window.committed,
        "mids": ack.mids if ack else 0,
        "latency_skipped": ack.skipped if ack else 0,
        "blank": ack.blank if ack else 0,
        "rejected": replayer.inputs.rejected.count,
        **stats_of(replayer, rates),
        "age_ns": window.age.summary_ns() if session.is_acknowledged else None,
        "session_quotes": session.sent_quotes,
    }


def formats_of(layouts: Iterable[Layout | None]) -> dict[str, int]:
    """Return what the files were taken for, in words, and how many of each there are."""
    return Counter(layout.described() for layout in layouts if layout is not None)


def _missing(replayer: Replayer) -> str:
    """Return what a replayer cannot do its work without, empty if it is there."""
    if replayer.session.is_in and not replayer.is_sink_silent(time.monotonic_ns()):
        return ""
    return "no sink that answers"


def _has_ended_by_itself(replayer: Replayer) -> bool:
    return replayer.session.is_finished or replayer.is_end_without_sink
