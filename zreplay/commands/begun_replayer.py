"""The replayer of a `run`, begun before the command goes on: both import at the same time.

What both of them import is imported first, once.
"""

import os
from collections.abc import Sequence
from importlib import import_module
from typing import Final

_BOTH: Final = (
    *("protocol.codec", "protocol.sending", "protocol.program.cut_connections"),
    *("protocol.program.listeners", "protocol.program.public_address"),
    *("protocol.program.service_manager", "protocol.program.serving", "protocol.program.stop"),
    *("zreplay.controls.asking", "zreplay.quotes.block", "zreplay.replayer.state"),
)
REPLAYER_NEEDS: Final = (
    *("zreplay.commands.serve", "zreplay.historical.historical_source", "zreplay.historical.seek"),
)
"""By name: this process does not import what the child does."""

_OF_FILES: Final = {
    **dict.fromkeys((".gz", ".zst"), "zreplay.recordings.members"),
    ".parquet": "zreplay.recordings.parquet_file",
}
"""What the files are read with, by the end of a name: where it is another, that is imported later.
"""


def begin_if_wanted(words: Sequence[str]) -> None:
    """Begin it if these are of a command that will want it, where it can run beside this."""
    if words[:1] != ["run"] or not {"-", "--help"}.isdisjoint(words):
        return
    from protocol.program.libraries import set_up_libraries
    from zreplay.supervision.begun_child import begin_child

    set_up_libraries()  # before numpy, which would start threads
    for module in _BOTH:
        import_module(module)
    begin_child((*REPLAYER_NEEDS, *_needs_of_files(words)))


def _needs_of_files(words: Sequence[str]) -> list[str]:
    found = [_OF_FILES.get(os.path.splitext(word)[1]) for word in words]
    return [module for module in dict.fromkeys(found) if module is not None]
