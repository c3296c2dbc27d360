"""The options of `run` reach its parts; its summary says how it ended."""

import json
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from protocol.errors import EXIT_DONE, EXIT_INTERRUPTED
from protocol.program.stop import StopSignal
from tests.command_lines import parse
from tests.listed import PATH
from tests.zreplay.answers import make_status
from tests.zreplay.fake_sink import write_recording
from tests.zreplay.fakes import FakeTime, answer_of
from zreplay.commands import begun_replayer, run_command
from zreplay.commands.cli import cli
from zreplay.commands.run_command import (
    DEMO_HISTORICAL_SECONDS,
    DEMO_LIVE_SECONDS,
    run_demo,
)
from zreplay.controls.responder import Answer
from zreplay.settings import ReplaySettings
from zreplay.supervision import begun_child
from zreplay.supervision.begun_child import BegunChild
from zreplay.supervision.run import View
from zreplay.supervision.run_settings import RunOutcome, RunSettings

SUMMARY = {
    "complete": True,
    "quotes": 30,
    "mids": 20,
    "latency_skipped": 10,
    "rejected": 0,
    "resent_batches": 0,
    "blocked_ns": 0,
    "lateness_ns": {"p50": 0, "p99": 0, "max": 0},
    "seconds": 1.0,
    "quotes_per_second": 30,
    "restarts": 0,
    "out": "logs/run",
}
LOG = {"log_format": "json", "log_level": "info"}


class FakeRun:
    """Keeps what it was called with, and comes to a given end."""

    def __init__(self) -> None:
        self.outcome = RunOutcome(EXIT_DONE, dict(SUMMARY))
        self.settings: RunSettings
        self.view: View
        self.script: Any = None

    def __call__(
        self,
        settings: RunSettings,
        stop: StopSignal,
        view: View,
        script: Any = None,
        stderr_fd: int | None = None,
        begun: BegunChild | None = None,
    ) -> RunOutcome:
        self.settings, self.view, self.script, self.begun = settings, view, script, begun
        return self.outcome


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> FakeRun:
    fake = FakeRun()
    monkeypatch.setattr(run_command, "run", fake)
    monkeypatch.setattr(StopSignal, "install", StopSignal)
    monkeypatch.setattr("protocol.program.diagnostics.set_up", lambda *_: None)
    return fake


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return write_recording(tmp_path / "quotes.csv", 3)


