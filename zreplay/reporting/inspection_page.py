"""What was found in recordings -> one self-contained HTML page. Every value is escaped."""

from collections.abc import Iterable
from typing import Final

from zreplay.inspection.report import Inspection, RecordingReport
from zreplay.inspection.standouts import standouts
from zreplay.inspection.text import facts_of
from zreplay.quotes.rejection import place_text
from zreplay.reporting import charts
from zreplay.reporting.page_parts import chart, note, page, section, table

MOST_FILES: Final = 20
"""Of more, only those that stand out have a section; the sum of all has one in any case."""


def inspection_page(found: Inspection) -> str:
    """Return the page: of all files together if there are several, and of each."""
    count = len(found.files)
    title = found.files[0].file if count == 1 else f"{count:,} recordings"
    return page(f"zreplay inspect: {title}", "".join(_sections(found)))


def _sections(found: Inspection) -> Iterable[str]:
    if found.broken_off is not None:
        yield note(f"The report is incomplete: {found.broken_off}")
    if found.total is not None:
        yield _recording(found.total, found)
    shown = found.files
    if len(shown) > MOST_FILES:
        shown = [one.file for one in standouts(found)]
        yield note(f"Of {len(found.files):,} files, those that stand out:")
    yield "".join(_recording(each, found) for each in shown)


def _recording(recording: RecordingReport, found: Inspection) -> str:
    facts = [("quotes", f"{recording.rows:,}"), ("bytes", f"{recording.size_bytes:,}")]
    if recording.format is not None:
        facts.append(("format", recording.format.text))
    if recording.rows:
        facts += facts_of(recording, found)
    facts.append(("rejected", f"{recording.rejected:,}"))
    drawn = []
    if recording.latency is not None:
        drawn.append(charts.latency_of_recording(recording.latency))
    if len(recording.tickers.top) > 1:
        drawn.append(charts.tickers_of_recording(recording.tickers.top))
    return section(recording.file, table(facts) + "".join(map(chart, drawn)) + _refusals(recording))


def _refusals(recording: RecordingReport) -> str:
    if not recording.refusals:
        return ""
    rows = [
        (
            *(one.code, one.column, one.reason, f"{one.rows:,}"),
            f"{one.file}, {place_text(one.line, one.offset)}",
            one.value,
        )
        for one in recording.refusals
    ]
    return table(rows, ("code", "column", "reason", "rows", "the first", "value"))
