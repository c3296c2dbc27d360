"""The replayer's own folder: the lock, the accepted commands, the run's identity.

replayer.lock    held while the replayer lives; names its pid
commands.json    accepted commands, each with its record: those to come and the latest behind
capture          what the live feed gave (zreplay/live/capture.py); capture.log before version 3
gaps.log         when the live feed gave nothing (zreplay/replayer/gaps_log.py)
rejected.log     rows that are not quotes (zreplay/replayer/rejected_log.py)
checkpoints      where reading can resume (zreplay/replayer/checkpoint_ring.py)
live_start       when a live run that is to last so long began (zreplay/replayer/live_start.py)
live_run_id      a random id, for a run without files or with standard input
earlier_state    what `--fresh` set aside, until the new run has begun (protocol/program/earlier.py)
"""

import hashlib
import os
import secrets
from pathlib import Path
from typing import Final

import msgspec

from protocol.errors import NO_ROOM_ERRNOS, InputError, NoRoom, ResultLogError, write_fix
from protocol.json_text import utf8_text
from protocol.messages import RUN_BYTES
from protocol.program.earlier import Earlier
from protocol.program.failpoint import reach
from protocol.program.folder_lock import FolderLock
from protocol.result_folder import RATES
from zreplay.delivery.command import Command
from zreplay.live.capture_folder import FOLDER, ONE_FILE, has_quotes
from zreplay.recordings.file_stamp import Stamp, stamp_from
from zreplay.recordings.first_looks import FIRST_LOOKS
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.index.file_identity import ends_of_folder, stamp_of
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.recordings.lobster_bytes import files_beside
from zreplay.recordings.object_path import ObjectPath
from zreplay.recordings.recording_layout import format_identity, note_head
from zreplay.recordings.regular_file import opened, size_of
from zreplay.recordings.seen_files import SeenFiles
from zreplay.replayer import command_journal
from zreplay.settings import MAX_JUMP_NS, ReplaySettings

_MANY_FILES: Final = 256
_END_BYTES: Final = 64 * 1024
_END_BYTES_OF_MANY: Final = 4 * 1024
"""So much of each end of a file is part of its run's name: of many files it takes long to read."""

_SIZE_BYTES: Final = 8
_HASH_BYTES: Final = 32
_FINGERPRINTS: Final = SeenFiles[int, bytes](name="fingerprints")
"""Those of this process, by how much of the ends is in them."""

OWN_FILES: Final = (
    *("commands.json", FOLDER, ONE_FILE, "gaps.log", "rejected.log", "checkpoints", "live_run_id"),
    "live_start",
    RATES,
)


class StatePaths(msgspec.Struct, frozen=True):
    folder: Path

    @property
    def capture(self) -> Path:
        return self.folder / FOLDER

    @property
    def one_file(self) -> Path:
        """The capture as versions 1 and 2 wrote it."""
        return self.folder / ONE_FILE

    @property
    def gaps(self) -> Path:
        return self.folder / "gaps.log"

    @property
    def rejected(self) -> Path:
        return self.folder / "rejected.log"

    @property
    def live_start(self) -> Path:
        return self.folder / "live_start"

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"


class ReplayerState:
    """Owns the folder of one replayer; a second one on the same folder is refused."""

    def __init__(self, folder: Path, *, fresh: bool, lock_wait_ns: int) -> None:
        self.paths = StatePaths(folder)
        self._folder = folder
        self._lock = FolderLock(
            folder,
            "replayer.lock",
            "replayer",
            lock_wait_ns,
            fix="choose another state folder: --state DIR",
        )
        self.earlier = Earlier(folder, "earlier_state", OWN_FILES)
        self._has_begun = False
        if fresh:
            self.earlier.set_aside()

    def read_commands(self, run: bytes) -> list[Command]:
        """Return the accepted commands of this run; those of another run are void.

        Raises:
            ResultLogError: they cannot be read, or are of another version.
        """
        path = self._folder / "commands.json"
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise command_journal.damaged(str(path), error) from error
        return command_journal.unpack(data, run, str(path))

    def write_commands(self, run: bytes, commands: list[Command]) -> None:
        """Write the accepted commands, all or none.

        Raises:
            NoRoom: the disk is full; the file is unchanged.
            ResultLogError: the disk refuses it for another reason.
        """
        path = self._folder / "commands.json"
        try:
            _replace(path, command_journal.pack(run, commands))
        except OSError as error:
            what = f"cannot write {path}: {error.strerror}"
            if error.errno in NO_ROOM_ERRNOS:
                raise NoRoom(what) from error
            raise ResultLogError(what, fix=write_fix(error), code="Z602") from error

    def live_run_id(self) -> str:
        """Return the random id of a run without files, made at its first start."""
        path = self._folder / "live_run_id"
        try:
            if not path.exists():
                _replace(path, secrets.token_hex(RUN_BYTES).encode())
            return path.read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise ResultLogError(
                f"{path} is damaged: {error}",
                fix="start over with --fresh: what was captured and not sent is lost then",
                code="Z605",
            ) from error

    def begin(self) -> None:
        """Note that the run has begun: what an earlier one left is no longer needed."""
        if not self._has_begun:
            self.earlier.remove()
            self._has_begun = True

    def close(self) -> None:
        """Release the folder; if the run has not begun, restore what an earlier one left.

        Not if commands were accepted or quotes captured meanwhile: then both stay.
        """
        commands = self._folder / "commands.json"
        try:
            if not has_quotes(self._folder) and not commands.exists():
                self.earlier.put_back()
        finally:
            self._lock.release()


