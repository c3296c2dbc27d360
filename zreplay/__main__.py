"""`zreplay` and `python -m zreplay`: stop signals are handled from the first moment on."""

from protocol.program.early_stop import end_when_asked
from protocol.program.standard_streams import open_standard_streams


def main() -> None:
    """Run the command line and end with its exit code."""
    end_when_asked()
    open_standard_streams()
    from zreplay.commands.cli import main as run_command_line

    run_command_line()


if __name__ == "__main__":
    main()
