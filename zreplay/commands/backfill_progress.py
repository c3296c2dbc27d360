"""How a backfill stands: a bar on a terminal, removed at the end, and a line now and then else."""

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Final

import click

from zreplay.backfilling.standing import Standing, in_words

EVERY_NS: Final = 5 * 10**9
"""In a pipe, so long after the line before."""

OnProgress = Callable[[Standing], None]


def backfill_progress(stack: ExitStack) -> OnProgress:
    """Return what is told how it stands, and shows it on standard error."""
    begun_ns = time.monotonic_ns()
    if not sys.stderr.isatty():
        return _lines(begun_ns)
    # To import this takes as long as to look at 50 files.
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    console = Console(stderr=True)
    columns = (BarColumn(20), TaskProgressColumn(), TextColumn("{task.description}"))
    progress = stack.enter_context(Progress(*columns, console=console, transient=True))
    bar = progress.add_task("looking at the files", total=1.0)

    def shown(standing: Standing) -> None:
        seconds = (time.monotonic_ns() - begun_ns) / 1e9
        share = standing.done_bytes / max(1, standing.size_bytes)
        progress.update(bar, completed=share, description=in_words(standing, seconds))

    return shown


def _lines(begun_ns: int) -> OnProgress:
    said_ns = begun_ns

    def shown(standing: Standing) -> None:
        nonlocal said_ns
        now_ns = time.monotonic_ns()
        if now_ns - said_ns >= EVERY_NS:
            said_ns = now_ns
            click.echo(in_words(standing, (now_ns - begun_ns) / 1e9), err=True)

    return shown
