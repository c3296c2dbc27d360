"""The parts that are written in C: who runs without one is told once what that costs.

Each program looks after its own; the Python code beside a part does the same, slower.
"""

from typing import Final

from protocol.program.diagnostics import Log

COST: Final = "a CSV at full speed takes two to three times the processor time"
FIX: Final = "install a C compiler (cc), then run scripts/install"


def warn_unless_compiled(is_compiled: bool, log: Log) -> None:
    """Say what it costs that a part was not built, and what to do."""
    if not is_compiled:
        log.warning("the compiled parts are missing", cost=COST, fix=FIX)
