"""What each control verb does to a running replayer, and what it answers.

Every verb is idempotent; what cannot be done is refused with the reason and changes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from protocol.errors import SettingsError
from protocol.messages import MODES
from protocol.recent_diagnostics import RECENT
from zreplay.control import Answer, Request
from zreplay.settings import check_mode, parse_rate, rate_text
from zreplay.status import (
    SCHEMA,
    Facts,
    diagnostic_rows,
    sink_counts,
    state_of,
    time_text,
    worker_rows,
)

if TYPE_CHECKING:
    from zreplay.replayer import Replayer


def answer(replayer: Replayer, request: Request, now_ns: int) -> Answer:
    """Do what was asked and return the answer.

    Raises:
        ZreplayError: it cannot be done; nothing has changed.
    """
    return VERBS[request.verb](replayer, request.value, now_ns)


def _mode(replayer: Replayer, value: str, now_ns: int) -> Answer:
    if value not in MODES:
        raise SettingsError(f"mode was {value!r}", fix=f"one of {', '.join(MODES)}", code="Z203")
    check_mode(value, replayer.settings)
    if replayer.was_complete or replayer.is_finished or replayer.end is not None:
        raise SettingsError(
            "the run is at its end and finishing; its mode stays as it is", code="Z212"
        )
    player = replayer.player
    before = player.timeline.target_mode
    if value != before:
        record = player.window.next if replayer.is_let_in else None
        commands = list(player.timeline.commands)
        player.timeline.accept("mode", value, record)
        if replayer.is_acknowledged:
            try:
                replayer.state.write_commands(replayer.run_id, player.timeline.kept)
            except BaseException:
                player.timeline.commands = commands
                raise
        if replayer.is_let_in:
            player.apply_commands()
    return _changed(replayer, before, value, now_ns)


def _pause(replayer: Replayer, value: str, now_ns: int) -> Answer:
    before = _motion(replayer)
    replayer.player.clock.pause(now_ns)
    return _changed(replayer, before, _motion(replayer), now_ns)


def _resume(replayer: Replayer, value: str, now_ns: int) -> Answer:
    before = _motion(replayer)
    replayer.player.clock.resume(now_ns)
    return _changed(replayer, before, _motion(replayer), now_ns)


def _speed(replayer: Replayer, value: str, now_ns: int) -> Answer:
    clock = replayer.player.clock
    before = rate_text(clock.rate)
    clock.set_rate(parse_rate(value), now_ns)
    return _changed(replayer, before, rate_text(clock.rate), now_ns)


def _stop(replayer: Replayer, value: str, now_ns: int) -> Answer:
    replayer.drain(now_ns)
    return _changed(replayer, "running", "draining", now_ns)


def _ping(replayer: Replayer, value: str, now_ns: int) -> Answer:
    return {"ok": True, **_place(replayer, now_ns)}


def _status(replayer: Replayer, value: str, now_ns: int) -> Answer:
    player, ack = replayer.player, replayer.last_ack
    window = player.window
    report = replayer.last_report
    elapsed_ns = now_ns - replayer.started_ns
    return {
        "ok": True,
        "schema": SCHEMA,
        **_place(replayer, now_ns),
        "run": replayer.run_id.hex(),
        "pid": os.getpid(),
        "uptime_ns": elapsed_ns,
        "speed": rate_text(player.clock.rate),
        "acks": replayer.settings.acks,
        "sent": window.next,
        "sent_batches": player.sent_batches,
        "committed": window.committed,
        "sent_per_second": replayer.sent_meter.per_second(),
        "committed_per_second": replayer.committed_meter.per_second(),
        "in_flight": {
            "quotes": window.in_flight_quotes,
            "window_quotes": window.max_quotes,
            "bytes": window.in_flight_bytes,
            "window_bytes": window.max_bytes,
        },
        "blocked_ns": player.blocked_ns,
        "resent_batches": window.resent_batches,
        "malformed_messages": replayer.link.malformed,
        "mids": ack.mids if ack else 0,
        "latency_skipped": ack.skipped if ack else 0,
        "rejected": replayer.deck.rejected.count,
        "lateness_ns": player.lateness.summary_ns(),
        "age_ns": window.age.summary_ns() if replayer.is_acknowledged else None,
        "workers": worker_rows(report),
        "sink": sink_counts(report),
        "diagnostics": diagnostic_rows(RECENT.latest(), report),
        "problem": report.problem if report else "",
        "feeds": replayer.deck.feeds(),
    }


def _changed(replayer: Replayer, before: str, after: str, now_ns: int) -> Answer:
    changed = f"{before} -> {after}" if before != after else f"already {after}"
    return {"ok": True, "changed": changed, **_place(replayer, now_ns)}


def _motion(replayer: Replayer) -> str:
    return "paused" if replayer.player.clock.is_paused else "running"


def _place(replayer: Replayer, now_ns: int) -> dict[str, Any]:
    """Return what every answer says: state, mode and position."""
    player = replayer.player
    feeds = replayer.deck.feeds()
    state, waits_for = state_of(
        Facts(
            mode=player.timeline.mode,
            is_paused=player.clock.is_paused,
            is_draining=replayer.is_draining,
            is_done=player.is_at_end and player.window.is_empty,
            is_let_in=replayer.is_let_in and not replayer.is_sink_silent(now_ns),
            is_blocked=player.is_blocked,
            is_window_full=player.is_window_full,
            in_flight_quotes=player.window.in_flight_quotes,
            sync=replayer.settings.sync,
            bind=replayer.settings.bind,
            stalled=_stalled(replayer),
            feeds=feeds,
        )
    )
    return {
        "state": state,
        "waits_for": waits_for,
        "mode": player.timeline.target_mode,
        "epoch": player.epoch,
        "record": player.window.next,
        "segment": player.timeline.segment,
        "arrival_ns": player.last_arrival_ns,
        "time": time_text(player.last_arrival_ns),
        "progress": replayer.deck.progress(),
    }


def _stalled(replayer: Replayer) -> str:
    """Say which disk has no room, here or at the sink."""
    at_the_sink = replayer.last_ack.stalled if replayer.last_ack else ""
    return replayer.stalled or replayer.deck.rejected.stalled or at_the_sink


VERBS: Final[dict[str, Callable[[Replayer, str, int], Answer]]] = {
    "mode": _mode,
    "pause": _pause,
    "resume": _resume,
    "speed": _speed,
    "status": _status,
    "stop": _stop,
    "ping": _ping,
}
