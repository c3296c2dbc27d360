"""Reading a whole file of which nobody knows how large it is: a device may have no end."""

import errno
from pathlib import Path


def bounded_bytes(path: Path, most_bytes: int) -> bytes:
    """Return what a file holds, be it a pipe.

    Raises:
        OSError: it cannot be read, or has more bytes than that.
    """
    with path.open("rb") as file:
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise OSError(errno.EFBIG, f"it has more than {most_bytes:,} bytes")
    return data
