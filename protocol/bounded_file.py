"""Reading a whole file of which nobody knows how large it is: a device may have no end.

Nor may a pipe ever have a writer: it is waited for, but not for ever.
"""

import errno
import os
import select
from pathlib import Path
from typing import Final

SILENCE_SECONDS: Final = 10
_PIECE_BYTES: Final = 1 << 16


def bounded_bytes(path: Path, most_bytes: int, silence_seconds: float = SILENCE_SECONDS) -> bytes:
    """Return what a file holds, be it a pipe.

    Raises:
        OSError: it cannot be read, has more bytes than that, or nothing has come out of a pipe for
            that long.
    """
    # Without O_NONBLOCK, a named pipe would hang here until it has a writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    data = bytearray()
    try:
        while len(data) <= most_bytes:
            if not select.select([descriptor], [], [], silence_seconds)[0]:
                raise OSError(
                    errno.ETIMEDOUT, f"nothing was written to it for {silence_seconds:g} s"
                )
            piece = os.read(descriptor, min(_PIECE_BYTES, most_bytes + 1 - len(data)))
            if not piece:
                return bytes(data)
            data += piece
    finally:
        os.close(descriptor)
    raise OSError(errno.EFBIG, f"it has more than {most_bytes:,} bytes")
