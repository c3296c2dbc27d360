"""What was found in recordings -> the lines that an operator reads."""

from typing import Final

import numpy as np

from protocol.program.event_text import printable
from zreplay.historical.file_notes import far_time_ns
from zreplay.inspection.report import Inspection, Latency, RecordingReport, Refusal, TimeSpan
from zreplay.inspection.standouts import RULE, Standout, standouts
from zreplay.quotes.duration_text import duration_text
from zreplay.quotes.rejection import place_text

BAR_COLUMNS: Final = 40
MOST_REFUSALS: Final = 10
MOST_FILES: Final = 20
_NAME_COLUMNS: Final = 14
_UNITS: Final = (("h", 3600.0), ("min", 60.0), ("s", 1.0), ("ms", 1e-3), ("us", 1e-6))


def text(found: Inspection, *, each: bool = False) -> str:
    """Return an account of each file, and of all of them if there are several.

    Of more than MOST_FILES only those that stand out are named, unless `each` is asked for.
    """
    is_short = not each and len(found.files) > MOST_FILES
    recordings = [*([] if is_short else found.files), *([found.total] if found.total else [])]
    accounts = ["\n".join(_lines(recording, found)) for recording in recordings]
    if is_short:
        accounts.append("\n".join(_standouts(found)))
    if found.outside_session:
        accounts.append(f"{found.outside_session:,} quotes outside the session are left out")
    if found.repeated:
        accounts.append(_repeated(found))
    if found.broken_off is not None:
        accounts.append(printable(f"the report is incomplete: {found.broken_off}"))
    return "\n\n".join(accounts)


def _repeated(found: Inspection) -> str:
    """Say that recordings overlap, as far as that can be told."""
    quotes = "1 quote stands" if found.repeated == 1 else f"{found.repeated:,} quotes stand"
    cure = "left out" if found.is_deduped else "leaves out all but the first"
    return (
        f"{quotes} in two files: --dedupe {cure}; equal are all columns but index\n"
        "  two recorders with clocks of their own are not covered: what they wrote differs"
    )


def _standouts(found: Inspection) -> list[str]:
    """Return a line for each file that stands out, and by which rule it does."""
    chosen = standouts(found)
    head = f"{len(chosen)} of {len(found.files):,} files stand out, {RULE}; --each prints all"
    lines = [f"{one.file.file}: {_troubles(one)}" for one in chosen]
    return [head, *(f"  {printable(line)}" for line in lines)]


def _troubles(standout: Standout) -> str:
    troubles = standout.troubles
    step, gap = _duration(troubles.step_back_ns / 1e9), _duration(troubles.gap_ns / 1e9)
    said = (
        (troubles.broken_off, "broken off"),
        (troubles.empty, "empty"),
        (not troubles.empty, f"{standout.file.rows:,} quotes"),
        (troubles.rejected, f"{troubles.rejected:,} rejected"),
        (troubles.late, f"{troubles.late:,} late"),
        (troubles.strays, f"{troubles.strays:,} strays"),
        (troubles.step_back_ns, f"steps back by {step}"),
        (troubles.gap_ns, f"gap of {gap}"),
    )
    return ", ".join(text for is_said, text in said if is_said)


def _lines(recording: RecordingReport, found: Inspection) -> list[str]:
    head = f"{recording.file}: {recording.rows:,} quotes, {_size(recording.size_bytes)}"
    facts = facts_of(recording, found) if recording.rows else []
    return [
        printable(head),
        *([_fact("format", printable(recording.format.text))] if recording.format else []),
        *(_fact(name, printable(value)) for name, value in facts),
        *_histogram(recording.latency),
        *_notes(recording),
        *_refusals(recording),
    ]


def _size(size_bytes: int) -> str:
    if size_bytes < 100_000:
        return f"{size_bytes / 1e3:,.1f} kB"
    return f"{size_bytes / 1e6:,.1f} MB"


