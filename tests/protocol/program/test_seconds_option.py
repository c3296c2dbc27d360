"""A length of time is in seconds, or says its unit."""

import click
import pytest

from protocol.program.seconds_option import Seconds


@pytest.mark.parametrize(("text", "seconds"), [("2", 2.0), ("2s", 2.0), ("500ms", 0.5), (1.5, 1.5)])
def test_without_a_unit_it_is_seconds(text: object, seconds: float) -> None:
    assert seconds == Seconds().convert(text, None, None)


def test_anything_else_is_refused() -> None:
    with pytest.raises(click.BadParameter, match="'soon' is not a time such as 2s or 500ms"):
        Seconds().convert("soon", None, None)
