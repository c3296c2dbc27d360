"""Which commit of the ring to resume from: the newest up to which the logs are intact.

Commits in, a verdict out. Each commit holds the crc of all bytes before its end, so the bytes
between any two of them can be checked, even if a slot between them cannot be read. From the
first commit that does not match, the logs are damaged, and every later one describes that
damage too: these are stepped over and blanked, and their lines are computed again.

The commit to resume from keeps the newest epoch that was granted, lest it be granted twice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from protocol.result_folder import ERRORS, MIDS
from zmid.commit import Commit, Tail

CHECKED_WHOLE_BYTES: Final = 64 * 1024 * 1024
"""Logs up to this size are checked from their first byte on, longer ones from the oldest commit."""

Check = Callable[[str, Tail, Tail], str | None]
"""Why a log does not continue from one tail to another; None if it does."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """`last` is where to resume, None if nothing matches; `misfit` says why something did not.

    `stepped_over` are blanked, and `last` is written, if there are any.
    """

    last: Commit | None = None
    stepped_over: tuple[Commit, ...] = ()
    misfit: str = ""


def recover(commits: Sequence[Commit], check: Check) -> Recovery:
    """Return where to resume; `commits` are those of the ring, the oldest first."""
    good: Commit | None = None
    for place, commit in enumerate(commits):
        misfit = _misfit(good, commit, check)
        if misfit is None:
            good = commit
            continue
        if good is None:
            return Recovery(misfit=misfit)
        epoch = max(each.epoch for each in commits)
        repaired = replace(good, number=good.number + 1, epoch=epoch)
        return Recovery(repaired, tuple(commits[place:]), misfit)
    return Recovery(good)


def _misfit(before: Commit | None, commit: Commit, check: Check) -> str | None:
    starts = (
        (_start(commit.mids_tail), _start(commit.errors_tail))
        if before is None
        else (before.mids_tail, before.errors_tail)
    )
    return check(MIDS, starts[0], commit.mids_tail) or check(ERRORS, starts[1], commit.errors_tail)


def _start(oldest: Tail) -> Tail:
    """Return the tail from which the bytes before the oldest commit are checked."""
    return Tail() if oldest.length <= CHECKED_WHOLE_BYTES else oldest
