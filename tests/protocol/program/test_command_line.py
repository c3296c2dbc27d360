"""A program ends with one text and one exit code, whatever happens in it."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import click
import pytest

from protocol.compiled_parts import ROWS
from protocol.errors import LinkError, ZreplayError
from protocol.program.command_line import begin, context_settings, own_options, run
from tests.forms import built_without, in_form


def program(happens: BaseException | None) -> click.Group:
    @click.group("program", context_settings=context_settings("PROGRAM"))
    @own_options
    def group(log_format: str, log_level: str) -> None:
        """Do what is asked."""
        begin(group, log_format, log_level)

    @group.command()
    @click.option("--number", default=1)
    @click.option("--name")
    def act(number: int, name: str | None) -> None:
        click.echo(f"number {number}")
        if happens is not None:
            raise happens

    return group


def ended(
    monkeypatch: pytest.MonkeyPatch, happens: BaseException | None, *arguments: str
) -> object:
    monkeypatch.setattr("sys.argv", ["program", *(arguments or ("act",))])
    with pytest.raises(SystemExit) as end:
        run(program(happens))
    return end.value.code


class Said(LinkError):
    """An error that another process has told already."""

    is_said = True


@pytest.mark.parametrize(
    ("happens", "code", "text"),
    [
        (None, 0, ""),
        (LinkError("no way", fix="find one"), 3, "error Z300: no way\nfix: find one\n"),
        (Said("no way"), 3, ""),
        (KeyboardInterrupt(), 130, "\n"),  # click leaves the line that ^C stands on
        (click.UsageError("not so"), 2, "error Z201: not so\nfix: program act --help\n"),
    ],
)
def test_an_end_is_one_text_and_one_exit_code(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    happens: BaseException | None,
    code: int,
    text: str,
) -> None:
    assert code == ended(monkeypatch, happens)
    assert text == capsys.readouterr().err


def test_a_defect_says_that_it_is_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ZreplayError.exit_code == ended(monkeypatch, ZeroDivisionError("ours"))
    assert "bug in zreplay" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("form", "end"),
    [
        (built_without, "; compiled)\n"),
        (partial(built_without, ROWS), f"; compiled, but for {ROWS})\n"),
        (partial(in_form, "plain"), "; nothing compiled: ZREPLAY_PURE is set)\n"),
    ],
)
def test_the_program_says_its_name_the_version_of_libzmq_and_which_parts_are_in_use(
    form: Callable[[], AbstractContextManager[None]],
    end: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with form():
        assert 0 == ended(monkeypatch, None, "--version")
    said = capsys.readouterr().out
    assert said.startswith("program ")
    assert "libzmq" in said
    assert said.endswith(end)


def test_the_environment_comes_before_the_file_and_the_file_before_the_default(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    config = tmp_path / "program.toml"
    config.write_text("[act]\nnumber = 2\n")
    for environment, expected in ((None, "number 2\n"), ("3", "number 3\n")):
        if environment is not None:
            monkeypatch.setenv("PROGRAM_ACT_NUMBER", environment)
        ended(monkeypatch, None, "--config", str(config), "act")

        assert expected == capsys.readouterr().out


@pytest.fixture
def folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[Path, Path]:
    """Return where a program finds its settings: the folder of the call, and the user's."""
    here, users = tmp_path / "here", tmp_path / "config" / "zreplay"
    here.mkdir()
    users.mkdir(parents=True)
    monkeypatch.chdir(here)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(users.parent))
    return here / "program.toml", users / "program.toml"


def test_a_file_in_the_folder_of_the_call_is_over_the_users_and_under_one_that_is_named(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    folders: tuple[Path, Path],
    tmp_path: Path,
) -> None:
    here, users = folders
    named = tmp_path / "named.toml"
    said = []
    for path, number in ((users, 2), (here, 3), (named, 4)):
        path.write_text(f"[act]\nnumber = {number}\n")
        more = ("-c", str(named)) if path == named else ()
        assert 0 == ended(monkeypatch, None, *more, "act")
        said.append(capsys.readouterr().out)
    monkeypatch.setenv("PROGRAM_ACT_NUMBER", "5")
    for more in ((), ("--number", "6")):
        assert 0 == ended(monkeypatch, None, "act", *more)
        said.append(capsys.readouterr().out)

    assert [f"number {number}\n" for number in range(2, 7)] == said


def test_a_file_in_the_folder_of_the_call_is_named_whatever_level_it_sets(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    folders: tuple[Path, Path],
) -> None:
    here, users = folders
    text = 'log-level = "error"\n'
    users.write_text(text)
    ended(monkeypatch, None)
    by_the_user = capsys.readouterr().err
    here.write_text(text)
    ended(monkeypatch, None)
    by_here = capsys.readouterr().err
    ended(monkeypatch, None, "-q", "act")

    assert ["", ""] == [by_the_user, capsys.readouterr().err]
    assert [True] == ["./program.toml" in line for line in by_here.splitlines()]


def test_a_file_that_was_found_may_not_set_what_one_that_is_named_may(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    folders: tuple[Path, Path],
) -> None:
    here, users = folders
    here.write_text('[act]\nname = "s3://others/rows"\n')

    assert 2 == ended(monkeypatch, None)
    assert "error Z218: ./program.toml:2 [act]: " in capsys.readouterr().err
    assert 0 == ended(monkeypatch, None, "-c", "program.toml", "act")
    here.rename(users)
    assert 0 == ended(monkeypatch, None)


def test_variables_that_are_no_settings_are_named_and_the_program_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PROGRAM_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("PROGRAM_VERSION", "1.2.3")
    for number in range(12):
        monkeypatch.setenv(f"PROGRAM_PORT_{number + 10}_TCP", "tcp://10.0.0.1:5555")

    assert 0 == ended(monkeypatch, None)
    said, warned = capsys.readouterr()
    assert "number 1\n" == said
    assert [True, True] == [part in warned for part in ("PROGRAM_PORT_10_TCP", " and 4 more")]


def test_a_variable_that_is_nearly_a_setting_ends_the_program(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PROGRAM_ACT_NUMBR", "3")

    assert 2 == ended(monkeypatch, None)
    assert "fix: did you mean PROGRAM_ACT_NUMBER?" in capsys.readouterr().err


def test_a_value_that_is_not_understood_is_said_with_where_it_stands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    config = tmp_path / "program.toml"
    config.write_text('[act]\nnumber = "x"\n')
    what = "error Z201: Invalid value for '--number': 'x' is not a valid integer."

    assert 2 == ended(monkeypatch, None, "--config", str(config), "act")
    assert f"{what} (from {config}:2)" == capsys.readouterr().err.splitlines()[0]
    assert 2 == ended(monkeypatch, None, "act", "--number", "x")
    assert what == capsys.readouterr().err.splitlines()[0]
    monkeypatch.setenv("PROGRAM_ACT_NUMBER", "x")
    assert 2 == ended(monkeypatch, None, "act")
    assert f"{what} (from PROGRAM_ACT_NUMBER)" == capsys.readouterr().err.splitlines()[0]


@pytest.mark.parametrize(
    ("size", "kept"), [("120", True), (str(10**50), False), ("99999", False), ("wide", False)]
)
def test_a_size_that_no_terminal_has_is_forgotten(
    monkeypatch: pytest.MonkeyPatch, size: str, kept: bool
) -> None:
    monkeypatch.setenv("COLUMNS", size)
    ended(monkeypatch, None)

    assert kept == (size == os.environ.get("COLUMNS"))
