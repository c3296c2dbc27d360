"""A command describes itself in the words of its caller."""

import pytest

from zreplay.delivery.command import Command, SeekTo, SetLoop, SetMode


@pytest.mark.parametrize(
    "command, verb, text",
    [
        (SetMode("live"), "mode", "live"),
        (SetLoop(passes=None), "loop", "on"),
        (SetLoop(passes=1), "loop", "off"),
        (SetLoop(passes=3), "loop", "3 passes"),
        (SeekTo(None), "seek", "start"),
        (SeekTo(1_759_446_600_020_000_000), "seek", "2025-10-02 23:10:00.020"),
    ],
)
def test_its_verb_and_value_are_those_that_were_said(
    command: Command, verb: str, text: str
) -> None:
    assert (verb, text, None) == (command.verb, str(command), command.record)
