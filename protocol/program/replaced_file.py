"""A small file is replaced as a whole: whoever reads it meanwhile has the old one or the new one.

What has to survive a power cut is synced too, by those who keep it (zreplay/replayer/state.py).
"""

import contextlib
from pathlib import Path


def replace_file(path: Path, data: bytes) -> None:
    """Write the bytes beside and rename that.

    Raises:
        OSError: the disk refuses it; the file is as it was, and nothing lies beside it.
    """
    beside = path.with_name(f"{path.name}.tmp")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)  # it would take room on a full disk
        raise