def invoke(*arguments: object) -> str:
    result = CliRunner().invoke(cli, ["run", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def served(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> ReplaySettings:
    """Return the settings that `serve` makes of its arguments."""
    seen: list[ReplaySettings] = []

    def serve(settings: ReplaySettings, **_: object) -> int:
        seen.append(settings)
        return 0

    monkeypatch.setattr("zreplay.commands.serve.serve", serve)
    result = CliRunner().invoke(cli, ["serve", *arguments])
    assert 0 == result.exit_code, result.output
    return seen[0]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--speed", "max"],
        ["--speed", "0.5x", "--reorder", "250ms", "--late", "reject", "--max-jump", "36h"],
        [
            "--max-buffer",
            "7",
            "--max-rejected",
            "5",
            "--allow-negative",
            "--batch",
            "8",
            "--window",
            "9",
            "--hwm",
            "3",
        ],
        ["--live", "ws://a", "--live", "ws://b", "--mode", "live"],
        ["--live", "okx:BTC-USDT", "--live-url", "okx=ws://c", "--silent-after", "9s"],
        ["--tickers", "B*,A", "--exclude", "C", "--from", "2025-10-02", "--duration", "5s"],
        ["--column", "index=row", "--latency", "shift:-3ms", "--limit", "7", "--to", "2026-01-01"],
    ],
)
def test_the_replayer_is_told_all_that_the_user_told_run(
    started: FakeRun, recording: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(recording.parent)
    dashed = write_recording(Path("-dashed.csv"), 3)
    invoke(*arguments, "--historical", recording, "--", dashed)
    for name, value in started.settings.replay.live_environment.items():
        monkeypatch.setenv(name, value)  # as `run` tells its child
    told = served(started.settings.replay_arguments, monkeypatch)

    assert not [word for word in started.settings.replay_arguments if "ws://" in word]
    assert (dashed, recording) == told.historical
    assert replace(started.settings.replay, state=told.state, without_amounts=True) == told


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [([], True), (["--table"], True), (["--processor", f"{PATH}:listed"], False)],
)
def test_amounts_and_index_are_sent_where_a_processor_may_want_them(
    started: FakeRun,
    recording: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    expected: bool,
) -> None:
    invoke(recording, *arguments)

    told = served(started.settings.replay_arguments, monkeypatch)
    assert expected == told.without_amounts


def test_workers_and_sink_are_told_what_decides_the_lines(
    started: FakeRun, recording: Path, tmp_path: Path
) -> None:
    options = ("--latency-threshold", "12.5", "--stamp", "arrival", "--durability", "power")
    invoke(recording, *options, "--workers", 5, "--out", tmp_path / "there", "--fresh")
    settings = started.settings
    worker = parse("zmid", ["worker", *settings.worker_arguments]).params
    sink = parse("zmid", ["sink", *settings.sink_arguments]).params

    assert (12.5, "arrival") == (worker["latency_threshold"], worker["stamp"])
    assert "power" == sink["durability"]
    assert (5, tmp_path / "there", True) == (settings.workers, settings.out, settings.fresh)


@pytest.mark.parametrize(
    "asked, told", [("debug", "debug"), ("info", "warning"), ("error", "error")]
)
def test_the_parts_say_no_more_than_was_asked_and_leave_the_terminal_to_the_view(
    started: FakeRun, recording: Path, asked: str, told: str
) -> None:
    result = CliRunner().invoke(
        cli, ["--log-format", "json", "--log-level", asked, "run", str(recording)]
    )
    assert 0 == result.exit_code, result.output
    group = parse("zreplay", [*started.settings.log_arguments, "top"]).parent

    assert group is not None
    assert ("json", told) == (group.params["log_format"], group.params["log_level"])


def test_what_a_begun_replayer_imports_is_not_imported_for_it_again(
    started: FakeRun, recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, its = socket.socketpair()
    begun = BegunChild(0, own, begun_replayer.REPLAYER_NEEDS)
    monkeypatch.setattr(begun_child, "_begun", [begun])
    preloads = []
    for _ in range(2):
        CliRunner().invoke(cli, ["run", str(recording), "--out", str(tmp_path / "out")])
        preloads.append(started.settings.preload)
        assert (begun if len(preloads) == 1 else None) is started.begun
    own.close()
    its.close()

    assert {*begun_replayer.REPLAYER_NEEDS} == {*preloads[1]} - {*preloads[0]}
    assert {"zmid.serve_worker", "zmid.serve_sink"} < {*preloads[0]} < {*preloads[1]}


def test_as_json_the_summary_is_the_only_thing_on_stdout(started: FakeRun, recording: Path) -> None:
    result = CliRunner().invoke(cli, ["run", str(recording), "--json"])

    assert {"schema": 1, **SUMMARY} == json.loads(result.stdout)


@pytest.mark.parametrize(
    "outcome, words",
    [
        (RunOutcome(EXIT_DONE, SUMMARY), ["mid prices:", "errors:"]),
        (RunOutcome(EXIT_DONE, SUMMARY, was_complete=True), ["already complete", "--fresh"]),
        (RunOutcome(EXIT_INTERRUPTED, {"complete": False}), ["resumes from here"]),
    ],
)
def test_the_summary_says_how_it_ended_and_what_to_do(
    started: FakeRun, recording: Path, outcome: RunOutcome, words: list[str]
) -> None:
    started.outcome = outcome
    result = CliRunner().invoke(cli, ["run", str(recording)])

    assert outcome.exit_code == result.exit_code
    assert all(word in result.stdout for word in words)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "FILE"], "; the same command resumes from here"),
        (["run", "FILE", "--fresh"], "; the same command without --fresh resumes from here"),
        (["demo"], "; the demo starts over each time"),
    ],
)
def test_who_stops_it_is_told_what_comes_of_the_same_command(
    started: FakeRun, recording: Path, arguments: list[str], words: str
) -> None:
    started.outcome = RunOutcome(EXIT_INTERRUPTED, {"complete": False})
    given = [str(recording) if word == "FILE" else word for word in arguments]

    assert words in CliRunner().invoke(cli, given).stdout
    assert words == f"; {started.settings.next_time}"


