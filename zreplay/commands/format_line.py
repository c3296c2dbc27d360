"""What the files were taken for, in a line on standard error."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from protocol.errors import ZreplayError
from protocol.program.event_text import printable

if TYPE_CHECKING:
    from zreplay.recordings.formats.format_options import FormatOptions
    from zreplay.recordings.formats.layout import Layout


def say_format(paths: Sequence[Path], columns: "FormatOptions", *, is_modelled: bool) -> None:
    """Say what the first file was taken for, unless it is our own format with its latency."""
    from zreplay.recordings.formats.format_options import NONE
    from zreplay.recordings.recording_layout import check_files

    layouts: list[Layout | None] = []
    with suppress(ZreplayError):  # which who reads it tells
        layouts = check_files(paths[:1], columns)
    for layout in layouts:
        if layout is not None and layout.identity:
            is_assumed = layout.latency != NONE or is_modelled
            hint = "" if is_assumed else " (--latency constant:5ms assumes one)"
            click.echo(f"format: {printable(layout.described())}{hint}", err=True)
