"""`zreplay` and `python -m zreplay`: what asks it to end is heard from its first moment on."""

from protocol.early_stop import end_when_asked


def main() -> None:
    """Run the command line and end with its exit code."""
    end_when_asked()
    from zreplay.cli import main as run_command_line

    run_command_line()


if __name__ == "__main__":
    main()
