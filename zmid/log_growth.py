"""What a group of results appends to each file of a commit, and to the manifest."""

from collections.abc import Sequence

from protocol.commit import Commit, output_names
from protocol.messages import Buffer, Result
from protocol.result_folder import ERRORS, MANIFEST, MIDS
from protocol.rotation import Rotation
from protocol.segment import Segment, manifest_line, period_text
from zmid.appended import Appended, Appender, whole
from zmid.arrivals import Arrivals, Stretch


def growth_of(before: Commit, stretches: Sequence[Stretch], rotation: Rotation) -> list[Appended]:
    """Return what is appended to both logs and to each output, in their order."""
    if not rotation.is_on:
        return _whole(before, stretches[0].results)
    heads = _heads(before)
    tails = (before.mids_tail, before.errors_tail, *before.output_tails)
    names = (MIDS, ERRORS, *output_names(before.processors))
    size_bytes = rotation.size_bytes
    appenders = [
        Appender(name, tail, head, size_bytes)
        for name, tail, head in zip(names, tails, heads, strict=True)
    ]
    ended: int | None = None
    for stretch in stretches:
        arrivals = stretch.arrivals
        if ended is not None and rotation.period_ns:
            span = period_text(ended, rotation.period_ns)
            for appender in appenders:
                appender.end_period(span, Arrivals(ended, arrivals.elapsed_ns))
        ended = arrivals.latest_ns
        period = arrivals.in_periods(rotation.counted_ns)
        for result in stretch.results:
            for appender, text in zip(appenders, _texts(result), strict=True):
                appender.add(text, period)
    return [appender.made() for appender in appenders]


def manifest_of(before: Commit, appended: Sequence[Appended]) -> Appended | None:
    """Return what is appended to the manifest: a line for each segment that is closed."""
    lines = [
        manifest_line(
            Segment(each.name, tail.number, file, tail.start, tail.length, tail.crc, *arrivals)
        )
        for each in appended
        for tail, file, arrivals in each.closed
    ]
    return whole(MANIFEST, before.manifest_tail, b"", lines) if lines else None


def _heads(commit: Commit) -> list[bytes]:
    """Return what each file begins with: a table with its schema."""
    return [b"", b"", *(file.schema for each in commit.processors for file in each.outputs)]


def _whole(before: Commit, group: Sequence[Result]) -> list[Appended]:
    """Return what is appended where no log is rotated; it is made for each commit."""
    logs = [
        whole(MIDS, before.mids_tail, b"", [result.mids for result in group]),
        whole(ERRORS, before.errors_tail, b"", [result.errors for result in group]),
    ]
    if not before.processors:
        return logs
    texts = zip(*(result.outputs for result in group), strict=True)
    names, heads = output_names(before.processors), _heads(before)[len(logs) :]
    return [*logs, *map(whole, names, before.output_tails, heads, map(list, texts))]


def _texts(result: Result) -> tuple[Buffer, ...]:
    return (result.mids, result.errors, *result.outputs)