def facts_of(recording: RecordingReport, found: Inspection) -> list[tuple[str, str]]:
    """Return what is said of a recording that has quotes, each fact with its name."""
    distinct = recording.distinct_timestamps
    bound = "" if distinct.is_exact else "at most "
    timestamps = f"{_span(recording.timestamps)}, {bound}{distinct.count:,} distinct"
    return [
        ("timestamps", timestamps),
        ("arrivals", _span(recording.arrivals)),
        ("rate", _rate(recording)),
        ("tickers", _tickers(recording)),
        ("ties", _ties(recording)),
        ("exact repeats", f"{recording.repeats:,}"),
        ("prices", _prices(recording)),
        ("order", _order(recording, found)),
        ("a replay takes", _duration_of_replay(recording, found)),
        *_latency(recording.latency, recording.rows, found.latency_threshold_ms),
    ]


def _span(span: TimeSpan | None) -> str:
    if span is None:
        return "none"
    first, last = _time(span.first_ns), _time(span.last_ns)
    return f"{first} to {last} ({_duration(span.duration_ns / 1e9)})"


def _rate(recording: RecordingReport) -> str:
    rate = recording.rate
    if rate is None:
        return "none"
    return (
        f"{rate.mean_per_second:,.0f} a second; {rate.peak_second.quotes:,} in the fullest second, "
        f"{rate.peak_millisecond.quotes:,} in the fullest millisecond; "
        f"longest gap {_duration(rate.longest_gap_ns / 1e9)}"
    )


def _tickers(recording: RecordingReport) -> str:
    tickers = recording.tickers
    bound = "" if tickers.is_exact else "at least "
    top = ", ".join(f"{row.ticker} {row.rows / recording.rows:.1%}" for row in tickers.top)
    return f"{bound}{tickers.count:,}" + (f": {top}" if top else "")


def _ties(recording: RecordingReport) -> str:
    ties = recording.ties
    if not ties.quotes:
        return "none"
    return f"{ties.quotes:,} quotes arrive together with another, at most {ties.largest:,}"


def _prices(recording: RecordingReport) -> str:
    prices = recording.prices
    counts = (
        ("crossed", prices.crossed),
        ("locked", prices.locked),
        ("with a zero side", prices.one_sided),
        ("with two", prices.empty),
        ("blank", prices.blank),
    )
    return ", ".join(f"{count:,} {name}" for name, count in counts)


def _order(recording: RecordingReport, found: Inspection) -> str:
    disorder = recording.disorder
    given = f"--reorder {duration_text(found.reorder_ns)}"
    if disorder.late:
        needed = f"--reorder {duration_text(disorder.reorder_needed_ns)}"
        late = f"{disorder.late:,} rows are late with {given}; none is with {needed}"
    elif disorder.reorder_needed_ns:
        needed = f"--reorder {duration_text(disorder.reorder_needed_ns)}"
        late = f"{needed} is needed, {given} is enough"
    else:
        late = "no --reorder is needed"
    if not disorder.steps_back:
        return f"no timestamp steps back; {late}"
    step = _duration(disorder.largest_step_ns / 1e9)
    return f"{disorder.steps_back:,} timestamps step back, by at most {step}; {late}"


def _duration_of_replay(recording: RecordingReport, found: Inspection) -> str:
    seconds = recording.replay_seconds
    parts = [f"{_duration(seconds.at_1x)} at 1x"]
    if found.speed not in (None, 1.0) and seconds.at_speed is not None:
        parts.append(f"{_duration(seconds.at_speed)} at {found.speed:g}x")
    least = _duration(seconds.max_at_least)
    parts.append(f"at max no less than the {least} that reading and ordering took just now")
    return ", ".join(parts)


def _latency(
    latency: Latency | None, rows: int, threshold_ms: float | None
) -> list[tuple[str, str]]:
    if latency is None:
        return []
    percentiles = "  ".join(
        f"{name} {_milliseconds(value)}" for name, value in latency.percentiles_ms.items()
    )
    share = latency.over_threshold / rows
    return [
        ("latency, ms", f"{percentiles}  max {_milliseconds(latency.max_ms)}"),
        (
            "over threshold",
            "none, it is off"
            if threshold_ms is None
            else f"{latency.over_threshold:,} ({share:.1%}) over {threshold_ms:g} ms",
        ),
        ("negative", _negative(latency)),
    ]


