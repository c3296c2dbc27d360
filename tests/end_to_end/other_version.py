"""A program as it would be in another version of the protocol: VERSION zreplay|zmid ARGUMENTS."""

import sys
from importlib import import_module

from protocol import codec


def main() -> None:
    _, version, program, *arguments = sys.argv
    codec.VERSION = int(version)  # type: ignore[misc]
    sys.argv = [program, *arguments]
    import_module(f"{program}.__main__").main()


if __name__ == "__main__":
    main()
