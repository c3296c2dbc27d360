"""The read-out of a replayer names every figure once."""

from pathlib import Path

from tests.zreplay.answers import make_status
from tests.zreplay.fake_sink import NO_LIMIT, load_replayer, surroundings, write_recording
from zreplay.controls.rates import Rates
from zreplay.controls.readout import position_of, stats_of, status_of


def test_the_status_holds_the_place_and_the_stats(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "quotes.csv", 30)
    with (
        surroundings(tmp_path, historical=(path,)) as around,
        around.replayer() as replayer,
    ):
        load_replayer(replayer, None, 0, NO_LIMIT)
        status = status_of(replayer, Rates(), 5)

        assert position_of(replayer, 5).items() <= status.items()
        assert stats_of(replayer, Rates()).items() <= status.items()
        assert set(make_status()) == {"ok", *status}
