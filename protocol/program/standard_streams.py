"""Standard input, output and error as a program finds them: closed, full, or of another encoding.

cron, daemons and `2>&-` start programs without one of them. A write that fails there is not a
reason to lose the work: the exit code is that of the work done, and the failure is reported at
the end. Where the text is all that was asked for, protocol/program/answer.py
decides otherwise. Imports next to nothing, for it comes first.
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
    """Standard output or error: a write that fails is recorded, and does not raise."""

    failure: OSError | None = None

    def write(self, data: "Buffer", /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            self.failure = self.failure or error
            return len(memoryview(data))


def open_standard_streams() -> None:
    """Put /dev/null where one is closed, and let no write to the other two raise.

    Otherwise a file that the program opens would get the number, and with it what is meant for a
    terminal. A character that the encoding lacks is written as an escape.
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
    """Return whether anything written to this stream was lost."""
    return isinstance(raw := _raw(stream), Output) and raw.failure is not None


def take_lost_output() -> str:
    """Return once why standard output is incomplete, empty if it is complete or its reader left."""
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