def _negative(latency: Latency) -> str:
    least = f", the least {_milliseconds(latency.min_ms)} ms" if latency.negative else ""
    return f"{latency.negative:,}{least}"


def _histogram(latency: Latency | None) -> list[str]:
    """Return a bar for each bin from the first that has rows to the last."""
    if latency is None:
        return []
    bins = latency.histogram
    filled = [index for index, entry in enumerate(bins) if entry.rows]
    most = max(entry.rows for entry in bins)
    lines = []
    for entry in bins[filled[0] : filled[-1] + 1]:
        if entry.from_ms is None:
            label = "below 0"
        elif entry.to_ms is None:
            label = f"over {entry.from_ms:g}"
        else:
            label = f"to {entry.to_ms:g}"
        bar = "#" * -(-entry.rows * BAR_COLUMNS // most)
        lines.append(f"{label:>{_NAME_COLUMNS + 2}}  {entry.rows:>13,} {bar}".rstrip())
    return lines


def _notes(recording: RecordingReport) -> list[str]:
    """Return what else there is to know of the rows, nothing if it is as usual."""
    lines = []
    if recording.left_out:
        lines.append(_fact("left out", f"{recording.left_out:,} lines do not count in the format"))
    if recording.skipped_times or recording.repeated_times:
        clocks = (
            f"{recording.skipped_times:,} times that its clocks skip, read as if they had not; "
            f"{recording.repeated_times:,} that they show twice, read as the first"
        )
        lines.append(_fact("zone", clocks))
    span = recording.timestamps
    far_ns = far_time_ns(span.first_ns, span.last_ns) if recording.rows and span else None
    if far_ns is not None:
        read = f", read as {recording.format.times}" if recording.format else ""
        far = f"{_time(far_ns)} is before 1990 or after 2100{read}: --time-unit says another unit"
        lines.append(_fact("warning", printable(far)))
    return lines


def _refusals(recording: RecordingReport) -> list[str]:
    if not recording.rejected:
        return [_fact("rejected", "none")]
    shown = recording.refusals[:MOST_REFUSALS]
    rows = recording.rejected
    what = "1 row is not a quote" if rows == 1 else f"{rows:,} rows are not quotes"
    lines = [_fact("rejected", what)]
    lines += [f"{refusal.rows:>{_NAME_COLUMNS + 2},}  {_refusal(refusal)}" for refusal in shown]
    rest = len(recording.refusals) - len(shown)
    more = "1 more reason" if rest == 1 else f"{rest} more reasons"
    return [*lines, *([f"{'...':>{_NAME_COLUMNS + 2}}  {more}"] if rest else [])]


def _refusal(refusal: Refusal) -> str:
    where = place_text(refusal.line, refusal.offset)
    reason = f"{refusal.column}: {refusal.reason}" if refusal.column else refusal.reason
    value = refusal.value if len(refusal.value) <= 40 else f"{refusal.value[:40]}..."
    return printable(f'{reason}; first at {refusal.file} {where}: "{value}"')


def _fact(name: str, value: str) -> str:
    return f"  {name:<{_NAME_COLUMNS}}  {value}"


def _time(time_ns: int) -> str:
    """Return a time with 3 decimals, or 6 or 9 where they are needed."""
    whole = str(np.datetime64(time_ns, "ns")).replace("T", " ")
    return whole.removesuffix("000").removesuffix("000")


def _duration(seconds: float) -> str:
    """Return a duration in the largest unit of which it has at least one."""
    unit, size = next((unit for unit in _UNITS if seconds >= unit[1]), _UNITS[-1])
    number = seconds / size
    return f"{number:,.0f} {unit}" if number >= 1000 else f"{number:.3g} {unit}"


def _milliseconds(latency_ms: float) -> str:
    return f"{latency_ms:,.0f}" if abs(latency_ms) >= 1000 else f"{latency_ms:.3g}"
