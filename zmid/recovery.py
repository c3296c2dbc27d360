"""Which commit of the ring to resume from: the newest up to which the logs are intact.

Commits in, a verdict out. Each commit holds the crc of all bytes before its end, so the bytes
between any two of them can be checked, even if a slot between them cannot be read. From the
first commit that does not match, the logs are damaged, and every later one describes that
damage too: these are stepped over and blanked, and their lines are computed again.

The commit to resume from keeps the newest epoch that was granted, lest it be granted twice.
"""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from msgspec.structs import replace

from protocol.commit import Commit, Tail

CHECKED_WHOLE_BYTES: Final = 64 * 1024 * 1024
"""Logs up to this size are checked from their first byte on, longer ones from the oldest commit."""

Check = Callable[[str, Tail, Tail], str | None]
"""Why a log does not continue from one tail to another; None if it does."""


class Recovery(msgspec.Struct, frozen=True):
    """`last` is where to resume, None if nothing matches; `misfit` says why something did not.

    `stepped_over` are blanked, and `last` is written, if there are any.
    """

    last: Commit | None = None
    stepped_over: tuple[Commit, ...] = ()
    misfit: str = ""


def recover(commits: Sequence[Commit], check: Check) -> Recovery:
    """Return where to resume; `commits` are those of the ring, the oldest first."""
    good: Commit | None = None
    for index, commit in enumerate(commits):
        misfit = _misfit(good, commit, check)
        if misfit is None:
            good = commit
            continue
        if good is None:
            return Recovery(misfit=misfit)
        epoch = max(each.epoch for each in commits)
        repaired = replace(good, number=good.number + 1, epoch=epoch)
        return Recovery(repaired, tuple(commits[index:]), misfit)
    return Recovery(good)


def _misfit(before: Commit | None, commit: Commit, check: Check) -> str | None:
    starts = None if before is None else before.tails
    for name, tail in commit.tails.items():
        start = _start(tail) if starts is None else starts.get(name, Tail())
        if misfit := check(name, start, tail):
            return misfit
    return None


def _start(oldest: Tail) -> Tail:
    """Return the tail from which the bytes before the oldest commit are checked."""
    return oldest.begin if oldest.length <= CHECKED_WHOLE_BYTES else oldest
