"""What is read out of a running replayer: its position, its status, how accurate its timing is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from protocol.messages import HISTORICAL
from protocol.program.recent_diagnostics import RECENT
from protocol.program_version import PROGRAM_VERSION
from protocol.shown_address import shown_address
from zreplay.controls.lateness_bins import lateness_bins
from zreplay.controls.progress import left_ns, share_of_pass, share_of_run
from zreplay.controls.progress_readout import facts_in_files, left_out_of, playing_of
from zreplay.controls.status import (
    SCHEMA,
    Facts,
    diagnostic_rows,
    sink_row,
    state_of,
    worker_rows,
)
from zreplay.quotes.timestamp_text import time_text
from zreplay.settings import rate_text

if TYPE_CHECKING:
    from zreplay.controls.progress import PassFacts
    from zreplay.controls.rates import Rates
    from zreplay.delivery.session_status import SessionStatus
    from zreplay.replayer.replayer import Replayer


def position_of(replayer: Replayer, now_ns: int) -> dict[str, Any]:
    """Return what every answer includes: state, mode and position."""
    facts = facts_in_files(replayer, now_ns)
    return _position(replayer, status_at(replayer, now_ns), facts, now_ns)


def stats_of(replayer: Replayer, rates: Rates) -> dict[str, Any]:
    """Return how accurate the timing is, and where the time went."""
    playback, window = replayer.playback, replayer.session.window
    return {
        "speed": rate_text(playback.rate),
        "speed_now": rates.replayed_ns.per_second() / 1e9,
        "lateness_ns": playback.lateness.summary_ns(),
        "paced_quotes": playback.lateness.count,
        "late_share": playback.lateness.share_over_1ms,
        **playback.counters.as_fields(),
        "resent_batches": window.resent_batches,
    }


def status_of(replayer: Replayer, rates: Rates, now_ns: int) -> dict[str, Any]:
    """Return everything an operator wants to know."""
    settings, link = replayer.settings, replayer.link
    session, facts = status_at(replayer, now_ns), facts_in_files(replayer, now_ns)
    window, report = session.window, session.report
    return {
        "schema": SCHEMA,
        **_position(replayer, session, facts, now_ns),
        "left_ns": _left_ns(replayer, rates, facts),
        "run": session.run.hex(),
        "version": PROGRAM_VERSION,
        "pid": os.getpid(),
        "uptime_ns": now_ns - rates.started_ns,
        "start_at": None if settings.start_at_ns is None else time_text(settings.start_at_ns),
        "behind_start_ns": replayer.playback.clock.behind_ns(now_ns),
        "acks": settings.acks,
        "began_at": replayer.session.stream.began_at,
        "sent": window.next,
        "sent_batches": session.sent_batches,
        "committed": window.committed,
        "sent_per_second": rates.sent.per_second(),
        "committed_per_second": rates.committed.per_second(),
        "in_flight": {
            "quotes": window.in_flight_quotes,
            "window_quotes": window.max_quotes,
            "bytes": window.in_flight_bytes,
            "window_bytes": window.max_bytes,
        },
        "connected_workers": link.peers.count,
        "broadcast": {
            "address": shown_address(settings.broadcast),
            "subscribers": link.subscribers,
        },
        "malformed_messages": link.malformed,
        "mids": session.mids,
        "latency_skipped": session.latency_skipped,
        "blank": session.ack.blank if session.ack else 0,
        "rejected": replayer.inputs.rejected.count,
        **left_out_of(replayer),
        "gaps": replayer.inputs.live.gaps.count,
        **stats_of(replayer, rates),
        "lateness_bins": lateness_bins(replayer.playback.lateness),
        "age_ns": window.age.summary_ns() if session.is_acknowledged else None,
        "workers": worker_rows(report),
        "sink": sink_row(report, session.sink_version),
        "diagnostics": diagnostic_rows(RECENT.latest(), report),
        "problem": report.problem if report else "",
        "feeds": replayer.inputs.feeds(),
        "capture": replayer.inputs.live.captured(),
    }


def status_at(replayer: Replayer, now_ns: int) -> SessionStatus:
    """Return where the session stands now."""
    return replayer.session.status(now_ns, files_ended=replayer.playback.files_ended)


def state_now(replayer: Replayer, session: SessionStatus, now_ns: int) -> tuple[str, str]:
    """Return the state word and what the replayer waits for, where its session stands so."""
    settings, playback, inputs = replayer.settings, replayer.playback, replayer.inputs
    window, link = session.window, replayer.link
    return state_of(
        Facts(
            mode=session.state.mode,
            is_paused=playback.is_paused,
            is_draining=session.is_draining,
            is_done=session.is_at_end and not window.in_flight_quotes,
            is_let_in=session.is_answered,
            blocked_ns=playback.blocked_ns(now_ns),
            consumers=link.consumers,
            is_window_full=window.is_full,
            in_flight_quotes=window.in_flight_quotes,
            sync=settings.sync,
            bind=settings.bind,
            stalled=replayer.commands.stalled or inputs.stalled or session.stalled,
            gate=replayer.gate.waits_for(link.consumers, now_ns),
            feeds=inputs.feeds(),
            is_opening=not session.are_inputs_open,
            reading=inputs.historical.reading() if session.state.mode == HISTORICAL else "",
            is_tended=settings.parent_fd is not None,
        )
    )


def _position(
    replayer: Replayer, session: SessionStatus, facts: PassFacts | None, now_ns: int
) -> dict[str, Any]:
    state, waits_for = state_now(replayer, session, now_ns)
    arrival_ns = replayer.playback.last_arrival_ns
    share = None if facts is None else share_of_pass(facts)
    return {
        "state": state,
        "waits_for": waits_for,
        "mode": session.target_mode,
        "loop": session.target_loop,
        "epoch": session.epoch,
        "record": session.window.next,
        "segment": session.state.segment,
        "pass": session.state.pass_number,
        "passes": session.state.passes,
        "arrival_ns": arrival_ns,
        "time": time_text(arrival_ns),
        "progress": share_of_run(share.done, playing_of(replayer)) if share else None,
        "progress_of": share.of if share else "",
    }


def _left_ns(replayer: Replayer, rates: Rates, facts: PassFacts | None) -> int | None:
    if facts is None:
        return None
    return left_ns(facts, share_of_pass(facts), playing_of(replayer), rates.pace)
