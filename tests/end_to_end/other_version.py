"""A program as it would be in other versions: PROTOCOL PROGRAM zreplay|zmid ARGUMENTS."""

import sys
from importlib import import_module

from protocol import codec, program_version


def main() -> None:
    _, protocol, of_program, program, *arguments = sys.argv
    codec.VERSION = int(protocol)  # type: ignore[misc]
    program_version.PROGRAM_VERSION = of_program  # type: ignore[misc]
    sys.argv = [program, *arguments]
    import_module(f"{program}.__main__").main()


if __name__ == "__main__":
    main()
