"""The settings file: what it means, what it must not contain, and what takes precedence over it."""

from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from protocol.errors import SettingsError
from protocol.program.config_file import read_config


@click.group(context_settings={"auto_envvar_prefix": "PLAY"})
@click.option("--log-format", default="auto")
@click.option("--version", is_flag=True, expose_value=False)
@click.option(
    "--config", type=click.Path(path_type=Path), is_eager=True, expose_value=False,
    callback=lambda context, _, path: setattr(
        context, "default_map", read_config(path, context.command).defaults if path else None
    ),
)  # fmt: skip
def play(log_format: str) -> None:
    click.echo(log_format)


@play.command()
@click.option("--speed", default="1")
@click.option("--lock-wait", default=0.0)
@click.option("--live", multiple=True)
@click.option("--fresh", is_flag=True)
def serve(**options: Any) -> None:
    click.echo(options)


@play.group()
def ctl() -> None: ...


@ctl.command()
@click.option("--json", "as_json", is_flag=True)
def status(as_json: bool) -> None:
    click.echo(as_json)


def read(folder: Path, text: str) -> dict[str, Any]:
    path = folder / "settings.toml"
    path.write_text(text)
    return read_config(path, play).defaults


def test_a_value_is_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(
        'log-format = "json"\n\n[serve]\n# slow\nlock_wait = 1\n[ctl.status]\njson = true\n'
    )
    expected = {
        ("log_format",): f"{path}:1",
        ("serve", "lock_wait"): f"{path}:5",
        ("ctl", "status", "as_json"): f"{path}:7",
    }
    assert expected == read_config(path, play).places


def test_a_file_is_over_another_by_single_values(tmp_path: Path) -> None:
    files = {
        "a.toml": '[serve]\nspeed = 1\nlive = ["ws://a"]\n',
        "b.toml": 'log-format = "json"\n[serve]\nspeed = 2\nfresh = true\nlive = ["ws://b"]\n',
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    upper, lower = (read_config(tmp_path / name, play, shown=name) for name in files)
    both = upper.over(lower)

    assert {
        "log_format": "json",
        "serve": {"speed": 1, "fresh": True, "live": ["ws://a"]},
    } == both.defaults
    assert ("a.toml:2", "b.toml:4") == (
        both.places["serve", "speed"],
        both.places["serve", "fresh"],
    )


def test_what_a_file_in_the_folder_of_the_call_may_not_set_is_refused_by_line(
    tmp_path: Path,
) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('[serve]\nspeed = 1\nlive = "ws://a"\n')
    with pytest.raises(SettingsError) as refused:
        read_config(path, play, shown="./play.toml", is_here=True)

    assert "Z218" == refused.value.code
    what = "./play.toml:3 [serve]: a file that was found here may not set live: a URL"
    assert what == refused.value.what
    assert "if you trust it, name it: --config ./play.toml" == refused.value.fix
    assert {"speed": 1, "live": ["ws://a"]} == read_config(path, play).defaults["serve"]


def said(folder: Path, text: str) -> str:
    with pytest.raises(SettingsError) as raised:
        read(folder, text)
    return str(raised.value)


def test_tables_are_commands_and_keys_are_options(tmp_path: Path) -> None:
    text = 'log-format = "json"\n[serve]\nspeed = 10\nlock-wait = 2.5\nfresh = true\n'
    expected = {"log_format": "json", "serve": {"speed": 10, "lock_wait": 2.5, "fresh": True}}
    assert expected == read(tmp_path, text)


def test_a_key_may_be_written_with_underscores(tmp_path: Path) -> None:
    assert {"serve": {"lock_wait": 1}} == read(tmp_path, "[serve]\nlock_wait = 1\n")


def test_a_command_of_a_command_has_a_table_of_a_table(tmp_path: Path) -> None:
    expected = {"ctl": {"status": {"as_json": True}}}
    assert expected == read(tmp_path, "[ctl.status]\njson = true\n")


def test_a_repeatable_option_takes_one_text_or_a_list(tmp_path: Path) -> None:
    one, two = '[serve]\nlive = "ws://a"\n', '[serve]\nlive = ["ws://a", "ws://b"]\n'
    assert {"serve": {"live": ["ws://a"]}} == read(tmp_path, one)
    assert {"serve": {"live": ["ws://a", "ws://b"]}} == read(tmp_path, two)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[serv]\n", ("there is no 'serv'", "did you mean serve?")),
        ("[serve]\nsped = 1\n", (":2 [serve]", "there is no 'sped'", "did you mean speed?")),
        ("[serve]\nlock_wiat = 1\n", ("did you mean lock-wait?",)),
        ("[serve]\nxyzzy = 1\n", ("known settings: fresh, live, lock-wait, speed",)),
        ("speed = 1\n", ("there is no 'speed'", "in the table of its command: [serve]")),
        ("version = true\n", ("there is no 'version'",)),
        ("serve = 3\n", ("serve is a command", "[serve]")),
        ("[serve]\nspeed = [1, 2]\n", ("speed was a list",)),
        ("[serve.speed]\na = 1\n", ("speed was a table",)),
        ("[serve\n", ("is not TOML",)),
        ("[serve]\nspeed = max\n", ("is not TOML", "texts stand in quotes: speed = 'max'")),
        (f"[serve]\nspeed = {'9' * 5000}\n", ("is not TOML",)),
        (f"[serve]\nspeed = {'[' * 5000}\n", ("is not TOML",)),
        (f"[serve]\nspeed = {2**63}\n", ("speed was a number of more than 64 bits",)),
        (f"[serve]\nlive = [0x{'f' * 5000}]\n", ("live was a number of more than 64 bits",)),
    ],
)
def test_what_cannot_be_is_refused_and_says_where(
    tmp_path: Path, text: str, parts: tuple[str, ...]
) -> None:
    answer = said(tmp_path, text)
    assert [] == [part for part in (*parts, "settings.toml") if part not in answer]


def test_a_missing_file_and_a_folder_are_one_clear_message(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(SettingsError, match="cannot read"):
            read_config(path, play)


@pytest.mark.parametrize(
    ("arguments", "environment", "speed"),
    [
        ((), {}, "10"),
        ((), {"PLAY_SERVE_SPEED": "20"}, "20"),
        (("--speed", "30"), {"PLAY_SERVE_SPEED": "20"}, "30"),
    ],
)
def test_flag_over_environment_over_file_over_default(
    tmp_path: Path, arguments: tuple[str, ...], environment: dict[str, str], speed: str
) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("[serve]\nspeed = 10\n")
    result = CliRunner().invoke(play, ["--config", str(path), "serve", *arguments], env=environment)
    assert f"'speed': '{speed}'" in result.output
    assert "'lock_wait': 0.0" in result.output


def test_a_file_that_does_not_end_is_refused() -> None:
    with pytest.raises(
        SettingsError, match="/dev/zero: it has more than 1,048,576 bytes"
    ) as refused:
        read_config(Path("/dev/zero"), click.Group())

    assert "Z208" == refused.value.code
