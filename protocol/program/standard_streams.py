"""Standard input, output and error as a program finds them: closed, full, or of another encoding.

cron, daemons and `2>&-` start programs without one of them. What cannot be written there is no
reason to lose the work: the exit code is that of what was done, and a failure is said at the end.
Where the text is all that was asked for, protocol/program/answer.py says otherwise.
Imports next to nothing, for it comes first.
"""

import errno
import io
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Buffer
    from typing import TextIO


class Output(io.FileIO):
    """Standard output or error: a write that fails is noted, and is no exception."""

    failure: OSError | None = None

    def write(self, data: "Buffer", /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            self.failure = self.failure or error
            return len(memoryview(data))


def open_standard_streams() -> None:
    """Put /dev/null where one is closed, and let no write to the other two raise.

    A file that the program opens would otherwise take the number, and what is meant for a
    terminal. A character that the encoding has not is written as an escape.
    """
    for fd in (0, 1, 2):
        try:
            os.fstat(fd)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # the lowest that is free
    if sys.stdin is None:
        sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.stdout, sys.stderr = _output(1, sys.stdout), _output(2, sys.stderr)


def has_failed(stream: object) -> bool:
    """Tell whether anything written to this stream went nowhere."""
    return isinstance(raw := _raw(stream), Output) and raw.failure is not None


def take_lost_output() -> str:
    """Return once why standard output is not whole, empty if it is or its reader has left."""
    stream = sys.stdout
    stream.flush()
    raw = _raw(stream)
    if not isinstance(raw, Output):
        return ""
    failure, raw.failure = raw.failure, None
    return "" if failure is None or failure.errno == errno.EPIPE else f"{failure.strerror}"


def _output(fd: int, earlier: "TextIO | None") -> io.TextIOWrapper:
    if earlier is not None:
        earlier.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(Output(fd, "w", closefd=False)),
        encoding=earlier.encoding if earlier is not None else "utf-8",
        errors="backslashreplace",
        line_buffering=fd == 2 or os.isatty(fd) or getattr(earlier, "write_through", False),
    )


def _raw(stream: object) -> object:
    return getattr(getattr(stream, "buffer", None), "raw", None)
