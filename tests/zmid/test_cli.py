"""What a user types becomes settings, or one clear message and an exit code."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import zmid.serve_sink
import zmid.serve_worker
from protocol.program.stop import StopSignal
from zmid.cli import cli
from zmid.settings import SinkSettings, WorkerSettings

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the commands were called with, in place of running them."""
    settings: list[Any] = []

    def take(given: Any, _: StopSignal) -> int:
        settings.append(given)
        return 0

    monkeypatch.setattr(zmid.serve_worker, "run_worker", take)
    monkeypatch.setattr(zmid.serve_sink, "run_sink", take)
    monkeypatch.setattr(StopSignal, "install", classmethod(lambda cls: cls()))
    monkeypatch.setattr("protocol.program.diagnostics.set_up", lambda *_: None)
    return settings


def run(*arguments: str, **environment: str) -> None:
    result = CliRunner().invoke(cli, arguments, env=environment)
    assert 0 == result.exit_code, result.output


def finish(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "zmid", *arguments],
        capture_output=True,
        text=True,
        timeout=20,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_without_flags_the_settings_are_the_defaults(seen: list[Any]) -> None:
    run("worker")
    run("sink")
    assert [WorkerSettings(), SinkSettings()] == seen


def test_every_flag_arrives(seen: list[Any]) -> None:
    run("worker", "--source", "ipc:///a", "--sink", "ipc:///b", "--latency-threshold", "5")
    sink = ("--out", "there", "--durability", "power", "--lock-wait", "2.5s", "--rotate", "daily")
    run("sink", *sink, "--fresh", "--exit-when-done")
    assert WorkerSettings("ipc:///a", "ipc:///b", 5.0) == seen[0]
    expected = SinkSettings(
        out=Path("there"),
        durability="power",
        rotate="daily",
        fresh=True,
        exit_when_done=True,
        lock_wait_ns=2_500_000_000,
    )
    assert expected == seen[1]


@pytest.mark.parametrize("name", ["ZMID_LATENCY_THRESHOLD", "ZMID_WORKER_LATENCY_THRESHOLD"])
def test_the_threshold_may_come_from_the_environment_and_a_flag_is_over_it(
    seen: list[Any], name: str
) -> None:
    run("worker", **{name: "50"})
    run("worker", "--latency-threshold", "60", **{name: "50"})
    assert [50.0, 60.0] == [settings.latency_threshold_ms for settings in seen]


def test_a_file_is_under_the_environment(seen: list[Any], tmp_path: Path) -> None:
    path = tmp_path / "zmid.toml"
    path.write_text("[worker]\nlatency-threshold = 40\nhwm = 3\n")
    run("--config", str(path), "worker")
    run("--config", str(path), "worker", ZMID_WORKER_HWM="2")
    assert [(40.0, 3), (40.0, 2)] == [(each.latency_threshold_ms, each.hwm) for each in seen]


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        (("worker", "--latency-threshold", "nan"), 2, "error Z203: --latency-threshold was nan"),
        (("worker", "--latency-threshold", "soon"), 2, "nor off"),
        (("worker", "--source", "5555"), 2, "error Z206: address was '5555'"),
        (("sink", "--sync", "tcp://0.0.0.0:0"), 2, "--insecure"),
        (("sink", "--out", "/dev/null/x"), 6, "error Z602: cannot use the folder /dev/null/x"),
        (("sinc",), 2, "No such command"),
    ],
)
def test_a_mistake_is_one_message_and_its_exit_code(
    arguments: tuple[str, ...], code: int, part: str, tmp_path: Path
) -> None:
    out = ("--out", str(tmp_path / "o"), "--bind", "tcp://127.0.0.1:0")
    more = out if arguments[0] == "sink" and "--out" not in arguments else ()
    ended = finish(*arguments, *more)
    assert (code, "") == (ended.returncode, ended.stdout)
    assert part in ended.stderr and "Traceback" not in ended.stderr


def test_as_a_module_it_names_the_same_table_and_command_in_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "zmid.toml"
    path.write_text("[worker]\nhwm = 'x'\n")
    ended = finish("--config", str(path), "worker")

    assert f"(from {path}:2)\nfix: zmid worker --help\n" in ended.stderr


def test_help_needs_neither_sockets_nor_arrays() -> None:
    code = (
        "import sys, zmid.cli\n"
        "try: zmid.cli.cli(['sink', '-h'])\n"
        "except SystemExit: pass\n"
        "print([name for name in ('zmq', 'pyarrow', 'numpy') if name in sys.modules])\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=20,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert "[]" == ended.stdout.splitlines()[-1]
    assert "Examples:" in ended.stdout


@pytest.mark.parametrize(
    "words, level",
    [
        ((), "INFO"),
        (("-q",), "WARNING"),
        (("--verbose",), "DEBUG"),
        (("--log-level", "error"), "ERROR"),
    ],
)
def test_how_much_is_logged_may_be_said_in_short(
    monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], level: str
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(
        "protocol.program.diagnostics.set_up", lambda _, level: seen.append(level.upper())
    )
    CliRunner().invoke(cli, [*words, "worker", "--stamp", "nosuch"])

    assert [level] == seen


@pytest.mark.parametrize(
    ("option", "value"),
    [("hwm", 0), ("latency-threshold", "nan"), ("check-processor", 101), ("processor-limit", 0)],
)
def test_a_number_that_a_worker_would_refuse_is_refused_where_settings_are_shown(
    option: str, value: object, tmp_path: Path
) -> None:
    path = tmp_path / "zmid.toml"
    path.write_text(f"[worker]\n{option} = {value}\n")
    ended = [finish("-c", str(path), *words) for words in (("worker",), ("config", "show"))]

    assert [2, 2] == [each.returncode for each in ended]
    assert ended[0].stderr == ended[1].stderr
    assert f"{option} was " in ended[0].stderr
