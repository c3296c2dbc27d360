"""`zmid` and `python -m zmid`: stop signals are handled from the first moment on."""

import sys

from protocol.program.collection import ExemptFromCollection
from protocol.program.early_stop import INTERRUPTED, end_when_asked
from protocol.program.standard_streams import open_standard_streams

ENDLESS = {"worker", "sink"}
"""They have no end of their own that a stop could cut short."""


def main() -> None:
    """Run the command line and end with its exit code."""
    end_when_asked(INTERRUPTED if ENDLESS.isdisjoint(sys.argv) else 0)
    open_standard_streams()
    with ExemptFromCollection():
        from zmid.cli import main as run_command_line

    run_command_line()


if __name__ == "__main__":
    main()
