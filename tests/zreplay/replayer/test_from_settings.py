"""A session and a playback are what the settings say."""

from pathlib import Path

import pytest

from protocol.messages import HISTORICAL, LIVE
from tests.zreplay.example_quotes import make_block
from zreplay.delivery.command import SetMode
from zreplay.playback.playhead import Playhead
from zreplay.quotes.source import Piece
from zreplay.replayer.from_settings import inputs_of, playback_of, session_of
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
