"""A value is taken, or refused as it is read; that there is none is no mistake."""

import click
import pytest
from click.testing import CliRunner

from protocol.errors import SettingsError
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


def test_what_is_refused_says_which_variable_it_is_from_and_keeps_its_code() -> None:
    def check(text: str) -> None:
        raise SettingsError(f"--x was {text}", fix="--x 1", code="Z206")

    @click.command(context_settings={"auto_envvar_prefix": "PLAY"})
    @click.option("--x", callback=checked_by(check))
    def act(x: str) -> None: ...

    typed = CliRunner().invoke(act, ["--x", "0"]).exception
    of_variable = CliRunner().invoke(act, [], env={"PLAY_X": "0"}).exception

    assert isinstance(typed, SettingsError)
    assert isinstance(of_variable, SettingsError)
    assert ("--x was 0", "--x was 0 (from PLAY_X)") == (typed.what, of_variable.what)
    assert ("--x 1", "Z206") == (of_variable.fix, of_variable.code)


def test_a_default_and_an_empty_list_are_not_looked_at() -> None:
    def check(value: object) -> None:
        pytest.fail(f"{value} was looked at")

    @click.command()
    @click.option("--x", default="1", callback=checked_by(check))
    @click.option("--y", multiple=True, callback=checked_by(check))
    def act(x: str, y: tuple[str, ...]) -> None:
        click.echo(x)

    assert "1\n" == CliRunner().invoke(act).output
