"""What is shown of a backfill while it goes on."""

import sys
from contextlib import ExitStack

import pytest

from zreplay.backfilling.standing import Standing
from zreplay.commands import backfill_progress as module
from zreplay.commands.backfill_progress import backfill_progress

STANDING = Standing(10, 2**20, done=4)


def test_in_a_pipe_a_line_comes_once_its_time_has(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with ExitStack() as stack:
        progress = backfill_progress(stack)
        progress(STANDING)
        assert "" == capsys.readouterr().err

        monkeypatch.setattr(module, "EVERY_NS", 0)
        progress(STANDING)

    assert "4 of 10 partitions, " in capsys.readouterr().err


def test_on_a_terminal_it_is_a_bar_that_is_gone_at_the_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with ExitStack() as stack:
        backfill_progress(stack)(STANDING)

    shown = capsys.readouterr().err
    assert "4 of 10 partitions" in shown
    assert shown.endswith("\x1b[2K") or shown.endswith("\x1b[?25h")
