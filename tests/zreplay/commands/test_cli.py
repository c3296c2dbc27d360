"""What a user types becomes settings, or one clear message and its exit code."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from fractions import Fraction
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from protocol.endpoints import CONTROL_ENDPOINT
from protocol.errors import (
    InputError,
    LinkError,
    PoisonBatch,
    ResultLogError,
    SettingsError,
    ZreplayError,
)
from protocol.program.stop import StopSignal
from tests.command_lines import PROGRAMS
from zreplay.commands.cli import cli, main
from zreplay.commands.ctl_cli import ctl
from zreplay.historical.latency_model import LatencyModel
from zreplay.historical.selection import Selection
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.settings import ReplaySettings
from zreplay.supervision.supervisor import ChildFailed

COMMANDS = sorted(set(cli.commands) - {"ctl"})


@pytest.fixture(autouse=True)
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the commands were called with, in place of running them."""
    settings: list[Any] = []

    def take(given: Any, *_: object, **__: object) -> int:
        settings.append(given)
        return 0

    monkeypatch.setattr("zreplay.commands.serve.serve", take)
    monkeypatch.setattr("zreplay.commands.run_command.run_files", take)
    monkeypatch.setattr("zreplay.commands.run_command.run_demo", take)
    monkeypatch.setattr("zreplay.screen.top.top", take)
    monkeypatch.setattr(StopSignal, "install", lambda: None)
    monkeypatch.setattr("protocol.program.diagnostics.set_up", lambda *_: None)
    return settings


def run(*arguments: str, **environment: str) -> None:
    result = CliRunner().invoke(cli, arguments, env=environment)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert 0 == result.exit_code, result.output


# --- settings ------------------------------------------------------------------------------


def test_without_flags_a_replayer_has_the_defaults_of_its_settings(seen: list[Any]) -> None:
    run("serve", "a.csv")

    assert [ReplaySettings(historical=(Path("a.csv"),), state=Path("logs/state"))] == seen


def test_every_flag_of_serve_arrives(seen: list[Any]) -> None:
    flags = {
        "--historical": "b.csv",
        "--live": "ws://x",
        "--mode": "live",
        "--speed": "2.5x",
        "--loop": "3",
        "--max-gap": "1.5s",
        "--on-lag": "burst",
        "--wait-workers": "4",
        "--delay": "2s",
        "--bind": "ipc:///b",
        "--control": "ipc:///c",
        "--sync": "ipc:///s",
        "--hwm": "2",
        "--window": "3",
        "--batch": "4",
        "--state": "there",
        "--reorder": "250ms",
        "--late": "reject",
        "--max-jump": "2d",
        "--max-buffer": "5",
        "--acks": "none",
        "--lock-wait": "2.5s",
        "--parent-fd": "6",
        "--column": "bid_price=best_bid",
        "--limit": "8",
        "--latency": "scale:2",
        "--metrics": "127.0.0.1:9464",
    }
    pairs = [text for pair in flags.items() for text in pair]
    run("serve", "a.csv", *pairs, "--exit-when-done", "--start-paused", "--insecure", "--fresh")
    expected = ReplaySettings(
        historical=(Path("a.csv"), Path("b.csv")),
        live=("ws://x",),
        mode="live",
        rate=Fraction(5, 2),
        loop=3,
        max_gap_ns=1_500_000_000,
        on_lag="burst",
        wait_workers=4,
        delay_ns=2_000_000_000,
        start_paused=True,
        bind="ipc:///b",
        control="ipc:///c",
        sync="ipc:///s",
        hwm=2,
        window_quotes=3,
        batch_quotes=4,
        state=Path("there"),
        reorder_ns=250_000_000,
        late="reject",
        max_jump_ns=172_800_000_000_000,
        max_buffer_rows=5,
        acks="none",
        lock_wait_ns=2_500_000_000,
        parent_fd=6,
        metrics="127.0.0.1:9464",
        exit_when_done=True,
        insecure=True,
        fresh=True,
        columns=FormatOptions({"bid_price": "best_bid"}, latency="scale"),
        selection=Selection(limit=8),
        latency=LatencyModel("scale", 2.0),
    )

    assert [expected] == seen
    default = ReplaySettings(historical=(Path("a.csv"),))
    unchanged = {
        field.name
        for field in fields(ReplaySettings)
        if getattr(default, field.name) == getattr(expected, field.name)
    }
    assert {"window_bytes", "max_capture_bytes"} == unchanged


