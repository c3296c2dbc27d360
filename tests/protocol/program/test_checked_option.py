"""A value is taken, or refused as it is read; that there is none is no mistake."""

import click
import pytest
from click.testing import CliRunner

from protocol.program.checked_option import checked_by


@pytest.mark.parametrize(
    ("arguments", "output", "code"),
    [
        ([], "None", 0),
        (["--x", "1"], "1", 0),
        (["--x", "0"], "", 1),
    ],
)
def test_what_the_check_refuses_is_not_taken(arguments: list[str], output: str, code: int) -> None:
    def check(value: int) -> None:
        if not value:
            raise ValueError

    @click.command()
    @click.option("--x", type=int, callback=checked_by(check))
    def act(x: int | None) -> None:
        click.echo(f"{x}")

    result = CliRunner().invoke(act, arguments)
    assert (output, code) == (result.stdout.strip() or "", result.exit_code)
