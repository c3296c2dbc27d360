"""Who owns the folder of a run's sockets: its lock is held while the run lives.

A run that was killed leaves its folder behind, and the next start removes it. The lock is the
kernel's (flock): it is released with the process, however that ended.
"""

import contextlib
import fcntl
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from zreplay.supervision.link_folder import LINK_PREFIX, make_link_folder, remove_link_folder

NAME: Final = "lock"
_OWN_MODE: Final = 0o700


@contextlib.contextmanager
def own_links() -> Iterator[Path]:
    """Yield a new folder for a run's sockets, removed at the end; those of killed runs go now."""
    folder = make_link_folder()
    remove_abandoned(folder.parent)
    fd = _locked(folder)
    try:
        yield folder
    finally:
        remove_link_folder(f"ipc://{folder}/control")
        if fd is not None:
            os.close(fd)


def _locked(folder: Path) -> int | None:
    """Lock a new folder; None if that is impossible, and then no start will remove it."""
    # Taken before it has its name: a lock of that name that is free has no owner.
    nameless = folder / f"{NAME}.new"
    try:
        fd = os.open(nameless, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    with contextlib.suppress(OSError):
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        nameless.rename(folder / NAME)
    return fd


def remove_abandoned(folder: Path) -> None:
    """Remove the folders in `folder` that runs of this user left when they were killed."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(LINK_PREFIX) and _is_own(entry):
                _remove_if_free(Path(entry.path))


def _is_own(entry: "os.DirEntry[str]") -> bool:
    """Return whether only this user can have put anything there."""
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return False
    is_private = stat.S_ISDIR(status.st_mode) and stat.S_IMODE(status.st_mode) == _OWN_MODE
    return is_private and status.st_uid == os.geteuid()


def _remove_if_free(folder: Path) -> None:
    with contextlib.suppress(OSError):  # held, or no lock: not one of ours, or not yet
        fd = os.open(folder / NAME, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)
        finally:
            os.close(fd)
