"""When a live run that is to last so long began: on the disk until it has ended well.

So a run that was killed, and goes on, ends when it would have. While the machine is up, a clock
that nobody sets counts; from one start of it to the next only the one on the wall can.
"""

import contextlib
from pathlib import Path
from typing import Final

import msgspec

from protocol.program.diagnostics import Log
from protocol.program.replaced_file import replace_file
from zreplay.live.clock_watch import ClocksRead

BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")

log = Log("zreplay")


class _Start(msgspec.Struct, frozen=True):
    """What the clocks said, and since which start of the machine."""

    wall_ns: int
    boot_ns: int
    boot_id: str


class LiveStart:
    """Kept in a file of the state folder, or of a recording."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def elapsed_ns(self, now: ClocksRead, boot_id: str) -> int:
        """Return how long ago the run began, which is now if none was under way."""
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            start = msgspec.json.decode(self._path.read_bytes(), type=_Start)
            if boot_id and boot_id == start.boot_id:
                return max(0, now.boot_ns - start.boot_ns)
            return max(0, now.wall_ns - start.wall_ns)
        try:
            start = _Start(now.wall_ns, now.boot_ns, boot_id)
            replace_file(self._path, msgspec.json.encode(start))
        except OSError as error:
            log.warning("a duration would count anew after a kill", reason=error.strerror)
        return 0

    def end(self) -> None:
        """Let the next start begin anew."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)


def boot_id() -> str:
    """Return which start of the machine this is, empty where it does not say."""
    with contextlib.suppress(OSError):
        return BOOT_ID.read_text().strip()
    return ""
