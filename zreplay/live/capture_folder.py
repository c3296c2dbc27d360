"""Where a capture is, and whether anything is in it: by names and lengths, without reading it."""

import os
from pathlib import Path
from typing import Final

from zreplay.live.segment_head import HEAD_BYTES, ONE_FILE_HEAD_BYTES, begin_of, name_of

FOLDER: Final = "capture"
"""What the folder of the segments is called in a state folder, and in that of a recording."""
ONE_FILE: Final = "capture.log"
"""What the capture was before it had segments."""


def begins_in(folder: Path) -> list[int]:
    """Return where the segments of a folder begin, in order."""
    begins = (begin_of(name) for name in os.listdir(folder))
    return sorted(begin for begin in begins if begin is not None)


def is_capture(folder: Path) -> bool:
    """Tell whether a folder holds the segments of a capture."""
    if not os.path.isdir(folder):  # to see that takes a quarter of the time
        return False
    try:
        with os.scandir(folder) as entries:
            return any(begin_of(entry.name) is not None for entry in entries)
    except OSError:
        return False


def files_of(folder: Path) -> list[Path]:
    """Return the files of the segments, the oldest first."""
    return [folder / name_of(begin) for begin in begins_in(folder)]


def capture_in(folder: Path) -> Path | None:
    """Return the folder of the segments that a folder is or has, None if it has none."""
    return next((each for each in (folder, folder / FOLDER) if is_capture(each)), None)


def has_quotes(state: Path) -> bool:
    """Tell whether anything was captured in a state folder."""
    folder, one_file = state / FOLDER, state / ONE_FILE
    if one_file.is_file() and one_file.stat().st_size > ONE_FILE_HEAD_BYTES:
        return True
    if not folder.is_dir():
        return False
    begins = begins_in(folder)
    return len(begins) > 1 or any(
        (folder / name_of(begin)).stat().st_size > HEAD_BYTES for begin in begins
    )
