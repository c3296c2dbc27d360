"""The session, the inputs and the playback that the settings of a replayer describe."""

import secrets
from collections.abc import Callable
from functools import partial

from protocol.limits import MAX_BATCH_QUOTES
from protocol.messages import NONCE_BYTES
from zreplay.delivery.run_state import RunState
from zreplay.delivery.session import Session
from zreplay.delivery.window import CreditWindow
from zreplay.playback.playback import Playback
from zreplay.replayer.inputs import Inputs
from zreplay.replayer.state import ReplayerState, run_identity
from zreplay.settings import STRETCH, ReplaySettings


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
    if session.is_acknowledged:  # no other run can be gone on with
        inputs.historical.keep_checkpoints(state.paths.checkpoints, session.run)
    return inputs


def playback_of(settings: ReplaySettings) -> Playback:
    return Playback(
        settings.rate,
        is_stretched=settings.on_lag == STRETCH,
        max_gap_ns=settings.max_gap_ns,
        most_quotes=min(settings.batch_quotes, MAX_BATCH_QUOTES),
    )
