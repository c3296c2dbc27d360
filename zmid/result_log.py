"""The product: two append-only files, and a ring of commits that says how far they are valid.

A commit writes the mids, the errors, and then itself into the next slot. Anything beyond the
lengths of the newest valid commit does not exist: recovery cuts it off. Nothing is ever appended
to a file whose bytes differ from those that its commits describe.
"""

from typing import Final

from msgspec.structs import replace

from protocol.checksum import crc32
from protocol.errors import ResultLogError
from protocol.messages import Buffer, Result
from protocol.program.failpoint import is_next, reach
from protocol.result_folder import ERRORS, MIDS, RING
from zmid.commit import SLOT_BYTES, SLOT_COUNT, Commit, Tail, pack, unpack
from zmid.disk import Disk, DiskFull
from zmid.recovery import recover

NAMES: Final = (RING, MIDS, ERRORS)
"""In the order of removal: logs without a ring are refused, wherever a removal is cut short."""
CHECK_BYTES: Final = 1024 * 1024


class ResultLog:
    """Owns what is committed in a folder.

    `last` is the newest commit, None in a folder that holds no run yet. `repaired_slots`
    counts the slots that were torn, corrupted, or did not match the files at recovery.

    Raises:
        ResultLogError: the logs match no commit of the ring.
    """

    def __init__(self, disk: Disk, *, syncs: bool = False) -> None:
        self.last: Commit | None = None
        self.repaired_slots = 0
        self._disk = disk
        self._syncs = syncs
        self._adopted_run: bytes | None = None
        self._is_cut_due = False
        self._recover()

    def adopt(self, run: bytes) -> None:
        """Assign the run to an empty folder; the next commit puts it on disk.

        Raises:
            DiskFull: there is no room for the ring.
        """
        assert self.last is None, "a folder is adopted once"
        # Every slot gets its space now, so that a replayer can be admitted on a disk that fills up.
        self._disk.write(RING, 0, bytes(SLOT_COUNT * SLOT_BYTES))
        self._adopted_run = run

    def commit_epoch(self, epoch: int) -> None:
        """Admit a replayer: from now on only its epoch counts.

        Raises:
            DiskFull: there is no room; nothing has changed.
        """
        self._commit(replace(self._following(), epoch=epoch))

    def commit_finished(self) -> None:
        """Record that the run is complete.

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
        mids = _joined([result.mids for result in group])
        errors = _joined([result.errors for result in group])
        skipped = sum(result.skipped for result in group)
        blank = sum(result.blank for result in group)
        commit = replace(
            following,
            next=newest.first + newest.count,
            cursor=newest.cursor,
            mids_tail=following.mids_tail.grown(mids),
            errors_tail=following.errors_tail.grown(errors),
            mids=following.mids + sum(result.count for result in group) - skipped - blank,
            skipped=following.skipped + skipped,
            blank=following.blank + blank,
            threshold_ms=newest.threshold_ms,
            stamp=newest.stamp,
        )
        self._commit(commit, mids, errors)

    def _following(self) -> Commit:
        if self.last is not None:
            return replace(self.last, number=self.last.number + 1)
        assert self._adopted_run is not None, "the first commit needs an adopted run"
        run, nothing = self._adopted_run, Tail()
        return Commit(0, run, 0, 0, b"", nothing, nothing, 0, 0, 0, None, "", False)

    def _commit(self, commit: Commit, mids: Buffer = b"", errors: Buffer = b"") -> None:
        before = self._following()
        slot = pack(commit)
        try:
            if self._is_cut_due:
                self._cut(before)
            self._check_sizes(before)
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

    def _write(self, name: str, offset: int, data: Buffer, torn: str) -> None:
        if not data:
            return
        if is_next(torn):
            self._disk.write(name, offset, data[: len(data) // 2])
        reach(torn)
        self._disk.write(name, offset, data)

    def _sync(self, name: str, data: Buffer) -> None:
        if self._syncs and data:
            self._disk.sync(name)

    def _cut(self, commit: Commit) -> None:
        """Drop everything beyond a commit's lengths."""
        self._is_cut_due = True  # a full disk may refuse even this
        for name, tail in _tails(commit):
            if self._disk.size(name) > tail.length:
                self._disk.truncate(name, tail.length)
        self._is_cut_due = False

    def _check_sizes(self, commit: Commit) -> None:
        """Raise ResultLogError if a file ends elsewhere: a write after a cut leaves a hole."""
        for name, tail in _tails(commit):
            size = self._disk.size(name)
            if size != tail.length:
                raise ResultLogError(
                    f"{name} has {size} bytes, and {tail.length} were committed: "
                    "something else changed it while in use",
                    fix="start over with --fresh: what was cut off is lost"
                    if size < tail.length
                    else "let nothing else write there, and restart: what was added is cut off",
                    code="Z606",
                )

    def _recover(self) -> None:
        commits = self._commits()
        recovery = recover(commits, self._misfit)
        if recovery.last is None:
            if commits or self._disk.size(MIDS) or self._disk.size(ERRORS):
                reason = recovery.misfit or f"{RING} holds no commit that can be read"
                raise ResultLogError(
                    f"the logs in this folder cannot be continued: {reason}",
                    fix="choose another folder with --out DIR, or start over with --fresh",
                    code="Z605",
                )
            return
        if recovery.stepped_over:
            self._step_back(recovery.last, recovery.stepped_over)
        self._cut(recovery.last)
        self.last = recovery.last

    def _commits(self) -> list[Commit]:
        """Return the commits of the ring, the oldest first."""
        commits = []
        for number in range(SLOT_COUNT):
            slot = self._disk.read(RING, number * SLOT_BYTES, SLOT_BYTES)
            commit = unpack(slot)
            if commit is not None and commit.number % SLOT_COUNT == number:
                commits.append(commit)
            elif slot.count(0) != len(slot):
                self.repaired_slots += 1
        return sorted(commits, key=lambda commit: commit.number)

    def _misfit(self, name: str, before: Tail, tail: Tail) -> str | None:
        """Return why a file does not continue from one tail to another; None if it does."""
        size = self._disk.size(name)
        if size < tail.length:
            return f"{name} has {size} bytes, and {tail.length} were committed"
        offset, crc = before.length, before.crc
        while offset < tail.length:
            piece = self._disk.read(name, offset, min(CHECK_BYTES, tail.length - offset))
            if not piece:
                break
            offset, crc = offset + len(piece), crc32(piece, crc)
        if (offset, crc) != (tail.length, tail.crc):
            return f"{name} is damaged between bytes {before.length} and {tail.length}"
        return None

    def _step_back(self, repaired: Commit, stepped_over: tuple[Commit, ...]) -> None:
        """Write where to resume; blank what does not match, lest it match once the files regrow."""
        self.repaired_slots += len(stepped_over)
        offset = _slot_offset(repaired)
        self._disk.write(RING, offset, pack(repaired))
        for commit in stepped_over:
            if _slot_offset(commit) != offset:
                self._disk.write(RING, _slot_offset(commit), bytes(SLOT_BYTES))
        if self._syncs:
            self._disk.sync(RING)


def _joined(texts: list[Buffer]) -> Buffer:
    """Return the texts as one; if there is only one, as at full speed, without a copy."""
    return texts[0] if len(texts) == 1 else b"".join(texts)


def _tails(commit: Commit) -> tuple[tuple[str, Tail], ...]:
    return (MIDS, commit.mids_tail), (ERRORS, commit.errors_tail)


def _slot_offset(commit: Commit) -> int:
    return commit.number % SLOT_COUNT * SLOT_BYTES
