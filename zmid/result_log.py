"""The product: append-only files, and a ring of commits that says how far they are valid.

A commit writes mids, errors, what processors computed, and then itself into the next slot. Beyond
the lengths of the newest valid commit nothing exists: recovery cuts it off. Where logs are rotated,
what is appended is cut into segments; a line for each closed one goes to the manifest, a file of
the commit like the others; files are renamed behind the commit.
"""

from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import Final

from msgspec.structs import replace

from protocol.commit import SLOT_BYTES, SLOT_COUNT, Commit, Tail, output_names, pack, unpack
from protocol.declaration import Declarations
from protocol.errors import ResultLogError
from protocol.messages import Result
from protocol.program.failpoint import reach
from protocol.result_folder import ERRORS, MIDS, RING
from protocol.rotation import Rotation
from zmid.appended import Appended
from zmid.arrivals import Arrivals, stretches_of
from zmid.disk import Disk, DiskFull
from zmid.log_files import LogFiles
from zmid.log_growth import growth_of, manifest_of
from zmid.outside_rotation import rotated_outside
from zmid.recovery import recover

NAMES: Final = (RING, MIDS, ERRORS)
"""In the order of removal: logs without a ring are refused, wherever a removal is cut short."""
NO_ROTATION: Final = Rotation()
_POINTS: Final = {
    MIDS: ("result_log.torn_mids", "result_log.after_mids"),
    ERRORS: ("result_log.torn_errors", "result_log.after_errors"),
}
_OF_OUTPUTS: Final = ("result_log.torn_output", "result_log.after_outputs")


