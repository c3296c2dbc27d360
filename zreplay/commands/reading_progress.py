"""How far files have been read, on the terminal: a bar with the time that is left."""

from collections.abc import Callable
from contextlib import ExitStack

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn


def reading_progress(stack: ExitStack) -> Callable[[float], None]:
    """Return the progress display: on a terminal only, removed at the end."""
    console = Console(stderr=True)
    if not console.is_terminal:
        return lambda share: None
    columns = (TextColumn("reading"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    progress = stack.enter_context(Progress(*columns, console=console, transient=True))
    task = progress.add_task("", total=1.0)
    return lambda share: progress.update(task, completed=share)
