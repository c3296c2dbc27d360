"""The files of a result log on its disk: of each log the open segment, and what was closed of it.

A segment that begins has a name of its own until the commit that needs it is written; only then are
the files renamed. So each step may be the last: `settle` makes of what is there what a commit says.

Nothing is ever appended to a file whose bytes differ from those that its commits describe.
"""

from typing import Final

from protocol.checksum import crc32
from protocol.commit import Commit, Tail
from protocol.errors import ResultLogError
from protocol.messages import Buffer
from protocol.present_segments import PresentSegments
from protocol.program.failpoint import is_next, reach
from protocol.result_folder import MANIFEST
from protocol.segment import waiting_file
from zmid.appended import Appended
from zmid.disk import Disk
from zmid.outside_rotation import rotated_outside

CHECK_BYTES: Final = 1024 * 1024


class LogFiles:
    """What a commit appends is written, synced and, once the commit is on disk, renamed."""

    def __init__(self, disk: Disk, *, syncs: bool) -> None:
        self._disk = disk
        self._syncs = syncs

    def write(self, appended: Appended, torn: str) -> None:
        """Write what is appended; the failpoint `torn` is in the midst of each write.

        Raises:
            DiskFull: there is no room; `settle` undoes what was written.
        """
        if not appended.closed:
            self.put(appended.name, appended.before.length, appended.pieces[0], torn)
            return
        for file, offset, piece in appended.files:
            if file != appended.name:
                self._disk.truncate(file, 0)
                reach("log_files.begun")
            self.put(file, offset, piece, torn)

    def put(self, file: str, offset: int, data: Buffer, torn: str) -> None:
        """Write bytes into a file."""
        if not data:
            return
        if is_next(torn):
            self._disk.write(file, offset, data[: len(data) // 2])
        reach(torn)
        self._disk.write(file, offset, data)

    def sync(self, appended: Appended) -> None:
        """Have on disk what is appended, if it is to outlive a power failure."""
        if not self._syncs:
            return
        for file, _, piece in appended.files:
            if piece or file != appended.name:
                self._disk.sync(file)

    def close(self, appended: Appended) -> None:
        """Give their names to what was closed, and the name of the log to what is open now."""
        if not appended.closed:
            return
        file = appended.name
        for closed in appended.closed:
            reach("log_files.before_rename")
            self._disk.rename(file, closed.file)
            reach("log_files.between_renames")
            file = waiting_file(appended.name, closed.tail.number + 1)
        self._disk.rename(file, appended.name)
        reach("log_files.after_rename")

    def look(self, manifest_bytes: int) -> PresentSegments:
        """Return which segments are there, as far as so many bytes of the manifest say."""
        files = self._disk.segments()
        manifest = self._disk.read(MANIFEST, 0, manifest_bytes) if MANIFEST in files else b""
        return PresentSegments(files, manifest)

    def settle(self, commit: Commit) -> None:
        """Make the files what a commit says: finish its renames, drop everything behind it."""
        present = self.look(commit.manifest_tail.length)
        for name, tail in commit.tails.items():
            if name != MANIFEST:
                self._settle(name, tail, present)
            if self._disk.size(name) > tail.length:
                self._disk.truncate(name, tail.length)
        if not commit.manifest_tail.length and MANIFEST in self._disk.segments():
            self._disk.remove(MANIFEST)

    def _settle(self, name: str, tail: Tail, present: PresentSegments) -> None:
        closed, waiting = present.of(name)
        for number, file in (*closed.items(), *waiting.items()):
            if number > tail.number:
                self._disk.remove(file)
        if tail.number in closed:
            # A later commit closed it, and is not the one to go on from.
            self._disk.rename(closed[tail.number], name)
            return
        begun = sorted(number for number in waiting if number <= tail.number)
        if not begun:
            return
        if begun[0] - 1 not in closed and self._disk.size(name):
            self._disk.rename(name, present.name(name, begun[0] - 1))
        for number in begun[:-1]:
            self._disk.rename(waiting[number], present.name(name, number))
        self._disk.rename(waiting[begun[-1]], name)

    def check_sizes(self, commit: Commit) -> None:
        """Raise ResultLogError if a file ends elsewhere: a write after a cut leaves a hole."""
        for name, tail in commit.tails.items():
            size = self._disk.size(name)
            if size != tail.length:
                if size < tail.length and (left := self._disk.left_of(name)):
                    raise rotated_outside(name, left, f"was cut to {size} bytes while in use")
                raise ResultLogError(
                    f"{name} has {size} bytes, and {tail.length} were committed: "
                    "something else changed it while in use",
                    fix="start over with --fresh: what was cut off is lost"
                    if size < tail.length
                    else "let nothing else write there, and restart: what was added is cut off",
                    code="Z606",
                )

    def misfit(self, present: PresentSegments, name: str, before: Tail, tail: Tail) -> str | None:
        """Return why a log does not continue from one tail to another; None if it does."""
        if name == MANIFEST or before.number == tail.number:
            return self._file_misfit(present.file(name, tail.number), before, tail)
        for number in range(before.number, tail.number):
            end = present.end(name, number)
            if end is not None and present.of(name).has(number):
                begin = before if number == before.number else end.begin
                if misfit := self._file_misfit(present.file(name, number), begin, end):
                    return misfit
        return self._file_misfit(present.file(name, tail.number), tail.begin, tail)

    def _file_misfit(self, file: str, before: Tail, tail: Tail) -> str | None:
        size = self._disk.size(file)
        if size < tail.length:
            return f"{file} has {size} bytes, and {tail.length} were committed"
        offset, crc = before.length, before.crc
        while offset < tail.length:
            piece = self._disk.read(file, offset, min(CHECK_BYTES, tail.length - offset))
            if not piece:
                break
            offset, crc = offset + len(piece), crc32(piece, crc)
        if (offset, crc) != (tail.length, tail.crc):
            return f"{file} is damaged between bytes {before.length} and {tail.length}"
        return None
