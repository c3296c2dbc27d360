"""Whatever commands a replay gets, and whichever part is killed: the reference's bytes."""

import random
from pathlib import Path

import pytest

from tests.end_to_end.controls import Controls, write_recording
from tests.end_to_end.processes import parts, until
from tests.reference import controlled_logs, ordered_quotes

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


def test_of_the_seeks_that_were_said_while_paused_the_last_holds_whoever_is_killed_between(
    tmp_path: Path,
) -> None:
    path = write_recording(tmp_path / "quotes.csv", random.Random(1))
    quotes, _ = ordered_quotes([path])
    with parts(tmp_path) as these:
        these.sink()
        these.worker()
        arguments = (path, "--start-paused", "--exit-when-done", "--speed", "max")
        serve = these.serve(*arguments, "--lock-wait", "5s")
        sizes = set()
        for kill in range(1, 4):
            until(lambda kill=kill: these.ask("ping")["epoch"] == kill, "the sink")
            for percent in range(10, 60, 10):
                answer = these.ask("seek", f"{percent + kill}%")
                sizes.add((these.state / "commands.json").stat().st_size)
            serve.kill()
            serve.wait(60)
            serve = these.serve(*arguments, "--lock-wait", "5s")
        until(lambda: these.ask("ping")["epoch"] == 4, "the sink")
        these.ask("resume")

        assert 1 == serve.wait(60)
        expected = controlled_logs(quotes, [], [(0, "seek", answer["target"])])
        assert expected[:2] == these.logs()
        assert 1 == len(sizes)
