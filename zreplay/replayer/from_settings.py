"""The session, the inputs and the playback that the settings of a replayer describe."""

import secrets
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from protocol.endpoints import BROADCAST_BATCH_QUOTES
from protocol.limits import MAX_BATCH_QUOTES
from protocol.messages import NONCE_BYTES
from zreplay.delivery.run_state import RunState
from zreplay.delivery.session import Session
from zreplay.delivery.window import CreditWindow
from zreplay.playback.playback import Playback
from zreplay.replayer.inputs import Inputs
from zreplay.replayer.state import ReplayerState, StatePaths, run_identity
from zreplay.settings import STRETCH, ReplaySettings

if TYPE_CHECKING:
    from zreplay.replayer.live_clock import LiveClock


def session_of(settings: ReplaySettings, state: ReplayerState) -> Session:
    """Return the session of the run, with the commands that it has accepted."""
    run = run_identity(settings, state)
    is_acknowledged = settings.acks == "sink"
    return Session(
        run,
        RunState(settings.start_mode, passes=settings.loop),
        state.read_commands(run) if is_acknowledged else [],
        CreditWindow(settings.window_quotes, settings.window_bytes),
        partial(secrets.token_bytes, NONCE_BYTES),
        is_acknowledged=is_acknowledged,
        exits_when_done=settings.exit_when_done,
    )


def inputs_of(
    settings: ReplaySettings, state: ReplayerState, session: Session, wake: Callable[[], None]
) -> Inputs:
    inputs = Inputs(settings, state.paths, wake)
    if session.is_acknowledged:  # no other run can be resumed
        inputs.historical.keep_checkpoints(state.paths.checkpoints, session.run)
    return inputs


def live_clock_of(settings: ReplaySettings, paths: StatePaths) -> "LiveClock | None":
    """Return what ends it by itself, None without a feed or an end."""
    if not settings.live and settings.end_at_ns is None:
        return None
    from zreplay.live.live_end import LiveEnd
    from zreplay.replayer.live_clock import LiveClock, read_clocks
    from zreplay.replayer.live_start import LiveStart

    end = LiveEnd(settings.end_after_ns, settings.end_at_ns)
    return LiveClock(end, read_clocks(), LiveStart(paths.live_start))


def start_ns_of(settings: ReplaySettings) -> int:
    """Return the monotonic instant before which nothing is sent, 0 for any.

    A clock on the wall that is set while this waits does not move it.
    """
    if settings.start_at_ns is None:
        return 0
    return time.monotonic_ns() + settings.start_at_ns - time.time_ns()


def playback_of(settings: ReplaySettings, start_ns: int = 0) -> Playback:
    """Return the playback; with a start at a time its clock is that of all who start then."""
    most = BROADCAST_BATCH_QUOTES if settings.broadcast else MAX_BATCH_QUOTES
    playback = Playback(
        settings.rate,
        is_stretched=settings.on_lag == STRETCH,
        max_gap_ns=settings.max_gap_ns,
        most_quotes=min(settings.batch_quotes, most),
        grain_ns=settings.grain_ns,
    )
    if settings.start_at_ns is not None:
        selection = settings.selection
        playback.clock.schedule(start_ns, selection.from_ns if selection else None)
    return playback
