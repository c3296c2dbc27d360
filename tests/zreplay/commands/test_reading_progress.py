"""Progress is for a terminal; in a pipe there is none."""

import io
from contextlib import ExitStack

import pytest
from rich.console import Console

from zreplay.commands import reading_progress as module
from zreplay.commands.reading_progress import reading_progress


@pytest.mark.parametrize("is_terminal", [True, False])
def test_it_is_shown_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch, is_terminal: bool) -> None:
    shown = io.StringIO()
    monkeypatch.setattr(
        module, "Console", lambda stderr: Console(file=shown, force_terminal=is_terminal)
    )
    with ExitStack() as stack:
        progress = reading_progress(stack)
        progress(0.5)
        progress(1.0)

    assert is_terminal == ("100%" in shown.getvalue())
