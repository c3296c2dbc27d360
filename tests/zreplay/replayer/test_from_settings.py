"""A session and a playback are what the settings say."""

import time
from pathlib import Path

import pytest

from protocol.messages import HISTORICAL, LIVE
from tests.zreplay.example_quotes import make_block
from zreplay.delivery.command import SetMode
from zreplay.historical.selection import Selection
from zreplay.playback.playhead import Playhead
from zreplay.quotes.source import Piece
from zreplay.replayer.from_settings import inputs_of, playback_of, session_of, start_ns_of
from zreplay.replayer.state import ReplayerState, run_identity
from zreplay.settings import ReplaySettings


class Rows:
    is_ended = False

    def poll(self) -> Piece | None:
        return Piece(make_block(range(9)), lambda rows: b"")

    def close(self) -> None:
        pass


@pytest.mark.parametrize("acks", ["sink", "none"])
def test_a_session_has_the_commands_that_were_accepted_where_somebody_commits(
    tmp_path: Path, acks: str
) -> None:
    settings = ReplaySettings(live=("ws://x",), mode=LIVE, loop=3, acks=acks)
    state = ReplayerState(tmp_path, fresh=False, lock_wait_ns=0)
    run = run_identity(settings, state)
    command = SetMode(HISTORICAL, None)
    state.write_commands(run, [command])
    session = session_of(settings, state)
    state.close()

    assert (run, LIVE, 3) == (session.run, session.state.mode, session.state.passes)
    assert ([command] if acks == "sink" else []) == session.log.commands
    assert (acks == "sink") == session.is_acknowledged


@pytest.mark.parametrize("acks", ["sink", "none"])
def test_a_run_that_can_be_gone_on_with_keeps_checkpoints(tmp_path: Path, acks: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text("timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n")
    settings = ReplaySettings(historical=(path,), acks=acks)
    state = ReplayerState(tmp_path, fresh=False, lock_wait_ns=0)
    inputs = inputs_of(settings, state, session_of(settings, state), lambda: None)
    inputs.close()
    state.close()

    assert (acks == "sink") == (inputs.historical._places.checkpoints is not None)


def test_a_playback_has_the_speed_and_the_size_of_batches() -> None:
    playback = playback_of(ReplaySettings(live=("ws://x",), rate=None, batch_quotes=3))
    playback.play_from({HISTORICAL: Playhead(Rows())}, HISTORICAL)
    due = playback.due(0, lambda: 100, lambda: True)

    assert due is not None
    assert (None, 3) == (playback.rate, due.batch.quotes)


def test_a_batch_that_is_broadcast_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zreplay.replayer.from_settings.BROADCAST_BATCH_QUOTES", 2)
    playback = playback_of(ReplaySettings(live=("ws://x",), rate=None, broadcast="ipc:///w"))
    playback.play_from({HISTORICAL: Playhead(Rows())}, HISTORICAL)
    due = playback.due(0, lambda: 100, lambda: True)

    assert due is not None
    assert 2 == due.batch.quotes


def test_a_start_at_a_time_is_that_long_after_now_and_the_clock_is_the_schedules() -> None:
    in_an_hour_ns = time.time_ns() + 3600 * 10**9
    selection = Selection(from_ns=1_000)
    settings = ReplaySettings(
        historical=(Path("quotes.csv"),), start_at_ns=in_an_hour_ns, selection=selection
    )
    start_ns = start_ns_of(settings)
    left_ns = start_ns - time.monotonic_ns()
    clock = playback_of(settings, start_ns).clock
    clock.jump(1_007, start_ns + 3)

    assert 3590 * 10**9 < left_ns <= 3600 * 10**9
    assert 1_000 == clock.replay_now_ns(start_ns)


def test_without_one_nothing_is_waited_for() -> None:
    assert 0 == start_ns_of(ReplaySettings(live=("ws://x",)))