def test_a_flag_is_over_the_environment_is_over_the_file_is_over_the_default(
    seen: list[Any], tmp_path: Path
) -> None:
    config = tmp_path / "zreplay.toml"
    config.write_text('[serve]\nspeed = 3\nhwm = 7\nlive = ["ws://file"]\n')
    environment = {"ZREPLAY_SERVE_SPEED": "2"}
    run("serve", "a.csv")
    run("-c", str(config), "serve", "a.csv")
    run("-c", str(config), "serve", "a.csv", **environment)
    run("-c", str(config), "serve", "a.csv", "--speed", "max", **environment)

    assert [1, 3, 2, None] == [settings.rate for settings in seen]
    assert [None, 7, 7, 7] == [settings.hwm for settings in seen]
    assert [(), ("ws://file",)] == [settings.live for settings in seen[:2]]


def test_a_run_keeps_its_state_where_its_logs_are(seen: list[Any]) -> None:
    run("run", "a.csv", "--out", "there")

    assert Path("there") == seen[0].state


def test_top_looks_at_the_default_address_unless_told(seen: list[Any]) -> None:
    run("top")
    run("top", "--control", "ipc:///x")

    assert [CONTROL_ENDPOINT, "ipc:///x"] == seen


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["serve"], "nothing to replay"),
        (["serve", "a.csv", "--speed", "0"], "speed was '0'"),
        (["serve", "a.csv", "--reorder", "soon"], "--reorder was 'soon'"),
        (["serve", "a.csv", "--mode", "live"], "no live address"),
        (["serve", "a.csv", "a.csv"], "given twice"),
        (["serve", "--live", "http://x"], "neither ws:// nor wss://"),
        (["run", "a.csv", "--hwm", "0"], "hwm was 0"),
        (["run", "a.csv", "--latency-threshold", "inf"], "--latency-threshold was inf, expected"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_runs(
    seen: list[Any], arguments: list[str], said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        run(*arguments)

    assert [] == seen


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FROM", "noon"),
        ("TO", "2025-13-01"),
        ("START_OFFSET", "soon"),
        ("DURATION", "-1s"),
        ("LATENCY", "fast"),
        ("COLUMN", "bid_price"),
        ("LATENCY_THRESHOLD", "nan"),
        ("SPEED", "0"),
    ],
)
def test_config_show_refuses_a_value_in_the_words_of_the_command(name: str, value: str) -> None:
    told = []
    for arguments in (["run", "a.csv"], ["config", "show", "run"]):
        with pytest.raises(SettingsError) as refused:
            run(*arguments, **{f"ZREPLAY_RUN_{name}": value})
        told.append((refused.value.code, str(refused.value)))

    assert told[0] == told[1]
    assert ("Z203", True) == (told[0][0], repr(value) in told[0][1] or value in told[0][1])


# --- main ----------------------------------------------------------------------------------


