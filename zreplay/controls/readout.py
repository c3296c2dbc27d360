"""What is read out of a running replayer: its place, its status, how true its timing is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from protocol.messages import HISTORICAL
from protocol.program.recent_diagnostics import RECENT
from zreplay.controls.status import (
    SCHEMA,
    Facts,
    diagnostic_rows,
    sink_counts,
    state_of,
    worker_rows,
)
from zreplay.quotes.timestamp_text import time_text
from zreplay.settings import rate_text

if TYPE_CHECKING:
    from zreplay.controls.rates import Rates
    from zreplay.replayer.replayer import Replayer


def state_now(replayer: Replayer, now_ns: int) -> tuple[str, str]:
    """Return the state word and what the replayer waits for."""
    player = replayer.player
    return state_of(
        Facts(
            mode=replayer.session.state.mode,
            is_paused=player.schedule.clock.is_paused,
            is_draining=replayer.session.is_draining,
            is_done=player.is_at_end and replayer.session.window.is_empty,
            is_let_in=replayer.session.is_in and not replayer.is_sink_silent(now_ns),
            is_blocked=player.is_blocked,
            is_window_full=player.is_window_full,
            in_flight_quotes=replayer.session.window.in_flight_quotes,
            sync=replayer.settings.sync,
            bind=replayer.settings.bind,
            stalled=_stalled(replayer),
            gate=replayer.gate.waits_for(replayer.link.peers.update(), now_ns),
            feeds=replayer.inputs.feeds(),
            is_tended=replayer.settings.parent_fd is not None,
        )
    )


def place_of(replayer: Replayer, now_ns: int) -> dict[str, Any]:
    """Return what every answer says: state, mode and position."""
    session, schedule = replayer.session, replayer.player.schedule
    state, waits_for = state_now(replayer, now_ns)
    return {
        "state": state,
        "waits_for": waits_for,
        "mode": session.log.target_mode,
        "loop": session.log.target_loop,
        "epoch": session.epoch,
        "record": session.window.next,
        "segment": session.state.segment,
        "pass": session.state.pass_number,
        "arrival_ns": schedule.last_arrival_ns,
        "time": time_text(schedule.last_arrival_ns),
        "progress": replayer.inputs.progress() if session.log.target_mode == HISTORICAL else None,
    }


def stats_of(replayer: Replayer, rates: Rates) -> dict[str, Any]:
    """Return how true the timing is, and where the time went."""
    schedule = replayer.player.schedule
    return {
        "speed": rate_text(schedule.clock.rate),
        "speed_now": rates.replayed_ns.per_second() / 1e9,
        "lateness_ns": schedule.lateness.summary_ns(),
        "paced_quotes": schedule.lateness.count,
        "late_share": schedule.lateness.share_over_1ms,
        **schedule.counters.as_fields(),
        "resent_batches": replayer.session.window.resent_batches,
    }


def status_of(replayer: Replayer, rates: Rates, now_ns: int) -> dict[str, Any]:
    """Return all that an operator wants to know."""
    session = replayer.session
    window, ack, report = session.window, session.last_ack, session.last_report
    return {
        "schema": SCHEMA,
        **place_of(replayer, now_ns),
        "run": session.run.hex(),
        "pid": os.getpid(),
        "uptime_ns": now_ns - replayer.started_ns,
        "acks": replayer.settings.acks,
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
        "connected_workers": replayer.link.peers.count,
        "malformed_messages": replayer.link.malformed,
        "mids": ack.mids if ack else 0,
        "latency_skipped": ack.skipped if ack else 0,
        "blank": ack.blank if ack else 0,
        "rejected": replayer.inputs.rejected.count,
        **stats_of(replayer, rates),
        "age_ns": window.age.summary_ns() if session.is_acknowledged else None,
        "workers": worker_rows(report),
        "sink": sink_counts(report),
        "diagnostics": diagnostic_rows(RECENT.latest(), report),
        "problem": report.problem if report else "",
        "feeds": replayer.inputs.feeds(),
    }


def _stalled(replayer: Replayer) -> str:
    """Say which disk has no room, here or at the sink."""
    at_the_sink = replayer.session.last_ack.stalled if replayer.session.last_ack else ""
    return replayer.commands.stalled or replayer.inputs.rejected.stalled or at_the_sink
