"""A threshold is a number of milliseconds, with or without its unit, or off."""

import click
import pytest

from protocol.limits import LATENCY_LIMIT_NS
from protocol.program.threshold_option import Threshold


@pytest.mark.parametrize("text", ["20", "20.0", "20ms", " 20MS ", "0.02s", "20000us"])
def test_milliseconds_may_say_so(text: str) -> None:
    assert 20.0 == Threshold().convert(text, None, None)


def test_off_is_above_every_latency() -> None:
    assert Threshold().convert("off", None, None) > LATENCY_LIMIT_NS / 1e6


@pytest.mark.parametrize("text", ["", "ms", "20x", "none"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="not a number of milliseconds, nor off"):
        Threshold().convert(text, None, None)
