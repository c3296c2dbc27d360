"""What is read out of a running replayer: its place, its status, how accurate its timing is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from protocol.messages import HISTORICAL
from protocol.program.recent_diagnostics import RECENT
from zreplay.controls.progress import (
    PassFacts,
    Playing,
    Share,
    left_ns,
    share_of_pass,
    share_of_run,
)
from zreplay.controls.status import (
    SCHEMA,
    Facts,
    diagnostic_rows,
    sink_counts,
    state_of,
    worker_rows,
)
from zreplay.historical.historical_cursor import quotes_before
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
            gate=replayer.gate.waits_for(replayer.link.peers.count, now_ns),
            feeds=replayer.inputs.feeds(),
            reading=_reading(replayer),
            is_tended=replayer.settings.parent_fd is not None,
        )
    )


def place_of(replayer: Replayer, now_ns: int) -> dict[str, Any]:
    """Return what every answer includes: state, mode and position."""
    return _place_by(replayer, now_ns, _facts_in_files(replayer, now_ns))


def _place_by(replayer: Replayer, now_ns: int, facts: PassFacts | None) -> dict[str, Any]:
    session, schedule = replayer.session, replayer.player.schedule
    state, waits_for = state_now(replayer, now_ns)
    share = None if facts is None else share_of_pass(facts)
    return {
        "state": state,
        "waits_for": waits_for,
        "mode": session.log.target_mode,
        "loop": session.log.target_loop,
        "epoch": session.epoch,
        "record": session.window.next,
        "segment": session.state.segment,
        "pass": session.state.pass_number,
        "passes": session.state.passes,
        "arrival_ns": schedule.last_arrival_ns,
        "time": time_text(schedule.last_arrival_ns),
        "progress": share_of_run(share.done, playing_of(replayer)) if share else None,
        "progress_of": share.of if share else "",
    }


def _facts_in_files(replayer: Replayer, now_ns: int) -> PassFacts | None:
    """Return what is known of the present pass, None where the quotes are not those of files.

    Of thousands of files that takes a while: an answer asks for it once.
    """
    is_in_files = replayer.session.log.target_mode == HISTORICAL
    return pass_facts(replayer, now_ns) if is_in_files else None


def pass_facts(replayer: Replayer, now_ns: int) -> PassFacts:
    """Return what is known of the present pass over the files."""
    inputs, session = replayer.inputs, replayer.session
    selection, window, head = (
        replayer.settings.selection,
        inputs.window,
        inputs.playhead(HISTORICAL),
    )
    start_ns = window.start_ns if window else None
    return PassFacts(
        sent=0 if session.is_rewound else quotes_before(session.places[HISTORICAL]),
        limit=selection.limit if selection else None,
        start_ns=inputs.files_reached.first_ns if start_ns is None else start_ns,
        end_ns=window.end_ns if window else None,
        # Until the first quote of a pass has left, it is the last of the one before.
        present_ns=None if session.is_rewound else replayer.player.present_ns(now_ns),
        counts=inputs.row_counts,
        # Of many files it takes long, and quotes are better.
        files_share=inputs.files_share() if inputs.row_counts is None else None,
        is_over=head is not None and head.is_ended,
    )


def playing_of(replayer: Replayer) -> Playing:
    """Return how the files are played, and how often."""
    state, clock = replayer.session.state, replayer.player.schedule.clock
    return Playing(
        rate=None if clock.rate is None else float(clock.rate),
        cuts_gaps=replayer.settings.max_gap_ns is not None,
        # The next one begins with its first quote: until then the numbers are of the last.
        pass_number=state.pass_number + replayer.session.is_rewound,
        passes=state.passes,
    )


def take_tick(replayer: Replayer, rates: Rates, now_ns: int) -> None:
    """Note where the replay stands, about once a second in which it goes on."""
    schedule, session = replayer.player.schedule, replayer.session
    if not rates.pace.pass_time(now_ns, is_paused=schedule.clock.is_paused):
        return
    share, passes, present_ns = Share(None, ""), None, None
    facts = _facts_in_files(replayer, now_ns)
    if facts is not None:
        share, present_ns = share_of_pass(facts), facts.present_ns
        number = playing_of(replayer).pass_number
        passes = None if share.done is None else number + share.done
    state = session.state
    # A loop begins a segment too, and is no change of the way.
    stretch = state.mode, session.epoch, state.segment - state.pass_number
    rates.pace.tick(passes, present_ns, (stretch, schedule.clock.rate, share.of))


def stats_of(replayer: Replayer, rates: Rates) -> dict[str, Any]:
    """Return how accurate the timing is, and where the time went."""
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
    """Return everything an operator wants to know."""
    session = replayer.session
    window, ack, report = session.window, session.last_ack, session.last_report
    facts = _facts_in_files(replayer, now_ns)
    return {
        "schema": SCHEMA,
        **_place_by(replayer, now_ns, facts),
        "left_ns": _left_ns(replayer, rates, facts),
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
        "rejected": replayer.inputs.rejected.count,
        **stats_of(replayer, rates),
        "age_ns": window.age.summary_ns() if session.is_acknowledged else None,
        "workers": worker_rows(report),
        "sink": sink_counts(report),
        "diagnostics": diagnostic_rows(RECENT.latest(), report),
        "problem": report.problem if report else "",
        "feeds": replayer.inputs.feeds(),
    }


def _left_ns(replayer: Replayer, rates: Rates, facts: PassFacts | None) -> int | None:
    if facts is None:
        return None
    return left_ns(facts, share_of_pass(facts), playing_of(replayer), rates.pace)


def _stalled(replayer: Replayer) -> str:
    """Return which disk is full, here or at the sink."""
    at_the_sink = replayer.session.last_ack.stalled if replayer.session.last_ack else ""
    return replayer.commands.stalled or replayer.inputs.rejected.stalled or at_the_sink


def _reading(replayer: Replayer) -> str:
    """Say what a seek reads through, until its first quote is there."""
    head = replayer.inputs.playhead(HISTORICAL)
    is_there = head is None or head.has_row or head.is_ended
    is_asked = replayer.session.state.mode == HISTORICAL
    return replayer.inputs.historical_places.reading() if is_asked and not is_there else ""
