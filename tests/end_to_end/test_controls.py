"""Whatever is said to a running replay, and whoever is killed meanwhile: the reference's bytes."""

from pathlib import Path

import pytest

from tests.end_to_end.controls import Controls
from tests.end_to_end.processes import parts

CONTROLS = 200
KILL_EVERY = 25


@pytest.mark.parametrize("seed", [1])
def test_two_hundred_controls_and_kills_in_between_give_the_bytes_of_a_plain_walk(
    tmp_path: Path, seed: int
) -> None:
    with parts(tmp_path) as these:
        controls = Controls(these, tmp_path, seed)
        controls.say(CONTROLS, KILL_EVERY)
        written = controls.finish()
        mids, errors, _ = controls.expected()

    assert (mids, errors) == written
    assert {"pause", "resume", "speed", "step", "seek", "mode", "loop"} == set(controls.said)
    assert (CONTROLS // KILL_EVERY, CONTROLS + 4) == (controls.kills, controls.said.total())
