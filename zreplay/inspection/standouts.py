"""Many files -> the few that one should look at first. Pure: reports in, reports out.

The rule: of each kind of trouble the worst file, then the second of each, and so on until there
are enough. The kinds in their order: broken off, rejected rows, late ones, strays, empty, the
largest step back, the widest gap. Equal files come in the order in which they were given.
"""

from typing import Final, NamedTuple

from zreplay.inspection.report import Inspection, RecordingReport
from zreplay.quotes.rejection import RowCode

MOST: Final = 10
RULE: Final = (
    "in turn of each kind the worst: broken off, rejected, late, strays, empty, "
    "largest step back, widest gap"
)


class Troubles(NamedTuple):
    """How much of each kind a file has; the kinds in the order of the rule."""

    broken_off: int
    rejected: int
    late: int
    strays: int
    empty: int
    step_back_ns: int
    gap_ns: int


class Standout(NamedTuple):
    """A file, and what is the matter with it."""

    file: RecordingReport
    troubles: Troubles


def standouts(found: Inspection, most: int = MOST) -> list[Standout]:
    """Return the files that stand out, in the order in which the rule finds them."""
    files = [Standout(file, troubles_of(file, found.broken_off)) for file in found.files]
    ranked = [_ranked(files, kind) for kind in range(len(Troubles._fields))]
    chosen: dict[int, Standout] = {}
    for rank in range(len(files)):
        for ranking in ranked:
            if rank < len(ranking):
                chosen.setdefault(ranking[rank], files[ranking[rank]])
            if len(chosen) >= most:
                return list(chosen.values())
    return list(chosen.values())


def troubles_of(file: RecordingReport, broken_off: str | None = None) -> Troubles:
    """Return how much of each kind a file has; `broken_off` begins with the one it is of."""
    strays = sum(refusal.rows for refusal in file.refusals if refusal.code == RowCode.STRAY)
    return Troubles(
        broken_off=int((broken_off or "").startswith(f"{file.file}:")),
        rejected=file.rejected - strays,
        late=file.disorder.late,
        strays=strays,
        empty=int(not file.rows),
        step_back_ns=file.disorder.largest_step_ns,
        gap_ns=file.rate.longest_gap_ns if file.rate else 0,
    )


def _ranked(files: list[Standout], kind: int) -> list[int]:
    """Return the numbers of the files that have some of a kind, the worst first."""
    amounts = [file.troubles[kind] for file in files]
    having = [number for number, amount in enumerate(amounts) if amount]
    return sorted(having, key=lambda number: -amounts[number])