def _replace(path: Path, data: bytes) -> None:
    """Replace a file: all of the new bytes are there or none, also after a power cut."""
    temporary = path.with_suffix(".tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        reach("state.before_rename")
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)  # it would take room on a full disk
        raise
    reach("state.after_rename")
    folder_fd = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder_fd)
    finally:
        os.close(folder_fd)


def run_identity(settings: ReplaySettings, state: ReplayerState | None) -> bytes:
    """Return the identity of the run: a hash of all that decides its output, and nothing else.

    Not the paths, speed, workers, window or endpoints. Without a file, and with standard
    input, of which nothing is known before, the state folder's random id is part of it.
    """
    digest = hashlib.sha256(b"zreplay run 1")
    end_bytes = _end_bytes_of(settings)
    columns, looked_at = settings.columns, list[tuple[Path, tuple[Stamp | None, ...]]]()
    for path in settings.historical:
        if path == STANDARD_INPUT:
            digest.update(b"-")
            continue
        stamps: tuple[Stamp | None, ...] = ()
        for file in (path, *files_beside(path)):
            stamp, fingerprint = _fingerprint(file, end_bytes, columns)
            digest.update(fingerprint)
            stamps += (stamp,)
        looked_at.append((path, stamps))
    digest.update(f"reorder {settings.reorder_ns} late {settings.late}".encode())
    if settings.max_jump_ns != MAX_JUMP_NS:
        digest.update(f"max jump {settings.max_jump_ns}".encode())
    if settings.loop != 1:
        digest.update(f"loop {settings.loop}".encode())
    digest.update(utf8_text(columns.identity).encode())
    for path, stamps in looked_at:
        digest.update(format_identity(path, columns, stamps))
    if str(settings.selection or ""):
        digest.update(utf8_text(f"selection {settings.selection}").encode())
    if settings.latency is not None:
        digest.update(f"latency {settings.latency}".encode())
    for address in settings.live:
        digest.update(f"live {address}".encode())
    for name, text in settings.live_formats.items():
        digest.update(utf8_text(f"live format {name} {text}").encode())
    is_unknown = not settings.historical or STANDARD_INPUT in settings.historical
    if is_unknown and state is not None:
        digest.update(state.live_run_id().encode())
    return digest.digest()[:RUN_BYTES]


def _end_bytes_of(settings: ReplaySettings) -> int:
    return _END_BYTES if len(settings.historical) <= _MANY_FILES else _END_BYTES_OF_MANY


def known_sizes_bytes(settings: ReplaySettings) -> list[int | None]:
    """Return how large each file was when the run was named, None where that is not known."""
    end_bytes = _end_bytes_of(settings)
    found = (_FINGERPRINTS.last(str(path), end_bytes) for path in settings.historical)
    return [
        int.from_bytes(each[:_SIZE_BYTES], "little")
        if each is not None and len(each) == _SIZE_BYTES + _HASH_BYTES
        else None
        for each in found
    ]


def _fingerprint(path: Path, end_bytes: int, columns: FormatOptions) -> tuple[Stamp | None, bytes]:
    """Return the stamp of a file, its size and a hash of its two ends; known as the stamp is.

    Of an object in a store it is a hash of its size and ETag.
    """
    if _FINGERPRINTS.last(str(path), end_bytes) is not None:
        stamp = FIRST_LOOKS.stamp(path) or stamp_of(path)
        found = _FINGERPRINTS.find(str(path), end_bytes, stamp)
        if found is not None:
            return stamp, found
    stamp, found = _new_fingerprint(path, end_bytes, columns)
    _FINGERPRINTS.note(str(path), end_bytes, stamp, found)
    return stamp, found


def _new_fingerprint(
    path: Path, end_bytes: int, columns: FormatOptions
) -> tuple[Stamp | None, bytes]:
    if isinstance(path, ObjectPath):
        stamp = stamp_of(path)
        if stamp is None:
            size_of(path)  # which says why, unless the store answers by now
            stamp = stamp_of(path)
        return stamp, hashlib.sha256(f"object {stamp}".encode()).digest()
    try:
        descriptor, found = opened(path)
    except InputError:
        if not os.path.isdir(path):
            raise
        stamp, ends = stamp_of(path), ends_of_folder(path, end_bytes)
        return stamp, hashlib.sha256(f"capture {size_of(path)} ".encode() + ends).digest()
    try:
        now = stamp_from(found)
        head = os.read(descriptor, end_bytes)
        tail = os.pread(descriptor, end_bytes, max(0, now.size_bytes - end_bytes))
    except OSError as error:
        raise InputError(
            f"cannot read {path}: {error.strerror}", fix="check the disk that holds it", code="Z401"
        ) from error
    finally:
        os.close(descriptor)
    note_head(path, columns, now, head)  # it is asked for next, and read already
    size = now.size_bytes.to_bytes(_SIZE_BYTES, "little")
    return now, size + hashlib.sha256(head + tail).digest()
