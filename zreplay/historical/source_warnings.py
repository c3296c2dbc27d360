"""What a user is warned of while files are read: the replay goes on."""

from protocol.program.diagnostics import Log
from zreplay.historical.file_notes import FileNotes
from zreplay.historical.selection import Selection, Selector
from zreplay.quotes.timestamp_text import time_text
from zreplay.recordings.formats.layout import Layout

log = Log("zreplay")


def warn_if_empty(selection: Selection, selector: Selector) -> None:
    """Warn at the end if there are options that select, and no quote was selected."""
    asked = selection.as_options()
    if asked and not selector.sent:
        log.warning("the selection matches no quote of the files", asked=asked)


def warn_of_far_time(file: str, notes: FileNotes, layout: Layout | None) -> None:
    """Warn of a time that is hardly that of a market, and of the unit it was read with."""
    log.warning(
        "a time is before 1990 or after 2100; if its unit is another, say it: --time-unit",
        file=file,
        time=time_text(notes.far_ns),
        read_as=str(layout.times) if layout else "",
    )
