"""What a user types becomes settings, or one clear message and its exit code."""

import subprocess
import sys
from collections.abc import Iterator
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
from protocol.program_version import PROGRAM_VERSION
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

    assert [ReplaySettings(historical=(Path("a.csv"),))] == seen


def test_every_flag_of_serve_arrives(seen: list[Any]) -> None:
    flags = {
        "--historical": "b.csv",
        "--live": "okx:BTC-USDT",
        "--live-url": "ws://x",
        "--silent-after": "9s,okx=7s",
        "--mode": "live",
        "--speed": "2.5x",
        "--loop": "3",
        "--max-gap": "1.5s",
        "--grain": "2ms",
        "--on-lag": "burst",
        "--wait-workers": "4",
        "--delay": "2s",
        "--start-at": "2026-11-28 15:00:00+01:00",
        "--bind": "ipc:///b",
        "--broadcast": "ipc:///w",
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
        "--max-rejected": "6",
        "--capture-quota": "7MB",
        "--keep-capture": "2d",
        "--on-overload": "block",
        "--until": "2026-01-01",
        "--acks": "none",
        "--lock-wait": "2.5s",
        "--parent-fd": "6",
        "--column": "bid_price=best_bid",
        "--limit": "8",
        "--latency": "scale:2",
        "--metrics": "127.0.0.1:9464",
        "--key": "keys/replayer.key",
        "--allowed": "allowed.toml",
    }
    pairs = [text for pair in flags.items() for text in pair]
    others = ["--exit-when-done", "--start-paused", "--insecure", "--fresh", "--without-amounts"]
    run("serve", "a.csv", *pairs, *others)
    expected = ReplaySettings(
        historical=(Path("a.csv"), Path("b.csv")),
        live=("okx:BTC-USDT",),
        live_urls={"okx": "ws://x"},
        silent_after_ns=9_000_000_000,
        silent_after_of={"okx": 7_000_000_000},
        mode="live",
        rate=Fraction(5, 2),
        loop=3,
        max_gap_ns=1_500_000_000,
        grain_ns=2_000_000,
        on_lag="burst",
        wait_workers=4,
        delay_ns=2_000_000_000,
        start_at_ns=1_795_874_400_000_000_000,
        start_paused=True,
        bind="ipc:///b",
        broadcast="ipc:///w",
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
        max_rejected=6,
        capture_quota_bytes=7_000_000,
        keep_capture_ns=172_800_000_000_000,
        on_overload="block",
        end_at_ns=1_767_225_600_000_000_000,
        acks="none",
        lock_wait_ns=2_500_000_000,
        parent_fd=6,
        metrics="127.0.0.1:9464",
        key="keys/replayer.key",
        allowed="allowed.toml",
        exit_when_done=True,
        insecure=True,
        fresh=True,
        without_amounts=True,
        columns=FormatOptions({"bid_price": "best_bid"}, latency="scale"),
        selection=Selection(limit=8),
        latency=LatencyModel("scale", 2.0),
    )

    assert [expected] == seen
    default = ReplaySettings(historical=(Path("a.csv"),))
    unchanged = {
        name
        for name in ReplaySettings.__struct_fields__
        if getattr(default, name) == getattr(expected, name)
    }
    # Of files a duration says which quotes there are: tests/zreplay/commands/test_end_options.py.
    # What a declaration declares is not an option: tests/zreplay/commands/test_live_options.py.
    assert {"window_bytes", "live_formats", "end_after_ns"} == unchanged


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


def test_the_version_is_ours_and_that_of_libzmq() -> None:
    text = CliRunner().invoke(cli, ["--version"]).output

    assert text.startswith(f"zreplay {PROGRAM_VERSION} (libzmq 4.")


def test_help_and_ctl_import_nothing_that_is_slow_to_import(checkout: Path) -> None:
    program = (
        "import sys, zreplay.commands.cli, zreplay.commands.ctl, zreplay.supervision.run_folder;"
        "print(*{'pyarrow', 'numpy', 'asyncio', 'websockets', 'rich'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=checkout, capture_output=True, text=True, check=True
    )

    assert "" == done.stdout.strip()


def test_a_run_of_a_plain_file_imports_nothing_that_only_others_need(
    checkout: Path, tmp_path: Path
) -> None:
    """Neither pyarrow, which takes longest, nor formats and venues of others."""
    program = f"""
import sys
from importlib import import_module
from zreplay.commands import cli, run_command

def run(settings, *_):
    for name in settings.preload:
        import_module(name)
    others = {{
        *("pyarrow", "asyncio", "websockets", "rich", "tomllib", "zoneinfo", "email", "difflib"),
        *("zreplay.live.live_source", "zreplay.live.known_venues", "zreplay.live.declared_venue"),
    }}
    print("preloaded", *others & set(sys.modules))
    sys.exit()

run_command.run = run
cli.cli(["run", "fixtures/historical_sample.csv", "--out", {str(tmp_path / "out")!r}])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=checkout, capture_output=True, text=True, check=True
    )

    assert "preloaded" == done.stdout.strip()


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


@pytest.mark.parametrize(
    ("command", "option"),
    [
        *(
            (command, "max-buffer")
            for command in ("serve", "run", "inspect", "convert", "backfill")
        ),
        *(
            (command, option)
            for command in ("serve", "run")
            for option in ("hwm", "batch", "window")
        ),
        ("run", "workers"),
        ("run", "latency-threshold"),
        ("run", "check-processor"),
        ("run", "processor-limit"),
        ("backfill", "workers"),
        ("backfill", "max-rejected"),
        ("inspect", "top"),
    ],
)
def test_a_number_that_a_command_would_refuse_is_refused_where_settings_are_shown(
    command: str, option: str, tmp_path: Path
) -> None:
    path = tmp_path / "zreplay.toml"
    path.write_text(f"[{command}]\n{option} = {'nan' if option.startswith('latency') else -1}\n")
    more = {"convert": ["a.csv", "--to", str(tmp_path / "b.csv")]}.get(command, ["a.csv"])
    refused = [
        CliRunner().invoke(cli, ["-c", str(path), *words]).exception
        for words in (["config", "show"], [command, *more])
    ]

    assert [SettingsError, SettingsError] == [type(error) for error in refused]
    assert str(refused[0]) == str(refused[1])
    assert f"{option} was " in str(refused[0])
