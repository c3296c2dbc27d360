"""An option is known by its long name, and a name that is none by the nearest."""

import click
import pytest

from protocol.program.option_names import nearest, written


def test_the_long_name_is_the_one() -> None:
    assert "lock-wait" == written(click.Option(["-l", "--lock-wait"]))


@pytest.mark.parametrize(
    ("key", "answer"),
    [
        ("lock_wiat", "did you mean lock-wait?"),
        ("xyzzy", "known settings: lock-wait, speed"),
    ],
)
def test_a_name_that_is_none_is_answered(key: str, answer: str) -> None:
    assert answer == nearest(key, ["speed", "lock-wait"])
