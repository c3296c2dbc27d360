"""What the commands do is done by calls too, with the answer as an object and errors as such."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import zreplay
from protocol.errors import InputError, ResultLogError, SettingsError
from zreplay.commands.cli import cli

SAMPLE = Path(__file__).resolve().parents[3] / "fixtures" / "historical_sample.csv"


def without_clocks(report: dict[str, Any]) -> dict[str, Any]:
    """Return a report without what depends on how long the reading took."""
    files = [{**each, "replay_seconds": None} for each in report["files"]]
    return {**report, "read_seconds": None, "files": files}


def test_inspect_returns_what_the_command_prints() -> None:
    options = ("--tickers", "BTC*", "--from", "2026-01-15 12:00:05")
    printed = CliRunner().invoke(cli, ["inspect", str(SAMPLE), *options, "--json"]).stdout
    found = zreplay.inspect([SAMPLE], tickers="BTC*", start=datetime(2026, 1, 15, 12, 0, 5))

    assert without_clocks(json.loads(printed)) == without_clocks(found)


def test_convert_writes_recordings_and_the_results_of_a_run(tmp_path: Path) -> None:
    day, out = tmp_path / "day.parquet", tmp_path / "run"
    written = zreplay.convert(SAMPLE, to=day, end="2026-01-15 12:00:02", tickers=["BTC*", "ETH*"])
    summary = zreplay.run(day, out=out, speed="max", table=True)
    results = zreplay.convert(out, to=tmp_path / "mids.csv")

    assert summary["complete"] and 0 < written["quotes"] == summary["quotes"] == results["rows"]
    assert zreplay.results(out).read_all().num_rows == summary["quotes"]


@pytest.mark.parametrize(
    ("call", "options"),
    [
        (zreplay.inspect, {"tops": 3}),
        (zreplay.inspect, {"top": "many"}),
        (zreplay.inspect, {"start": 1.5}),
        (zreplay.convert, {"to": "x.csv", "out": "y"}),
        (zreplay.convert, {"to": "x.csv", "split": "week"}),
        (zreplay.run, {"out": "x", "control": "tcp://127.0.0.1:1"}),
    ],
)
def test_what_does_not_hold_is_refused_at_the_call(call: Any, options: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        call(SAMPLE, **options)


def test_a_file_that_is_no_recording_is_an_error_of_its_own(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.csv"
    with pytest.raises(InputError, match="nothing.csv") as raised:
        zreplay.run(nothing, out=tmp_path / "out")
    assert "Z401" == raised.value.code
    with pytest.raises(InputError):
        zreplay.inspect(nothing)
    with pytest.raises(ResultLogError):
        zreplay.convert(SAMPLE, to=SAMPLE / "out.csv")
