"""How this process asks the kernel for memory: seldom, and it keeps what it has.

Blocks and batches of some MiB come and go. By default glibc maps many of them anew, and the
kernel clears every page of them first: a fifth of all CPU time of a run at full speed. Kept in one
heap for all threads they are used again, and take less room than one heap for each.
"""

import contextlib
import ctypes
import sys
from typing import Final

MAPPED_FROM_BYTES: Final = 32 * 1024 * 1024
"""The largest that glibc takes; what is larger is a rare thing and given back at once."""
TRIMMED_FROM_BYTES: Final = 1024 * 1024 * 1024
GROWTH_BYTES: Final = 4 * 1024 * 1024

# From <malloc.h>.
_M_TRIM_THRESHOLD: Final = -1
_M_TOP_PAD: Final = -2
_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8


def keep_freed_memory() -> None:
    """Let freed memory wait here for its next use; before any thread is started.

    Only glibc can be told; elsewhere nothing happens.
    """
    if sys.platform != "linux":
        return
    with contextlib.suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, MAPPED_FROM_BYTES)
        mallopt(_M_TRIM_THRESHOLD, TRIMMED_FROM_BYTES)
        mallopt(_M_TOP_PAD, GROWTH_BYTES)
        mallopt(_M_ARENA_MAX, 1)
