"""Files -> from when to when their quotes arrive, as far as that shows without reading them."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from zreplay.historical.file_indexes import FileIndexes
from zreplay.historical.selection import Selection
from zreplay.historical.span import Span
from zreplay.recordings.csv.csv_header import NO_COLUMNS
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.recording_kind import open_recording
from zreplay.recordings.strays import OFF


def span_of(
    paths: Sequence[Path],
    columns: FormatOptions = NO_COLUMNS,
    selection: Selection | None = None,
    max_jump_ns: int = OFF,
    indexes: FileIndexes | None = None,
) -> Span:
    """Return the first and the last arrival: by the indexes of the files, or else by their ends.

    The ends show them as far as a look at them can, which is not exact. What a selection leaves
    out of it does not belong to it, and neither do strays.

    Raises:
        InputError: a file cannot be read.
    """
    span = None if indexes is None else indexes.span()
    if span is None:
        span = _span_at_ends(paths, columns, max_jump_ns)
    return selected_span(span, selection)


def selected_span(span: Span, selection: Selection | None) -> Span:
    """Return what of a span a selection leaves."""
    if selection is None or span.first_ns is None:
        return span
    window = selection.window(span.first_ns)
    last_ns = span.last_ns
    if window.end_ns is not None:
        last_ns = window.end_ns - 1 if last_ns is None else min(last_ns, window.end_ns - 1)
    first_ns = max(span.first_ns, window.start_ns or span.first_ns)
    return Span(first_ns, last_ns, span.is_exact)


def _span_at_ends(paths: Sequence[Path], columns: FormatOptions, max_jump_ns: int) -> Span:
    ends = []
    for path in paths:
        with closing(open_recording(path, 0, columns)) as recording:
            ends.append(recording.ends(max_jump_ns))
    firsts = [first for first, _ in ends if first is not None]
    lasts = [last for _, last in ends]
    known = [last for last in lasts if last is not None]
    # Where one end is not known, the others do not bound the whole.
    is_open = any(last is None and first is not None for first, last in ends)
    last_ns = None if is_open else max(known, default=None)
    return Span(min(firsts, default=None), last_ns, is_exact=False)
