"""The page of a program that has nothing but its counts: readiness, metrics, last warnings."""

from collections.abc import Iterable, Sequence
from time import gmtime, strftime

from protocol.messages import Diagnostic
from protocol.program.metrics import Metric
from protocol.program.status_page import Said, Section, status_page, warnings_section


def counts_page(
    name: str, missing: str, metrics: Iterable[Metric], said: Sequence[Diagnostic]
) -> bytes:
    """Return the page of `name`; `missing` is what it waits for, empty if nothing."""
    state = Section("State", [("ready", "yes") if not missing else ("not ready", missing)])
    warnings = [Said(_time_text(one.unix_ns), one.level, one.text, one.count) for one in said]
    return status_page(name, [state, _counts(metrics), warnings_section(warnings)])


def _counts(metrics: Iterable[Metric]) -> Section:
    rows = [
        (" ".join((metric.name, *labels.values())), f"{value:,.15g}", metric.help)
        for metric in metrics
        if not metric.buckets
        for labels, value in metric.values
    ]
    return Section("Counts", rows)


def _time_text(unix_ns: int) -> str:
    return strftime("%Y-%m-%d %H:%M:%S", gmtime(unix_ns / 1e9))