def test_the_view_shows_the_replayers_answers_until_the_run_is_over(
    started: FakeRun, recording: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    invoke(recording)

    class Over(threading.Event):
        """Is set once somebody waits for it again: then the first answer has been shown."""

        waits = 0

        def wait(self, timeout: float | None = None) -> bool:
            self.waits += 1
            if self.waits > 1:
                self.set()
            return self.is_set()

    started.view(lambda verb, value: make_status(), Over())

    shown = capfd.readouterr()
    assert "RUNNING historical" in shown.err
    assert "RUNNING" not in shown.out


def test_a_run_that_is_over_at_once_asks_its_replayer_nothing(
    started: FakeRun, recording: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    invoke(recording)
    over = threading.Event()
    over.set()
    started.view(lambda verb, value: pytest.fail("it was asked"), over)

    assert "" == capfd.readouterr().err


# --- demo ----------------------------------------------------------------------------------


def test_the_demo_plays_the_bundled_samples_with_an_exchange_of_its_own(
    started: FakeRun, tmp_path: Path
) -> None:
    code = run_demo(tmp_path / "demo", LOG, as_json=True)
    settings = started.settings
    feed = parse("zreplay", ["feed", *(settings.feed_arguments or [])]).params
    replayer = parse("zreplay", ["serve", *settings.replay_arguments]).params

    assert EXIT_DONE == code
    assert (True, True) == (settings.fresh, feed["loop"])
    assert (f"ws://127.0.0.1:{feed['port']}",) == settings.replay.live
    assert replayer["files"] == settings.replay.historical
    assert all(path.is_file() for path in (feed["file"], *replayer["files"]))


class FakeOver:
    """Stands in for the event that tells that a run is over: it never is."""

    def __init__(self, clock: FakeTime) -> None:
        self.wait = clock.sleep


def demo_script(started: FakeRun, states: list[str | None]) -> list[tuple[float, str, str]]:
    """Follow the demo's script; return when it gave which command."""
    clock = FakeTime(0)
    run_demo(Path("unused"), LOG, as_json=True)
    given: list[tuple[float, str, str]] = []

    def ask(verb: str, value: str) -> Answer | None:
        if verb != "ping":
            given.append((clock.monotonic(), verb, value))
            return answer_of()
        state = states.pop(0) if states else "RUNNING"
        return None if state is None else answer_of(state=state)

    started.script(ask, FakeOver(clock))
    return given


def test_the_demo_switches_to_live_and_back_once_the_replay_runs(
    started: FakeRun,
) -> None:
    given = demo_script(started, [None, "WAITING", "WAITING"])

    switched = 0.3 + DEMO_HISTORICAL_SECONDS
    assert [("mode", "live"), ("mode", "historical")] == [command[1:] for command in given]
    assert pytest.approx([switched, switched + DEMO_LIVE_SECONDS]) == [when for when, *_ in given]


def test_the_demo_does_not_wait_for_ever_for_a_replay_that_never_runs(
    started: FakeRun,
) -> None:
    given = demo_script(started, [None] * 1000)

    assert ["live", "historical"] == [value for _, _, value in given]
    assert given[-1][0] < 20


def test_the_demo_does_not_hold_up_the_end_of_its_run(started: FakeRun) -> None:
    run_demo(Path("unused"), LOG, as_json=True)
    over = threading.Event()
    over.set()
    start = time.monotonic()
    started.script(lambda verb, value: None, over)

    assert time.monotonic() - start < DEMO_LIVE_SECONDS


NO_QUOTES = RunOutcome(EXIT_DONE, {**SUMMARY, "quotes": 0, "mids": 0})


def code_and_output(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["run", *map(str, arguments)])
    return result.exit_code, result.output


def test_a_run_of_files_without_one_quote_is_not_well_done(
    started: FakeRun, recording: Path
) -> None:
    started.outcome = NO_QUOTES
    code, output = code_and_output(recording, "--tickers", "none")

    assert 1 == code
    assert "not one quote was replayed: no ticker matches --tickers 'none': there are" in output
    assert "fix: " in output


@pytest.mark.parametrize("more", [("--allow-empty",), ("--live", "ws://127.0.0.1:1")])
def test_nor_is_it_a_failure_where_that_may_be(
    started: FakeRun, recording: Path, more: tuple[str, ...]
) -> None:
    started.outcome = NO_QUOTES

    assert 0 == code_and_output(recording, *more)[0]


def test_json_has_the_reason_in_the_one_object(started: FakeRun, recording: Path) -> None:
    started.outcome = NO_QUOTES
    result = CliRunner().invoke(cli, ["run", str(recording), "--tickers", "none", "--json"])

    assert 1 == result.exit_code
    answer = json.loads(result.stdout)
    assert answer["empty"].startswith("no ticker matches --tickers 'none'")
    assert (False, "Z120") == (answer["ok"], answer["code"])
    assert answer["error"] == f"not one quote was replayed: {answer['empty']}"
    assert answer["fix"]


def test_a_stopped_run_says_at_which_record(started: FakeRun, recording: Path) -> None:
    started.outcome = RunOutcome(EXIT_INTERRUPTED, {**SUMMARY, "complete": False, "quotes": 1234})

    assert (EXIT_INTERRUPTED, True) == (
        (answer := code_and_output(recording))[0],
        "stopped before the end at record 1,234; the same command resumes" in answer[1],
    )


def test_the_table_is_named_where_it_is(started: FakeRun, recording: Path, tmp_path: Path) -> None:
    with_table = code_and_output(recording, "--table", "--out", tmp_path / "out")[1]
    without = code_and_output(recording, "--out", tmp_path / "out")[1]

    assert f"table:         {tmp_path}/out/mids.arrows" in with_table.splitlines()
    assert "mids.arrows" not in without
