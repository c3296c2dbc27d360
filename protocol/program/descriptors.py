"""How many files and connections this process may have open, and how many it has open.

libzmq aborts the process if it needs a descriptor and none is left, so strangers must never get
the last one.
"""

import os
import resource
from typing import Final

from protocol.errors import SettingsError

NEEDED: Final = 64
"""A replayer of a file or two has 40."""
WANTED: Final = 8192
"""More would let strangers fill the memory: libzmq holds 33 KB for each peer."""
RESERVED: Final = 32
"""What is left for files, and for what libzmq opens by itself."""
LEAST_CONNECTIONS: Final = 8
_OPEN: Final = "/dev/fd"
_OPEN_OF_LINUX: Final = "/proc/self/fd"


def allow_many() -> None:
    """Raise this process's limit as far as is allowed and makes sense.

    Raises:
        SettingsError: it may not have as many as it needs.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    if wanted < NEEDED:
        raise SettingsError(
            f"only {wanted} files may be open at a time, and {NEEDED} are needed",
            fix="raise the limit: ulimit -n 1024",
            code="Z214",
        )


def open_limit() -> int:
    """Return how many may be open; never more than MOST_OPEN."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return WANTED if soft == resource.RLIM_INFINITY else min(soft, WANTED)


def open_count() -> int:
    """Return how many are open."""
    try:
        # Since Linux 6.2 their number is its size: to list thousands takes 15 ms.
        if counted := os.stat(_OPEN_OF_LINUX).st_size:
            return counted
    except OSError:
        pass
    try:
        return len(os.listdir(_OPEN)) - 1  # it is open itself while it is read
    except OSError:  # there is not even one to look with
        return open_limit()


def most_connections(limit: int, others: int) -> int:
    """Return how many connections there may be beside `others` that are open (pure)."""
    return max(LEAST_CONNECTIONS, limit - others - RESERVED)
