"""What each control verb does to a running replayer, and what it answers.

The verbs are those of the table in zreplay/controls/verb_table.py; a test holds these to it.

Every verb but `step` and a relative seek is idempotent, and these are done once for an id
(repeated_requests.py). What cannot be done is refused with the reason and changes nothing. With a
sink, what changes the output is on disk before it is answered.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from protocol.errors import SettingsError
from protocol.messages import HISTORICAL, MODES
from protocol.program_version import PROGRAM_VERSION
from protocol.whole_number import whole_number
from zreplay.controls.rates import Rates
from zreplay.controls.readout import position_of, stats_of, status_at, status_of
from zreplay.controls.responder import Answer, Request
from zreplay.controls.seek_target import seek_target
from zreplay.delivery.command import OFF, ON, START, SeekTo, SetLoop, SetMode
from zreplay.quotes.timestamp_text import time_text
from zreplay.settings import check_loop, check_mode, parse_rate, rate_text

if TYPE_CHECKING:
    from zreplay.replayer.errands import Errand
    from zreplay.replayer.replayer import Replayer

MAX_STEPS: Final = 1_000_000
MAX_PASSES: Final = 1_000_000_000
STEP_BATCHES_A_TURN: Final = 64


def answer(
    replayer: Replayer, rates: Rates, request: Request, clock: Callable[[], int]
) -> Answer | Future[Answer]:
    """Carry out a request and return its answer, or a future of it: a command takes time.

    Raises:
        ZreplayError: it cannot be done; nothing has changed.
    """
    if (command := COMMANDS.get(request.verb)) is not None:
        errand = command(replayer, request.value, clock)
        return replayer.errands.add(_answered(replayer, errand, clock))
    now_ns = clock()
    match request.verb:
        case "status":
            return {"ok": True, **status_of(replayer, rates, now_ns)}
        case "stats":
            said = stats_of(replayer, rates)
        case verb:
            said = AT_ONCE[verb](replayer, request.value, now_ns)
    return {"ok": True, **said, **position_of(replayer, now_ns)}


def _answered(
    replayer: Replayer, command: Errand[Answer], clock: Callable[[], int]
) -> Errand[Answer]:
    said = yield from command
    return {"ok": True, **said, **position_of(replayer, clock())}


def _mode(replayer: Replayer, value: str, clock: Callable[[], int]) -> Errand[Answer]:
    if value not in MODES:
        raise SettingsError(f"mode was {value!r}", fix=f"one of {', '.join(MODES)}", code="Z203")
    check_mode(value, replayer.settings)
    _check_not_over(replayer, "mode")
    before = status_at(replayer, clock()).target_mode
    if value == before:
        return _changed(before, value)
    at_record = yield from replayer.commands.accept(SetMode(value))
    return {**_changed(before, value), "at_record": at_record}


def _seek(replayer: Replayer, value: str, clock: Callable[[], int]) -> Errand[Answer]:
    _check_seek(replayer, clock())
    inputs, cursors = replayer.inputs.historical, replayer.session.cursors
    present_ns = replayer.playback.present_ns(clock())
    looks_at_ends = value.strip().endswith("%") or present_ns is None
    span = yield partial(inputs.span, looks_at_ends=looks_at_ends)
    present_ns = replayer.playback.present_ns(clock())
    target_ns = seek_target(value, present_ns, span)
    if not span.is_exact and target_ns is not None and not _is_no_later(present_ns, target_ns):
        span = yield inputs.span
    # It is found while the replay goes on: then the command takes no longer than any other.
    before = cursors.historical
    read_through = yield partial(inputs.find, target_ns, before)
    _check_seek(replayer, clock())
    at_record = yield from replayer.commands.accept(SeekTo(target_ns))
    replayer.playback.clock.unschedule()
    if not span.is_exact and _is_no_later(target_ns, span.first_ns):
        # Perhaps nothing comes before it: that is not to be waited for as a gap is.
        replayer.playback.stand_at_next()
    changed = f"{_instant(present_ns)} -> {_instant(target_ns)}"
    target = START if target_ns is None else str(target_ns)
    return {
        "changed": changed,
        "target": target,
        "read_through": read_through,
        "at_record": at_record,
    }


def _is_no_later(target_ns: int | None, than_ns: int | None) -> bool:
    return target_ns is not None and than_ns is not None and target_ns <= than_ns


def _check_seek(replayer: Replayer, now_ns: int) -> None:
    _check_not_over(replayer, "position")
    if status_at(replayer, now_ns).target_mode != HISTORICAL:
        raise SettingsError(
            "the mode is live, and only the files can be seeked",
            fix="zreplay ctl mode historical, then seek",
            code="Z212",
        )


def _loop(replayer: Replayer, value: str, clock: Callable[[], int]) -> Errand[Answer]:
    command = SetLoop(_passes(value))
    check_mode(HISTORICAL, replayer.settings)
    if command.passes != 1:
        check_loop(replayer.settings)
    _check_not_over(replayer, "loop")
    before = status_at(replayer, clock()).target_loop
    if str(command) == before:
        return _changed(before, before)
    at_record = yield from replayer.commands.accept(command)
    return {**_changed(before, str(command)), "at_record": at_record}


def _passes(value: str) -> int | None:
    """Return how many times the files are played in all, None for no end."""
    if value in (ON, OFF):
        return None if value == ON else 1
    if not (passes := whole_number(value, MAX_PASSES)):
        fix = f"on, off, or how many times in all, from 1 to {MAX_PASSES:,}"
        raise SettingsError(f"loop was {value!r}", fix=fix, code="Z203")
    return passes


def _pause(replayer: Replayer, value: str, now_ns: int) -> Answer:
    before = _motion(replayer)
    replayer.playback.pause(now_ns)
    return _changed(before, _motion(replayer))


def _resume(replayer: Replayer, value: str, now_ns: int) -> Answer:
    before = _motion(replayer)
    replayer.playback.resume(now_ns)
    return _changed(before, _motion(replayer))


def _step(replayer: Replayer, value: str, now_ns: int) -> Answer:
    playback, session = replayer.playback, replayer.session
    count = whole_number(value, MAX_STEPS)
    if not count:
        raise SettingsError(
            f"step was {value!r}", fix=f"a number from 1 to {MAX_STEPS}", code="Z203"
        )
    if not playback.is_paused:
        raise SettingsError(
            "the replay is running, and only a paused one can step",
            fix="zreplay ctl pause, then step",
            code="Z212",
        )
    if session.is_at_end(files_ended=playback.files_ended):
        raise SettingsError(
            "the files are at their end", fix="seek, loop on, or mode live", code="Z212"
        )
    before = session.stream.sent_quotes
    playback.step(count)
    for _ in range(STEP_BATCHES_A_TURN):
        if not replayer.play(now_ns):
            break
    sent, queued = session.stream.sent_quotes - before, playback.steps_left
    changed = f"{sent} sent" + (f", {queued} to follow" if queued else "")
    return {"changed": changed, "sent": sent, "queued": queued}


def _speed(replayer: Replayer, value: str, now_ns: int) -> Answer:
    playback = replayer.playback
    before = rate_text(playback.rate)
    playback.set_rate(parse_rate(value), now_ns)
    return _changed(before, rate_text(playback.rate))


def _stop(replayer: Replayer, value: str, now_ns: int) -> Answer:
    before = "draining" if status_at(replayer, now_ns).is_draining else "running"
    replayer.drain.begin(now_ns)
    return _changed(before, "draining")


def _ping(replayer: Replayer, value: str, now_ns: int) -> Answer:
    return {"version": PROGRAM_VERSION, "unix_ns": time.time_ns()}


def _check_not_over(replayer: Replayer, what: str) -> None:
    session, files_ended = replayer.session, replayer.playback.files_ended
    if session.ending.is_settled(session.end(files_ended=files_ended)):
        raise SettingsError(
            f"the run is at its end and finishing; its {what} can no longer change", code="Z212"
        )


def _changed(before: str, after: str) -> dict[str, Any]:
    return {"changed": f"{before} -> {after}" if before != after else f"already {after}"}


def _instant(arrival_ns: int | None) -> str:
    return time_text(arrival_ns) or "the start"


def _motion(replayer: Replayer) -> str:
    return "paused" if replayer.playback.is_paused else "running"


COMMANDS: Final[dict[str, Callable[[Replayer, str, Callable[[], int]], Errand[Answer]]]] = {
    "mode": _mode,
    "seek": _seek,
    "loop": _loop,
}
"""The commands that change the output: one after the other, beside the running loop."""

AT_ONCE: Final[dict[str, Callable[[Replayer, str, int], Answer]]] = {
    "pause": _pause,
    "resume": _resume,
    "step": _step,
    "speed": _speed,
    "stop": _stop,
    "ping": _ping,
}
