"""One process at a time in a folder: a lock file that names its holder.

The lock is the kernel's (flock): it is released with the process, however that ended.
"""

import contextlib
import fcntl
import os
import signal
import time
from pathlib import Path
from typing import Final

from protocol.errors import ResultLogError
from protocol.whole_number import whole_number

POLL_NS: Final = 20_000_000
_MAX_PID: Final = 2**31 - 1


class FolderLock:
    """Holds `folder/name` until `release`; waits up to `wait_ns` for an earlier holder.

    Raises:
        ResultLogError: the folder cannot be used, or `role` (pid) holds it.
    """

    def __init__(self, folder: Path, name: str, role: str, wait_ns: int, fix: str) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._fd = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise ResultLogError(
                f"cannot use the folder {folder}: {error.strerror}", fix=fix, code="Z602"
            ) from error
        give_up_ns = time.monotonic_ns() + wait_ns
        while not _takes(self._fd):
            if time.monotonic_ns() >= give_up_ns:
                holder = os.pread(self._fd, 32, 0).decode("ascii", "replace").strip()
                os.close(self._fd)
                raise ResultLogError(
                    f"{folder} is in use by another {role} (pid {holder or 'unknown'})",
                    fix=f"wait for it or end it, or {fix}",
                    code="Z601",
                )
            time.sleep(POLL_NS / 1e9)
        with contextlib.suppress(OSError):  # a full disk: the lock holds without a name too
            os.ftruncate(self._fd, 0)
            os.pwrite(self._fd, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        os.close(self._fd)


def _takes(fd: int) -> bool:
    """Take a lock that nobody holds; return whether it did."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_free(folder: Path, name: str) -> bool:
    """Return whether a lock is there that nobody holds."""
    try:
        fd = os.open(folder / name, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return _takes(fd)
    finally:
        os.close(fd)


def wake_holder(folder: Path, name: str) -> None:
    """Wake the holder of a lock (SIGCONT), in case there is one and it was stopped.

    It does no harm to a process that has been given the holder's pid since.
    """
    with contextlib.suppress(OSError):
        fd = os.open(folder / name, os.O_RDWR | os.O_CLOEXEC)
        try:
            if not _takes(fd):
                holder = os.pread(fd, 32, 0).decode("ascii", "replace").strip()
                if pid := whole_number(holder, _MAX_PID):
                    os.kill(pid, signal.SIGCONT)
        finally:
            os.close(fd)