class ResultLog:
    """Owns what is committed in a folder.

    `last` is the newest commit, None in a folder that holds no run yet. `repaired_slots`
    counts the slots that were torn, corrupted, or did not match the files at recovery.

    Raises:
        ResultLogError: the logs match no commit of the ring.
    """

    def __init__(
        self, disk: Disk, *, syncs: bool = False, rotation: Rotation = NO_ROTATION
    ) -> None:
        self.last: Commit | None = None
        self.repaired_slots = 0
        self.period_ns = rotation.counted_ns
        self._rotation = rotation
        self._disk = disk
        self._files = LogFiles(disk, syncs=syncs)
        self._syncs = syncs
        self._adopted_run: bytes | None = None
        self._is_settling_due = False
        self._kept: deque[Commit] = deque(maxlen=SLOT_COUNT)
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
        """Record that the run is complete; DiskFull as above."""
        self._commit(replace(self._following(), finished=True))

    def commit_commanded(self, commanded: int) -> None:
        """Record before which record all accepted commands apply; DiskFull as above."""
        self._commit(replace(self._following(), commanded=commanded))

    @property
    def named(self) -> dict[str, int]:
        """The least segment of each log that a commit of the ring can name."""
        named: dict[str, int] = {}
        for commit in self._kept:
            for log, tail in commit.tails.items():
                named[log] = min(named.get(log, tail.number), tail.number)
        return named

    def append(self, group: list[Result]) -> None:
        """Append the lines and outputs of results that follow one another.

        The last one ends its batch. All are of the processors that are committed, if any are.

        Raises:
            DiskFull: there is no room; files and `last` are as before.
            ResultLogError: the disk fails in another way; a restart recovers.
        """
        before, newest = self._with_outputs(group[0].processors), group[-1]
        arrivals = Arrivals(before.latest_ns, before.elapsed_ns)
        stretches = stretches_of(group, arrivals, self.period_ns)
        appended = growth_of(before, stretches, self._rotation)
        latest = stretches[-1].arrivals
        manifest = manifest_of(before, appended)
        skipped = sum(result.skipped for result in group)
        blank = sum(result.blank for result in group)
        counted = 0 if newest.threshold_ms is None else sum(result.count for result in group)
        mids, errors, *outputs = [each.after for each in appended]
        commit = replace(
            before,
            next=newest.first + newest.count,
            cursor=newest.cursor,
            mids_tail=mids,
            errors_tail=errors,
            mids=before.mids + counted - skipped - blank,
            skipped=before.skipped + skipped,
            blank=before.blank + blank,
            threshold_ms=newest.threshold_ms,
            stamp=newest.stamp,
            output_tails=tuple(outputs),
            manifest_tail=manifest.after if manifest else before.manifest_tail,
            latest_ns=latest.latest_ns,
            elapsed_ns=latest.elapsed_ns,
        )
        self._commit(commit, before, appended, manifest)

    def _following(self) -> Commit:
        if self.last is not None:
            return replace(self.last, number=self.last.number + 1)
        assert self._adopted_run is not None, "the first commit needs an adopted run"
        run, nothing = self._adopted_run, Tail()
        return Commit(0, run, 0, 0, b"", nothing, nothing, 0, 0, 0, None, "", False, 0, (), ())

    def _with_outputs(self, processors: Declarations) -> Commit:
        """Return the commit before one of these processors; the first begins their files."""
        before = self._following()
        if before.processors == processors:
            return before
        assert not before.processors, "the processors of a run do not change"
        self._is_settling_due = True  # of what a commit that was never written has left
        tails = (Tail(),) * len(output_names(processors))
        return replace(before, processors=processors, output_tails=tails)

    def _commit(
        self,
        commit: Commit,
        before: Commit | None = None,
        appended: Sequence[Appended] = (),
        manifest: Appended | None = None,
    ) -> None:
        before = before or self._following()
        slot = pack(commit)
        try:
            if self._is_settling_due:
                self._settle(before)
            self._files.check_sizes(before)
            reach("result_log.before_mids")
            for each in appended:
                torn, after = _POINTS.get(each.name, _OF_OUTPUTS)
                self._files.write(each, torn)
                reach(after)
            if manifest is not None:
                self._files.write(manifest, "result_log.torn_manifest")
                reach("result_log.after_manifest")
                self._files.sync(manifest)
            for each in appended:
                self._files.sync(each)
            self._files.put(RING, _slot_offset(commit), slot, "result_log.torn_ring")
            reach("result_log.after_ring")
            if self._syncs:
                self._disk.sync(RING)
        except DiskFull:
            self._settle(before)
            raise
        self.last = commit
        self._kept.append(commit)
        reach("result_log.after_commit")
        self._close(appended)

    def _close(self, appended: Sequence[Appended]) -> None:
        """Rename what the commit has closed; what a full disk refuses is done before the next."""
        try:
            for each in appended:
                self._files.close(each)
        except DiskFull:
            self._is_settling_due = True

    def _settle(self, commit: Commit) -> None:
        """Drop everything beyond a commit's lengths, and finish its renames."""
        self._is_settling_due = True  # a full disk may refuse even this
        self._files.settle(commit)
        self._is_settling_due = False

    def _recover(self) -> None:
        commits = self._commits()
        manifest_bytes = max((each.manifest_tail.length for each in commits), default=0)
        present = self._files.look(manifest_bytes)
        there = [each for each in commits if not present.lack(each, commits[-1])]
        recovery = recover(there, partial(self._files.misfit, present))
        if recovery.last is None:
            found = (*self._disk.outputs(), *self._disk.segments())
            for log, tail in commits[-1].tails.items() if commits else ():
                if self._disk.size(log) < tail.length and (left := self._disk.left_of(log)):
                    raise rotated_outside(log, left, "has fewer bytes than were committed")
            if commits or found or any(map(self._disk.size, (MIDS, ERRORS))):
                reason = recovery.misfit or f"{RING} holds no commit that can be read"
                raise ResultLogError(
                    f"the logs in this folder cannot be continued: {reason}",
                    fix="choose another folder with --out DIR, or start over with --fresh",
                    code="Z605",
                )
            return
        if recovery.stepped_over:
            self._step_back(recovery.last, recovery.stepped_over)
        self._settle(recovery.last)
        self.last = recovery.last
        self._kept.extend(there)

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


def _slot_offset(commit: Commit) -> int:
    return commit.number % SLOT_COUNT * SLOT_BYTES
