"""The product: two append files, and a ring of commits that says how far they count.

A commit writes the mids, the errors, and then itself into the next slot. What lies behind
the lengths of the newest commit that fits does not exist: recovery cuts it off. Nothing is
ever appended to a file whose end is not the one that its commit describes.
"""

import zlib
from dataclasses import replace
from typing import Final

from protocol.errors import ResultLogError
from protocol.failpoint import is_next, reach
from protocol.messages import Result
from zmid.commit import SLOT_BYTES, SLOT_COUNT, Commit, Tail, pack, unpack
from zmid.disk import Disk, DiskFull

MIDS: Final = "mid_prices.log"
ERRORS: Final = "errors.log"
RING: Final = "commit.ring"
NAMES: Final = (RING, MIDS, ERRORS)
"""In the order of removal: logs without a ring are refused, wherever a removal is cut short."""


class ResultLog:
    """Owns what is committed in a folder.

    `last` is the newest commit, None in a folder that holds no run yet. `repaired_slots`
    counts the slots that were torn, flipped, or did not fit the files at recovery.

    Raises:
        ResultLogError: the logs are not as any commit of the ring describes them.
    """

    def __init__(self, disk: Disk, *, syncs: bool = False) -> None:
        self.last: Commit | None = None
        self.repaired_slots = 0
        self._disk = disk
        self._syncs = syncs
        self._adopted_run: bytes | None = None
        self._recover()

    def adopt(self, run: bytes) -> None:
        """Make the run that of an empty folder; the next commit puts it on disk.

        Raises:
            DiskFull: there is no room for the ring.
        """
        assert self.last is None, "a folder is adopted once"
        # Every slot gets its room now, so that a disk that fills up can still let in.
        self._disk.write(RING, 0, bytes(SLOT_COUNT * SLOT_BYTES))
        self._adopted_run = run

    def commit_epoch(self, epoch: int) -> None:
        """Let a replayer in: from now on only its epoch counts.

        Raises:
            DiskFull: there is no room; nothing has changed.
        """
        self._commit(replace(self._following(), epoch=epoch))

    def commit_finished(self) -> None:
        """Say that the run is complete.

        Raises:
            DiskFull: there is no room; nothing has changed.
        """
        self._commit(replace(self._following(), finished=True))

    def append(self, group: list[Result]) -> None:
        """Append the lines of results that follow one another.

        Raises:
            DiskFull: there is no room; files and `last` are as before.
            ResultLogError: the disk fails in another way; a restart recovers.
        """
        following, newest = self._following(), group[-1]
        mids = b"".join(result.mids for result in group)
        errors = b"".join(result.errors for result in group)
        skipped = sum(result.skipped for result in group)
        commit = replace(
            following,
            next=newest.first + newest.count,
            cursor=newest.cursor,
            mids_tail=_grown(following.mids_tail, mids),
            errors_tail=_grown(following.errors_tail, errors),
            mids=following.mids + sum(result.count for result in group) - skipped,
            skipped=following.skipped + skipped,
            threshold_ms=newest.threshold_ms,
            stamp=newest.stamp,
        )
        self._commit(commit, mids, errors)

    def _following(self) -> Commit:
        if self.last is not None:
            return replace(self.last, number=self.last.number + 1)
        assert self._adopted_run is not None, "the first commit needs an adopted run"
        run, nothing = self._adopted_run, Tail()
        return Commit(0, run, 0, 0, b"", nothing, nothing, 0, 0, None, "", False)

    def _commit(self, commit: Commit, mids: bytes = b"", errors: bytes = b"") -> None:
        before = self._following()
        slot = pack(commit)
        try:
            reach("result_log.before_mids")
            self._write(MIDS, before.mids_tail.length, mids, "result_log.torn_mids")
            reach("result_log.after_mids")
            self._write(ERRORS, before.errors_tail.length, errors, "result_log.torn_errors")
            reach("result_log.after_errors")
            self._sync(MIDS, mids)
            self._sync(ERRORS, errors)
            self._write(RING, _slot_offset(commit), slot, "result_log.torn_ring")
            reach("result_log.after_ring")
            self._sync(RING, slot)
        except DiskFull:
            self._cut(before)
            raise
        self.last = commit
        reach("result_log.after_commit")

    def _write(self, name: str, offset: int, data: bytes, torn: str) -> None:
        if not data:
            return
        if is_next(torn):
            self._disk.write(name, offset, data[: len(data) // 2])
        reach(torn)
        self._disk.write(name, offset, data)

    def _sync(self, name: str, data: bytes) -> None:
        if self._syncs and data:
            self._disk.sync(name)

    def _cut(self, commit: Commit) -> None:
        """Drop what lies behind a commit's lengths."""
        for name, tail in ((MIDS, commit.mids_tail), (ERRORS, commit.errors_tail)):
            if self._disk.size(name) > tail.length:
                self._disk.truncate(name, tail.length)

    def _recover(self) -> None:
        misfits: list[str] = []
        commits = self._commits()
        for commit in commits:
            misfit = self._misfit(commit)
            if misfit is None:
                self._void(commits[: len(misfits)])
                self._cut(commit)
                self.last = commit
                return
            misfits.append(misfit)
            self.repaired_slots += 1
        if commits or self._disk.size(MIDS) or self._disk.size(ERRORS):
            reason = misfits[0] if misfits else f"{RING} holds no commit that can be read"
            raise ResultLogError(
                f"the logs in this folder cannot be continued: {reason}",
                fix="choose another folder with --out DIR, or begin anew with --fresh",
                code="Z605",
            )

    def _commits(self) -> list[Commit]:
        """Return the commits of the ring, the newest first."""
        commits = []
        for number in range(SLOT_COUNT):
            slot = self._disk.read(RING, number * SLOT_BYTES, SLOT_BYTES)
            commit = unpack(slot)
            if commit is not None and commit.number % SLOT_COUNT == number:
                commits.append(commit)
            elif slot.count(0) != len(slot):
                self.repaired_slots += 1
        return sorted(commits, key=lambda commit: commit.number, reverse=True)

    def _misfit(self, commit: Commit) -> str | None:
        """Say why the files are not as the commit describes them; None if they are."""
        for name, tail in ((MIDS, commit.mids_tail), (ERRORS, commit.errors_tail)):
            size = self._disk.size(name)
            if size < tail.length:
                return f"{name} has {size} bytes, and {tail.length} were committed"
            group = self._disk.read(name, tail.group_start, tail.length - tail.group_start)
            if zlib.crc32(group) != tail.group_crc:
                return f"the end of {name} is damaged, from byte {tail.group_start} on"
        return None

    def _void(self, misfits: list[Commit]) -> None:
        """Blank commits that do not fit, lest they fit again once the files have regrown."""
        for commit in misfits:
            self._disk.write(RING, _slot_offset(commit), bytes(SLOT_BYTES))
        if misfits and self._syncs:
            self._disk.sync(RING)


def _grown(tail: Tail, text: bytes) -> Tail:
    """Return the tail after a group; an empty one leaves the last group as the one to check."""
    if not text:
        return tail
    return Tail(tail.length + len(text), tail.length, zlib.crc32(text))


def _slot_offset(commit: Commit) -> int:
    return commit.number % SLOT_COUNT * SLOT_BYTES
