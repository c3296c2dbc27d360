"""Every option of `run` and `serve` is listed as changing the logs' bytes, or as not doing so.

An option that changes bytes changes the run's identity, or the run that goes on refuses it by
name: a folder never holds the lines of two different runs.
"""

from collections.abc import Sequence
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from protocol.errors import ResultLogError
from protocol.program.stop import StopSignal
from tests.listed import PATH
from tests.zreplay.fake_sink import write_recording
from tests.zreplay.live.test_declared_venue import MINE
from zreplay.commands import run_command
from zreplay.commands.cli import cli
from zreplay.replayer.state import run_identity
from zreplay.settings import ReplaySettings
from zreplay.supervision.run_folder import check_rule, new_run_file
from zreplay.supervision.run_settings import RunSettings

CHANGES_BYTES = {
    "files": ("OTHER",),
    "historical": ("--historical", "OTHER"),
    "column": ("--column", "ask_price=bid_price"),
    "format": ("--format", "tardis"),
    "delimiter": ("--delimiter", ";"),
    "header": ("--header", "timestamp,ticker,ask_price,bid_price"),
    "time_unit": ("--time-unit", "us"),
    "zone": ("--zone", "America/New_York"),
    "ticker": ("--ticker", "EURUSD"),
    "date": ("--date", "2025-10-02"),
    "path": ("--path", "{ticker}.csv"),
    "venue": ("--venue", "okx"),
    "scale": ("--scale", "0.01"),
    "allow_negative": ("--allow-negative",),
    "tickers": ("--tickers", "A*"),
    "exclude": ("--exclude", "A*"),
    "from": ("--from", "2025-10-02"),
    "to": ("--to", "2026-10-02"),
    "start_offset": ("--start-offset", "1s"),
    "duration": ("--duration", "1h"),
    "limit": ("--limit", "7"),
    "session": ("--session", "09:30-16:00"),
    "dedupe": ("--dedupe",),
    "latency": ("--latency", "scale:2"),
    "max_jump": ("--max-jump", "2d"),
    "live": ("--live", "ws://127.0.0.1:8765"),
    "live_format": ("--live-format", "my.toml"),
    "reorder": ("--reorder", "6s"),
    "late": ("--late", "reject"),
    "loop": ("--loop", "2"),
}
"""What of both commands decides which quotes there are, in which order and how often."""

LISTED = f"{PATH}:listed"
CHANGES_LINES = {
    "latency_threshold": ("--latency-threshold", "21"),
    "stamp": ("--stamp", "arrival"),
    "processor": ("--processor", LISTED),
    "table": ("--table",),
    "no_mid": ("--no-mid", "--processor", LISTED),
}
"""What of `run` the workers are told; who runs them beside `serve` tells them."""

LEAVES_BYTES = {
    "mode": "where a run begins, as `ctl mode` does later; what is live never comes twice",
    "speed": "when a quote leaves",
    "start_paused": "when a quote leaves",
    "wait_workers": "when a quote leaves",
    "delay": "when a quote leaves",
    "start_at": "when a quote leaves",
    "max_gap": "when a quote leaves",
    "on_lag": "when a quote leaves",
    "grain": "when a quote leaves",
    "live_url": "where the same venue is asked",
    "silent_after": "what is told of a symbol",
    "capture_quota": "how much of the feed is kept until it is committed",
    "keep_capture": "how much of the feed is kept beyond that",
    "until": "when it ends",
    "on_overload": "what is received of the feed, or dropped before it has a record number",
    "max_buffer": "beyond it the run ends with an error",
    "max_rejected": "beyond it the run ends with an error",
    "batch": "how many quotes travel together",
    "window": "how many quotes travel at once",
    "hwm": "how many batches wait for a worker",
    "as_json": "what is printed",
    "fresh": "which asks for another run",
}
LEAVES_BYTES_OF = {
    "run": {
        "out": "where the logs are",
        "workers": "who computes the lines",
        "durability": "what a line outlives",
        "publish": "where it listens",
        "rotate": "in which file a line is",
        "keep_logs": "what is removed later",
        "compress": "how what was closed is stored",
        "check_processor": "what is compared, and never written",
        "processor_limit": "when a processor that hangs is given up",
        "allow_empty": "which exit code it has",
        "metrics": "where it listens",
        "insecure": "where it listens",
        "key": "who is let in where it listens",
        "allowed": "who is let in where it listens",
    },
    "serve": {
        "bind": "where it listens",
        "broadcast": "where it listens",
        "control": "where it listens",
        "sync": "whom it asks",
        "state": "where its own files are",
        "acks": "whether there is a sink",
        "exit_when_done": "when it ends",
        "without_amounts": "which `run` says where only lines are computed, that have none of it",
        "lock_wait": "when it begins",
        "parent_fd": "when it ends",
        "metrics": "where it listens",
        "insecure": "where it listens",
        "key": "who is let in where it listens",
        "allowed": "who is let in where it listens",
    },
}


