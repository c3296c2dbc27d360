"""`zreplay` and `python -m zreplay`: stop signals are handled from the first moment on."""

import sys

from protocol.program.collection import ExemptFromCollection
from protocol.program.early_stop import end_when_asked
from protocol.program.standard_streams import open_standard_streams


def main() -> None:
    """Run the command line and end with its exit code."""
    end_when_asked()
    open_standard_streams()
    with ExemptFromCollection():
        from protocol.program.ending import end_at_once
        from zreplay.commands.begun_replayer import begin_if_wanted
        from zreplay.commands.cli import main as run_command_line

        begin_if_wanted(sys.argv[1:])
    try:
        run_command_line()
    except SystemExit as end:
        end_at_once(end)
        raise


if __name__ == "__main__":
    main()
