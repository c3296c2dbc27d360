"""`zreplay record` turns its options into settings and says what it has recorded."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from protocol.program.stop import StopSignal
from tests.zreplay.opened_inputs import FakeFeed
from zreplay.commands.cli import cli


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    monkeypatch.setattr("zreplay.replayer.recorder.LiveFeed", FakeFeed)
    monkeypatch.setattr(StopSignal, "install", StopSignal)
    monkeypatch.setattr("protocol.program.diagnostics.set_up", lambda *_: None)
    return lambda *more: CliRunner().invoke(cli, ["record", "--out", str(tmp_path), *more])


def test_it_says_what_it_has_recorded(record: Callable[..., Result], tmp_path: Path) -> None:
    done = record("--live", "ws://127.0.0.1:9", "--duration", "0s")
    assert (0, True) == (done.exit_code, "0 messages" in done.output)
    assert f"{tmp_path}/capture" in done.output
    assert "gaps.log" not in done.output

    done = record("--live", "ws://127.0.0.1:9", "--duration", "0s", "--json")
    answer: dict[str, Any] = json.loads(done.stdout)
    assert (1, 0, str(tmp_path)) == (answer["schema"], answer["messages"], answer["out"])


def test_without_a_feed_there_is_nothing_to_record(record: Callable[..., Result]) -> None:
    done = record()

    assert "there is nothing to record" in str(done.exception)
