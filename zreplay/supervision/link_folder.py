"""Where the ipc sockets of a run are: a folder of its own, whose path is short enough."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from protocol.endpoint_check import MAX_IPC_PATH_BYTES
from protocol.errors import LinkError
from protocol.program.metrics_address import UNIX

LINK_PREFIX: Final = "zreplay-"
LONGEST_LINK: Final = "batches"
SHORT_PARENTS: Final = ("/tmp", "/var/tmp")


def link_parents() -> list[Path]:
    """Return where a folder of sockets may be: the path of a socket must be short."""
    tried = (tempfile.gettempdir(), os.environ.get("XDG_RUNTIME_DIR", ""), *SHORT_PARENTS)
    longest = MAX_IPC_PATH_BYTES - len(f"/{LINK_PREFIX}12345678/{LONGEST_LINK}")
    return [Path(one) for one in tried if one and _is_text(one) and len(one.encode()) <= longest]


def _is_text(name: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def make_link_folder() -> Path:
    """Return a new folder of mode 0700 for the run's ipc sockets.

    Raises:
        LinkError: there is no place for it.
    """
    for parent in link_parents():
        with contextlib.suppress(OSError):
            return Path(tempfile.mkdtemp(prefix=LINK_PREFIX, dir=parent))
    raise LinkError(
        f"no folder for the sockets of the run: {tempfile.gettempdir()} is too long or cannot "
        f"be written, and so are {' and '.join(SHORT_PARENTS)}",
        fix="set TMPDIR to a folder with a shorter name",
        code="Z301",
    )


def remove_link_folder(endpoint: str) -> None:
    """Remove the folder of an ipc endpoint that `make_link_folder` made."""
    folder = Path(endpoint.removeprefix("ipc://")).parent
    is_ours = folder.name.startswith(LINK_PREFIX) and folder.parent in link_parents()
    if endpoint.startswith("ipc://") and is_ours:
        with contextlib.suppress(OSError):
            shutil.rmtree(folder)


def part_address(endpoint: str, part: str) -> str:
    """Return where a part of the run serves its metrics: beside an ipc endpoint of the run."""
    folder = Path(endpoint.removeprefix("ipc://")).parent
    return f"{UNIX}{folder / part.replace(' ', '-')}.http"