@pytest.fixture
def fail(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Give a way to have `zreplay serve` raise, and the exit code and text that come of it."""

    def fail(
        error: BaseException, capsys: pytest.CaptureFixture[str], *arguments: str
    ) -> tuple[Any, str]:
        def serve(*_: object, **__: object) -> int:
            raise error

        monkeypatch.setattr("zreplay.commands.serve.serve", serve)
        monkeypatch.setattr(sys, "argv", ["zreplay", *(arguments or ("serve", "a.csv"))])
        with pytest.raises(SystemExit) as end:
            main()
        return end.value.code, capsys.readouterr().err

    yield fail


@pytest.mark.parametrize(
    "kind, code",
    [(SettingsError, 2), (LinkError, 3), (InputError, 4), (PoisonBatch, 5), (ResultLogError, 6)],
)
def test_an_error_of_ours_is_one_text_and_its_exit_code(
    fail: Any, capsys: pytest.CaptureFixture[str], kind: type[ZreplayError], code: int
) -> None:
    ended = fail(kind("what went wrong", fix="what to do"), capsys)

    assert (code, f"error {kind.code}: what went wrong\nfix: what to do\n") == ended


def test_what_a_child_has_said_is_not_said_again(
    fail: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (6, "") == fail(ChildFailed("the sink cannot continue", 6, is_said=True), capsys)
    code, text = fail(ChildFailed("the sink died 5 times", 70, is_said=False), capsys)
    assert (70, "error Z701: the sink died 5 times\nfix: see its diagnostics\n") == (code, text)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_interrupted_it_ends_with_130_and_no_traceback(
    fail: Any, capsys: pytest.CaptureFixture[str], error: BaseException
) -> None:
    code, text = fail(error, capsys)

    assert (130, "") == (code, text.strip())


def test_a_defect_of_ours_shows_where_and_asks_to_be_reported(
    fail: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = fail(ZeroDivisionError("oh"), capsys)

    assert 70 == code
    assert "Traceback" in text
    assert "bug in zreplay" in text


@pytest.mark.parametrize("arguments", [["serve", "--sped", "1"], ["explode"], ["feed"]])
def test_wrong_usage_is_2_and_points_at_the_help(
    fail: Any, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    code, text = fail(AssertionError("must not run"), capsys, *arguments)

    assert 2 == code
    assert "--help" in text


def test_the_exit_code_of_a_command_is_the_programs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for code in (0, 1, 130):
        monkeypatch.setattr("zreplay.commands.serve.serve", lambda *_, code=code, **__: code)
        monkeypatch.setattr(sys, "argv", ["zreplay", "serve", "a.csv"])
        with pytest.raises(SystemExit) as end:
            main()

        assert code == end.value.code


# --- help ----------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_has_an_example_of_it(command: str) -> None:
    text = CliRunner().invoke(cli, [command, "--help"]).output

    assert f"zreplay {command}" in text.partition("Example")[2]


def test_help_names_every_command() -> None:
    text = CliRunner().invoke(cli, ["-h"]).output

    assert all(f"\n  {command} " in text for command in (*COMMANDS, "ctl"))


def test_the_version_is_ours_and_that_of_libzmq(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda _: "9.8.7")
    text = CliRunner().invoke(cli, ["--version"]).output

    assert text.startswith("zreplay 9.8.7 (libzmq 4.")


def test_help_and_ctl_import_nothing_that_is_slow_to_import(checkout: Path) -> None:
    program = (
        "import sys, zreplay.commands.cli, zreplay.commands.ctl, zreplay.supervision.run_folder;"
        "print(*{'pyarrow', 'numpy', 'asyncio', 'websockets', 'rich'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=checkout, capture_output=True, text=True, check=True
    )

    assert "" == done.stdout.strip()


def test_a_run_of_a_plain_file_imports_no_pyarrow(checkout: Path) -> None:
    """Nothing that it needs takes longer to import."""
    program = (
        "import sys; from importlib import import_module;"
        "from zreplay.commands.run_command import CHILDREN_NEED;"
        "[import_module(name) for name in CHILDREN_NEED]; print('pyarrow' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=checkout, capture_output=True, text=True, check=True
    )

    assert "False" == done.stdout.strip()


def test_ctl_is_one_of_the_commands() -> None:
    assert cli.commands["ctl"] is ctl


def options_of(command: click.Command) -> Iterator[click.Option]:
    yield from (option for option in command.params if isinstance(option, click.Option))
    if isinstance(command, click.Group):
        for deeper in command.commands.values():
            yield from options_of(deeper)


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_option_says_what_it_does(program: str) -> None:
    shown = [option for option in options_of(PROGRAMS[program]) if not option.hidden]

    assert [] == [option.opts for option in shown if not option.help]


def test_without_a_command_the_help_is_shown_and_not_called_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["zreplay"])
    with pytest.raises(SystemExit) as end:
        main()

    assert 2 == end.value.code
    assert capsys.readouterr().err.startswith("Usage: ")


@pytest.mark.parametrize(
    ("option", "text"), [("speed", "fast"), ("reorder", "x"), ("delay", "x"), ("max_gap", "x")]
)
def test_a_setting_that_serve_would_refuse_is_refused_where_settings_are_shown(
    option: str, text: str, tmp_path: Path
) -> None:
    path = tmp_path / "zreplay.toml"
    path.write_text(f'[serve]\n{option} = "{text}"\n')
    refused = [
        CliRunner().invoke(cli, ["-c", str(path), *command]).exception
        for command in (["config", "show"], ["serve", "quotes.csv"])
    ]

    assert all(isinstance(error, SettingsError) for error in refused)
    assert str(refused[0]) == str(refused[1])
    assert repr(text) in str(refused[0])
