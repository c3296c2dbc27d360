"""What stands for a file on any machine: its size and both ends, but not its times.

Copies do not share their times. A task that runs elsewhere looks at each of its files first: one
that is still being copied there would give fewer quotes, and nobody would know.
"""

import hashlib
import socket
from io import SEEK_END
from pathlib import Path

from protocol.errors import InputError
from zreplay.recordings.index.file_identity import END_BYTES, digest_of, stamp_of


def ends_of(path: Path) -> str | None:
    """Return what stands for a file, None if it cannot be read."""
    if not path.is_file():  # an object, or the folder of a capture
        stamp = stamp_of(path)
        whole = None if stamp is None else digest_of(path, stamp)
        return None if whole is None else whole.hex()
    try:
        with path.open("rb") as file:
            size_bytes = file.seek(0, SEEK_END)
            digest = hashlib.sha256(str(size_bytes).encode())
            for offset in (0, max(0, size_bytes - END_BYTES)):
                file.seek(offset)
                digest.update(file.read(END_BYTES))
    except OSError:
        return None
    return digest.hexdigest()


def check_ends(path: Path, expected: str | None) -> None:
    """Refuse a file that is another one here than where it was planned; None expects nothing.

    Raises:
        InputError: it is, or cannot be read. Another machine may have the right one.
    """
    if expected is None or (found := ends_of(path)) == expected:
        return
    what = "cannot be read" if found is None else "is another file than where it was planned"
    error = InputError(
        f"{path}: on {socket.gethostname()} it {what}",
        fix="let all machines see the same files; the same command goes on",
        code="Z401",
    )
    error.may_pass = True
    raise error
