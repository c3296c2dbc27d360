"""A run that continues an earlier one says so, and from where."""

import threading
from pathlib import Path
from typing import Final

from protocol.program.diagnostics import Log
from protocol.result_folder import RING
from zreplay.controls.asking import Ask

LOOK_SECONDS: Final = 0.1

log = Log("zreplay")


def may_resume(out: Path, *, fresh: bool) -> bool:
    """Return whether there is something in the folder that a run could continue."""
    return not fresh and (out / RING).exists()


def say_where_it_resumes(ask: Ask, over: threading.Event) -> None:
    """Wait until the replayer knows where it begins; say so unless that is the beginning."""
    while not over.is_set():
        status = ask("status", "")
        if status is not None and status.get("began_at") is not None:
            if status["began_at"]:
                log.info("this run is resumed", at_record=status["began_at"])
            return
        over.wait(LOOK_SECONDS)
