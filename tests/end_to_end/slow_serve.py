"""A replayer whose disk is slow: to find a place, to sync and to open takes seconds; a program.

python -m tests.end_to_end.slow_serve SECONDS OPTIONS...
"""

import os
import sys
import time
from collections.abc import Callable
from typing import Any


def main() -> None:
    from zreplay.__main__ import main as run
    from zreplay.replayer.historical_input import HistoricalInput

    seconds = float(sys.argv.pop(1))

    def slow(honest: Callable[..., Any]) -> Callable[..., Any]:
        def slowly(*arguments: Any, **options: Any) -> Any:
            time.sleep(seconds)
            return honest(*arguments, **options)

        return slowly

    os.fsync = slow(os.fsync)
    for name in ("find", "seek", "open"):
        setattr(HistoricalInput, name, slow(getattr(HistoricalInput, name)))
    run()


if __name__ == "__main__":
    main()