class Told(Exception):
    """What a command would do with its options."""

    def __init__(self, settings: ReplaySettings | RunSettings) -> None:
        super().__init__()
        self.settings = settings


def told(command: str, arguments: Sequence[str]) -> ReplaySettings | RunSettings:
    result = CliRunner().invoke(cli, [command, *arguments])
    assert isinstance(result.exception, Told), result.output
    return result.exception.settings


def replay_of(settings: ReplaySettings | RunSettings) -> ReplaySettings:
    return settings.replay if isinstance(settings, RunSettings) else settings


@pytest.fixture(autouse=True)
def nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def tell(settings: ReplaySettings | RunSettings, *_: object, **__: object) -> None:
        raise Told(settings)

    monkeypatch.setattr(run_command, "run", tell)
    monkeypatch.setattr("zreplay.commands.serve.serve", tell)
    monkeypatch.setattr(StopSignal, "install", StopSignal)
    monkeypatch.setattr("protocol.program.diagnostics.set_up", lambda *_: None)


@pytest.fixture
def recordings(tmp_path: Path) -> dict[str, str]:
    declaration = tmp_path / "my.toml"
    declaration.write_text(MINE)
    return {
        "my.toml": str(declaration),
        "FILE": str(write_recording(tmp_path / "a.csv", 3)),
        "OTHER": str(write_recording(tmp_path / "b.csv", 4)),
    }


@pytest.mark.parametrize("command", ["run", "serve"])
def test_of_every_option_it_is_said_whether_it_changes_bytes(command: str) -> None:
    options = [parameter.name for parameter in cli.commands[command].params]
    lines = CHANGES_LINES if command == "run" else {}
    said = [*CHANGES_BYTES, *lines, *LEAVES_BYTES, *LEAVES_BYTES_OF[command]]

    assert sorted(said) == sorted(str(option) for option in options)


@pytest.mark.parametrize("option", CHANGES_BYTES)
@pytest.mark.parametrize("command", ["run", "serve"])
def test_an_option_that_changes_bytes_makes_it_another_run(
    command: str, option: str, recordings: dict[str, str]
) -> None:
    more = [recordings.get(word, word) for word in CHANGES_BYTES[option]]

    without = told(command, [recordings["FILE"]])
    flipped = told(command, [recordings["FILE"], *more])

    names = [run_identity(replay_of(settings), None) for settings in (without, flipped)]
    assert 2 == len(set(names))


@pytest.mark.parametrize("option", CHANGES_LINES)
def test_an_option_that_changes_lines_is_refused_by_name_where_others_are_written(
    option: str, recordings: dict[str, str], tmp_path: Path
) -> None:
    without = told("run", [recordings["FILE"]])
    flipped = told("run", [recordings["FILE"], *CHANGES_LINES[option]])
    assert isinstance(without, RunSettings) and isinstance(flipped, RunSettings)
    begun = new_run_file("the run", without.rule, tmp_path, {})

    check_rule(tmp_path, begun, without.rule)
    with pytest.raises(ResultLogError, match=CHANGES_LINES[option][0]):
        check_rule(tmp_path, begun, flipped.rule)


@pytest.mark.parametrize("option", sorted(LEAVES_BYTES.keys() - {"as_json", "fresh"}))
@pytest.mark.parametrize("command", ["run", "serve"])
def test_any_other_option_leaves_the_run_what_it_is(
    command: str, option: str, recordings: dict[str, str]
) -> None:
    [parameter] = [each for each in cli.commands[command].params if each.name == option]
    assert isinstance(parameter, click.Option)
    values = {"mode": ["historical"], "speed": ["max"], "on_lag": ["burst"], "start_paused": []}
    values["live_url"] = ["ws://127.0.0.1:8765"]
    values |= {"capture_quota": ["7MB"], "on_overload": ["block"], "until": ["2026-01-01"]}
    values |= {"start_at": ["2026-01-01"], "grain": ["7ms"]}
    more = [parameter.opts[0], *values.get(option, ["7"])]
    given = [recordings["FILE"], "--live", "okx:BTC-USDT"]

    without = told(command, given)
    flipped = told(command, [*given, *more])

    assert replay_of(without) != replay_of(flipped)
    names = [run_identity(replay_of(settings), None) for settings in (without, flipped)]
    assert 1 == len(set(names))
